#include "log/segments/inspect.h"

#include <algorithm>

#include "log/segments/folder_reader.h"
#include "log/segments/segment_folder.h"

namespace attune::segments {

namespace {

/// Where the newest segment ends and the latest `now` in it.
Status read_newest(files::FileSystem& files, SegmentSummary& newest) {
    const Result<std::unique_ptr<SegmentScanner>> scanner =
        SegmentScanner::open(files, newest.path);
    if (!scanner.ok()) {
        return scanner.error();
    }
    newest.latest_now = scanner.value()->head().latest_now;
    for (;;) {
        const Result<SegmentScanner::Found> found = scanner.value()->next();
        if (!found.ok()) {
            return found.error();
        }
        if (found.value() != SegmentScanner::Found::Batch) {
            newest.end = scanner.value()->position();
            return Done{};
        }
        newest.latest_now = std::max(newest.latest_now, scanner.value()->batch().stamp.now);
    }
}

Error behind(const std::string& folder, Position end, Position durable) {
    return {
        Error::Kind::Corrupt,
        "cannot verify the log in \"" + folder + "\": it ends at position " + to_string(end) +
            ", but its mark says that " + to_string(durable) + " was durable"};
}

}  // namespace

Result<std::vector<SegmentSummary>> list_segments(
    files::FileSystem& files, const std::string& folder
) {
    const Result<SegmentFolder> found = read_segment_folder(files, folder);
    if (!found.ok()) {
        return found.error();
    }
    const std::vector<Segment>& segments = found.value().segments;
    std::vector<SegmentSummary> summaries;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        SegmentSummary summary;
        summary.path = segments[i].path;
        summary.first = segments[i].head.first;
        summary.bytes = segments[i].bytes;
        summary.packing = segments[i].head.packing;
        summary.epoch = segments[i].head.epoch;
        if (i + 1 < segments.size()) {
            summary.end = segments[i + 1].head.first;
            summary.latest_now = segments[i + 1].head.latest_now;
        } else if (Status read = read_newest(files, summary); !read.ok()) {
            return read.error();
        }
        summaries.push_back(std::move(summary));
    }
    return summaries;
}

Result<LogVerification> verify_log(files::FileSystem& files, const std::string& folder) {
    // The mark first: what it says then must be there, however much a server adds meanwhile.
    const Result<SegmentFolder> found = read_segment_folder(files, folder);
    if (!found.ok()) {
        return found.error();
    }
    LogVerification verified;
    verified.segments = found.value().segments.size();
    if (!found.value().segments.empty()) {
        verified.begin = found.value().segments.front().head.first;
    }
    const Result<std::unique_ptr<FolderReader>> opened =
        FolderReader::open(files, folder, verified.begin);
    if (!opened.ok()) {
        return opened.error();
    }
    FolderReader& reader = *opened.value();
    for (;;) {
        const Result<const LogBatch*> batch = reader.next();
        if (!batch.ok()) {
            return batch.error();
        }
        if (batch.value() == nullptr) {
            break;
        }
        ++verified.batches;
        verified.entries += batch.value()->count;
        verified.bytes += reader.scanner()->batch_stored_bytes();
        verified.plain_bytes += kBatchHeadBytes + batch.value()->entries.size();
    }
    verified.end = reader.position();
    if (reader.unfinished() != nullptr) {
        verified.unfinished = reader.unfinished()->message;
    }
    const auto& mark = found.value().mark;
    if (mark && mark->durable > verified.end) {
        return reader.unfinished() != nullptr ? *reader.unfinished()
                                              : behind(folder, verified.end, mark->durable);
    }
    return verified;
}

}  // namespace attune::segments
