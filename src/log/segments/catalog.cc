#include "log/segments/catalog.h"

#include <algorithm>

namespace attune::segments {

Result<std::unique_ptr<Catalog>> Catalog::open(
    files::FileSystem& files, std::string folder, const Recovered& log
) {
    std::unique_ptr<Catalog> catalog(
        new Catalog(files, std::move(folder))  // NOLINT: private constructor
    );
    const std::string path = catalog->folder_ + "/" + kMarkName;
    Result<std::unique_ptr<files::File>> file = files.open(path, files::Open::Write);
    if (!file.ok() && file.error().kind == Error::Kind::NotFound) {
        file = files.open(path, files::Open::Create);
    }
    if (!file.ok()) {
        return file.error();
    }
    catalog->mark_file_ = std::move(file).value();
    catalog->segments_.assign(log.segments.begin(), log.segments.end());
    catalog->mark_ = {.durable = log.end, .begin = log.begin};
    if (Status written = catalog->write_mark(); !written.ok()) {
        return written.error();
    }
    return catalog;
}

void Catalog::add(Segment segment, std::uint64_t previous_bytes) {
    const std::scoped_lock guard(mutex_);
    if (!segments_.empty()) {
        segments_.back().bytes = previous_bytes;
    }
    segments_.push_back(std::move(segment));
}

std::optional<std::string> Catalog::find(Position at) const {
    const std::scoped_lock guard(mutex_);
    const auto after = std::upper_bound(
        segments_.begin(),
        segments_.end(),
        at,
        [](Position position, const Segment& segment) { return position < segment.head.first; }
    );
    if (after == segments_.begin()) {
        return std::nullopt;
    }
    return std::prev(after)->path;
}

bool Catalog::starts_at(Position at) const {
    const std::scoped_lock guard(mutex_);
    const auto found = std::lower_bound(
        segments_.begin(),
        segments_.end(),
        at,
        [](const Segment& segment, Position position) { return segment.head.first < position; }
    );
    return found != segments_.end() && found->head.first == at;
}

std::vector<Segment> Catalog::before(Position end) const {
    const std::scoped_lock guard(mutex_);
    std::vector<Segment> found;
    for (const Segment& segment : segments_) {
        if (segment.head.first < end) {
            found.push_back(segment);
        }
    }
    return found;
}

Status Catalog::replace(const Segment& segment, const std::string& draft) {
    const std::scoped_lock guard(mutex_);
    const auto same = std::find_if(segments_.begin(), segments_.end(), [&](const Segment& one) {
        return one.head.first == segment.head.first;
    });
    if (same == segments_.end()) {
        return files_->remove(draft);
    }
    if (Status renamed = files_->rename(draft, segment.path); !renamed.ok()) {
        return renamed;
    }
    return files_->sync_directory(folder_);
}

Position Catalog::begin() const {
    const std::scoped_lock guard(mutex_);
    return mark_.begin;
}

void Catalog::note_durable(Position durable) {
    const std::scoped_lock guard(mutex_);
    mark_.durable = durable;
    (void)write_mark();  // Best effort: a mark that stays behind claims less than is true.
}

Status Catalog::sync_mark() {
    const std::scoped_lock guard(mutex_);
    return mark_file_->sync();
}

Status Catalog::write_mark() {
    return files::write_all(*mark_file_, 0, encode(mark_));
}

bool Catalog::over_limit(const LogRetention& retention, Timestamp now) const {
    std::uint64_t bytes = 0;
    for (const Segment& segment : segments_) {
        bytes += segment.bytes;
    }
    // The next segment knows the latest `now` of everything before it.
    const Timestamp latest = segments_[1].head.latest_now;
    return (retention.bytes_max != 0 && bytes > retention.bytes_max) ||
           (retention.age_max > Duration(0) && latest + retention.age_max < now);
}

Result<Position> Catalog::trim(Position keep_from, const LogRetention& retention, Timestamp now) {
    const std::scoped_lock guard(mutex_);
    keep_from = std::min(keep_from, mark_.durable);
    while (segments_.size() > 1 && segments_[1].head.first <= keep_from &&
           over_limit(retention, now)) {
        // The mark goes first: a segment may be missing only once the mark says so. And each
        // removal is synced before the next, or a power cut could forget the older one alone and
        // leave a hole.
        mark_.begin = segments_[1].head.first;
        if (Status written = write_mark(); !written.ok()) {
            return written.error();
        }
        if (Status synced = mark_file_->sync(); !synced.ok()) {
            return synced.error();
        }
        if (Status removed = files_->remove(segments_.front().path); !removed.ok()) {
            return removed.error();
        }
        segments_.pop_front();
        if (Status synced = files_->sync_directory(folder_); !synced.ok()) {
            return synced.error();
        }
    }
    return mark_.begin;
}

}  // namespace attune::segments
