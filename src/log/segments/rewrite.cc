#include "log/segments/rewrite.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/hash.h"
#include "log/segments/format.h"
#include "log/segments/packing.h"
#include "log/segments/segment_folder.h"
#include "log/segments/segment_scanner.h"

namespace attune::segments {

namespace {

constexpr std::uint64_t kPieceBytes = 1U << 20U;

/// One segment on its way into another file; that is made with the first change.
class Rewrite {
public:
    Rewrite(files::FileSystem& files, std::string draft, const LogRewrite& rewrite)
        : files_(files), draft_(std::move(draft)), rewrite_(rewrite) {}

    Result<bool> run(const std::string& path, std::optional<Position> end);

private:
    Status take(const SegmentScanner& scanner);
    Status begin();
    Status copy(std::uint64_t from, std::uint64_t to);
    Status put(std::string_view bytes);
    Status put_changed(std::string_view head_bytes, const std::string& entries);
    Status flush();

    files::FileSystem& files_;
    std::string draft_;
    const LogRewrite& rewrite_;
    std::unique_ptr<files::File> source_;
    std::unique_ptr<files::File> target_;
    std::uint64_t written_ = 0;
    std::string waiting_;  // Gathered, not written yet.
};

Status Rewrite::flush() {
    if (Status written = files::write_all(*target_, written_, waiting_); !written.ok()) {
        return written;
    }
    written_ += waiting_.size();
    waiting_.clear();
    return Done{};
}

Status Rewrite::put(std::string_view bytes) {
    waiting_.append(bytes);
    return waiting_.size() < kPieceBytes ? Status(Done{}) : flush();
}

Status Rewrite::copy(std::uint64_t from, std::uint64_t to) {
    std::vector<char> piece(std::min(kPieceBytes, to - from));
    while (from < to) {
        const std::size_t size = std::min<std::uint64_t>(piece.size(), to - from);
        const Result<std::size_t> read =
            files::read_all(*source_, from, std::span(piece).first(size));
        if (!read.ok()) {
            return read.error();
        }
        if (read.value() != size) {
            return Error{
                Error::Kind::Corrupt,
                "cannot rewrite a segment for \"" + draft_ + "\": it ends at offset " +
                    std::to_string(from + read.value()) + ", and was longer a moment ago"};
        }
        if (Status put_all = put({piece.data(), size}); !put_all.ok()) {
            return put_all;
        }
        from += size;
    }
    return Done{};
}

Status Rewrite::begin() {
    Result<std::unique_ptr<files::File>> target = files_.open(draft_, files::Open::Create);
    if (!target.ok()) {
        return target.error();
    }
    target_ = std::move(target).value();
    return Done{};
}

Status Rewrite::put_changed(std::string_view head_bytes, const std::string& entries) {
    const std::optional<BatchHead> decoded = decode_batch_head(head_bytes);
    ATTUNE_ASSERT(decoded.has_value());  // The scanner has just read it.
    BatchHead head = *decoded;
    std::string packed;
    const Packing packing = head.packing();
    const bool is_packed = pack(packing, entries, packed);
    const std::string& stored = is_packed ? packed : entries;
    describe_entries(head, entries, stored, is_packed ? packing : Packing::None);
    std::string bytes = encode(head);
    place_batch_head(bytes.data(), head.first, head.epoch);
    seal_batch_head(bytes.data(), head.synced);
    return put(bytes.append(stored));
}

Status Rewrite::take(const SegmentScanner& scanner) {
    const LogBatch& batch = scanner.batch();
    const std::uint64_t at = scanner.offset() - scanner.batch_stored_bytes();
    std::string entries(batch.entries);
    if (!edit_entries(batch.range.first, batch.count, rewrite_.end, rewrite_.edit, entries)) {
        return target_ ? copy(at, scanner.offset()) : Status(Done{});
    }
    if (!target_) {
        if (Status begun = begin(); !begun.ok()) {
            return begun;
        }
        if (Status copied = copy(0, at); !copied.ok()) {
            return copied;
        }
    }
    std::vector<char> head(kBatchHeadBytes);
    const Result<std::size_t> read = files::read_all(*source_, at, head);
    if (!read.ok()) {
        return read.error();
    }
    return put_changed({head.data(), read.value()}, entries);
}

Result<bool> Rewrite::run(const std::string& path, std::optional<Position> end) {
    if (Status removed = files_.remove(draft_);
        !removed.ok() && removed.error().kind != Error::Kind::NotFound) {
        return removed.error();
    }
    Result<std::unique_ptr<files::File>> source = files_.open(path, files::Open::Read);
    if (!source.ok()) {
        return source.error();
    }
    source_ = std::move(source).value();
    const Result<std::unique_ptr<SegmentScanner>> scanner = SegmentScanner::open(files_, path);
    if (!scanner.ok()) {
        return scanner.error();
    }
    for (;;) {
        const Result<SegmentScanner::Found> found = scanner.value()->next();
        if (!found.ok()) {
            return found.error();
        }
        if (found.value() == SegmentScanner::Found::Broken) {
            return scanner.value()->broken();
        }
        if (found.value() == SegmentScanner::Found::End) {
            break;
        }
        if (Status taken = take(*scanner.value()); !taken.ok()) {
            return taken.error();
        }
    }
    if (end && scanner.value()->position() != *end) {
        return Error{
            Error::Kind::Corrupt,
            "cannot rewrite \"" + path + "\": it ends at position " +
                to_string(scanner.value()->position()) + ", and the next segment begins at " +
                to_string(*end)};
    }
    if (!target_) {
        return false;
    }
    if (Status flushed = flush(); !flushed.ok()) {
        return flushed.error();
    }
    const Status synced = target_->sync();
    return synced.ok() ? Result<bool>(true) : synced.error();
}

}  // namespace

Result<bool> rewrite_segment(
    files::FileSystem& files,
    const std::string& path,
    const std::string& draft,
    const LogRewrite& rewrite,
    std::optional<Position> end
) {
    return Rewrite(files, draft, rewrite).run(path, end);
}

Status rewrite_log(files::FileSystem& files, const std::string& folder, const LogRewrite& rewrite) {
    const Result<SegmentFolder> log = read_segment_folder(files, folder);
    if (!log.ok()) {
        return log.error();
    }
    const std::string draft = folder + "/" + kRewriteName;
    const std::vector<Segment>& segments = log.value().segments;
    for (std::size_t i = 0; i < segments.size() && segments[i].head.first < rewrite.end; ++i) {
        const Segment& segment = segments[i];
        const auto end =
            i + 1 < segments.size() ? std::optional(segments[i + 1].head.first) : std::nullopt;
        const Result<bool> changed = rewrite_segment(files, segment.path, draft, rewrite, end);
        if (!changed.ok()) {
            return changed.error();
        }
        if (changed.value()) {
            if (Status renamed = files.rename(draft, segment.path); !renamed.ok()) {
                return renamed;
            }
        }
    }
    return files.sync_directory(folder);
}

}  // namespace attune::segments
