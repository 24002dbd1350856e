#include "log/segments/folder_reader.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace attune::segments {

Result<std::unique_ptr<FolderReader>> FolderReader::open(
    files::FileSystem& files, std::string folder, Position from
) {
    // All heads are looked at once: what does not belong together is named before anything is read.
    const Result<SegmentFolder> found = read_segment_folder(files, folder);
    if (!found.ok()) {
        return found.error();
    }
    std::unique_ptr<FolderReader> reader(
        new FolderReader(files, std::move(folder), from)  // NOLINT: private constructor
    );
    return reader;
}

Result<std::optional<Position>> FolderReader::following() const {
    const Result<std::vector<std::string>> names = files_->list(folder_);
    if (!names.ok()) {
        return names.error();
    }
    std::optional<Position> found;
    for (const std::string& name : names.value()) {
        const std::optional<Position> first = parse_segment_name(name);
        if (!first) {
            continue;
        }
        if (scanner_ != nullptr && *first > scanner_->head().first) {
            return first;
        }
        if (scanner_ == nullptr && (!found || *first <= from_)) {
            found = first;
        }
    }
    return found;
}

Status FolderReader::open_segment(Position first) {
    Result<std::unique_ptr<SegmentScanner>> scanner =
        SegmentScanner::open(*files_, folder_ + "/" + segment_name(first));
    if (!scanner.ok()) {
        return scanner.error();
    }
    scanner_ = std::move(scanner).value();
    return Done{};
}

Result<bool> FolderReader::advance() {
    const Result<std::optional<Position>> first = following();
    if (!first.ok()) {
        return first.error();
    }
    if (!first.value()) {
        return false;
    }
    if (scanner_ != nullptr && *first.value() > scanner_->position()) {
        if (broken_) {
            return scanner_->broken();
        }
        return Error{
            Error::Kind::Corrupt,
            "cannot read \"" + scanner_->path() + "\" at offset " +
                std::to_string(scanner_->offset()) +
                ": nothing follows, but the next segment starts at " + to_string(*first.value()) +
                " and not at " + to_string(scanner_->position())};
    }
    if (Status opened = open_segment(*first.value()); !opened.ok()) {
        return opened.error();
    }
    return true;
}

Result<const LogBatch*> FolderReader::step() {
    const Result<SegmentScanner::Found> found = scanner_->next();
    if (!found.ok()) {
        return found.error();
    }
    broken_ = found.value() == SegmentScanner::Found::Broken;
    return found.value() == SegmentScanner::Found::Batch ? &scanner_->batch() : nullptr;
}

Result<const LogBatch*> FolderReader::next() {
    for (;;) {
        Result<const LogBatch*> batch = nullptr;
        if (scanner_ != nullptr) {
            batch = step();
            if (batch.ok() && batch.value() == nullptr) {
                scanner_->refresh();  // It may have grown since it was read ahead.
                batch = step();
            }
        }
        if (!batch.ok() || (batch.value() != nullptr && batch.value()->range.end > from_)) {
            return batch;
        }
        if (batch.value() != nullptr) {
            continue;
        }
        const Result<bool> more = advance();
        if (!more.ok()) {
            return more.error();
        }
        if (!more.value()) {
            return nullptr;
        }
    }
}

Position FolderReader::position() const {
    return scanner_ == nullptr ? from_ : std::max(from_, scanner_->position());
}

const Error* FolderReader::unfinished() const {
    return broken_ ? &scanner_->broken() : nullptr;
}

}  // namespace attune::segments
