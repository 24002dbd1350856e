#include "log/segments/segment_reader.h"

#include <algorithm>
#include <utility>

namespace attune::segments {

Status SegmentReader::open_segment() {
    const std::optional<std::string> path = catalog_->find(next_);
    if (!path) {
        return Error{
            Error::Kind::NotFound,
            "cannot read the log from " + to_string(next_) + ": it begins at " +
                to_string(catalog_->begin())};
    }
    Result<std::unique_ptr<SegmentScanner>> scanner = SegmentScanner::open(*files_, *path, checks_);
    if (!scanner.ok()) {
        return scanner.error();
    }
    scanner_ = std::move(scanner).value();
    next_ = scanner_->position();
    return Done{};
}

Result<const LogBatch*> SegmentReader::next() {
    for (;;) {
        const Position durable{durable_->load(std::memory_order_acquire)};
        if (std::max(next_, from_) >= durable) {
            return nullptr;
        }
        if (scanner_ == nullptr ||
            (next_ != scanner_->head().first && catalog_->starts_at(next_))) {
            if (Status opened = open_segment(); !opened.ok()) {
                return opened.error();
            }
            fresh_to_ = durable;
        }
        if (next_ >= fresh_to_) {
            scanner_->refresh();
            fresh_to_ = durable;
        }
        const Result<SegmentScanner::Found> found = scanner_->next();
        if (!found.ok()) {
            return found.error();
        }
        if (found.value() == SegmentScanner::Found::Broken) {
            return scanner_->broken();
        }
        if (found.value() == SegmentScanner::Found::End) {
            return Error{
                Error::Kind::Corrupt,
                "cannot read \"" + scanner_->path() + "\" at offset " +
                    std::to_string(scanner_->offset()) + ": position " + to_string(next_) +
                    " should follow, but nothing does"};
        }
        next_ = scanner_->position();
        if (next_ > from_) {
            return &scanner_->batch();
        }
    }
}

}  // namespace attune::segments
