#include "log/memory_log.h"

#include <algorithm>
#include <utility>

namespace attune {

class MemoryLog::Reader final : public LogReader {
public:
    Reader(const MemoryLog& log, Position from) : log_(&log), next_(from) {}

    [[nodiscard]] Result<const LogBatch*> next() override {
        const std::scoped_lock guard(log_->mutex_);
        if (next_ < log_->begin_) {
            return Error{
                Error::Kind::NotFound,
                "cannot read the log from " + to_string(next_) + ": it begins at " +
                    to_string(log_->begin_)};
        }
        const auto found = std::upper_bound(
            log_->batches_.begin(),
            log_->batches_.end(),
            next_,
            [](Position at, const Stored& stored) { return at < stored.range.end; }
        );
        if (found == log_->batches_.end() || found->range.end > log_->durable_) {
            return nullptr;
        }
        batch_ = {found->range, found->stamp, found->count, found->entries};
        next_ = found->range.end;
        return &batch_;
    }

private:
    const MemoryLog* log_;
    Position next_;
    LogBatch batch_;
};

MemoryLog::MemoryLog(Options options)
    : begin_(options.begin), end_(options.begin), durable_(options.begin), hold_(options.hold) {}

Result<LogRange> MemoryLog::append(const BatchStamp& stamp, const LogEntries& entries) {
    LogRange range;
    {
        const std::scoped_lock guard(mutex_);
        range = {end_, end_ + std::max<std::uint64_t>(entries.count(), 1)};
        batches_.push_back({range, stamp, entries.count(), std::string(entries.bytes())});
        end_ = range.end;
        latest_now_ = std::max(latest_now_, stamp.now);
    }
    if (!hold_) {
        release();
    }
    return range;
}

void MemoryLog::release() {
    std::function<void(Position)> listener;
    Position durable;
    {
        const std::scoped_lock guard(mutex_);
        durable_ = end_;
        durable = durable_;
        listener = listener_;
    }
    if (listener) {
        listener(durable);
    }
}

Position MemoryLog::begin() const {
    const std::scoped_lock guard(mutex_);
    return begin_;
}

Position MemoryLog::end() const {
    const std::scoped_lock guard(mutex_);
    return end_;
}

Position MemoryLog::durable() const {
    const std::scoped_lock guard(mutex_);
    return durable_;
}

Timestamp MemoryLog::latest_now() const {
    const std::scoped_lock guard(mutex_);
    return latest_now_;
}

void MemoryLog::on_durable(std::function<void(Position)> listener) {
    const std::scoped_lock guard(mutex_);
    listener_ = std::move(listener);
}

Status MemoryLog::flush() {
    release();
    return Done{};
}

Result<std::unique_ptr<LogReader>> MemoryLog::reader(Position from) {
    return std::unique_ptr<LogReader>(std::make_unique<Reader>(*this, from));
}

Result<Position> MemoryLog::trim(Position keep_from, const LogRetention& retention, Timestamp now) {
    const std::scoped_lock guard(mutex_);
    std::uint64_t bytes = 0;
    for (const Stored& stored : batches_) {
        bytes += stored.entries.size();
    }
    const Position removable = std::min(keep_from, durable_);
    while (!batches_.empty() && batches_.front().range.end <= removable) {
        const Stored& oldest = batches_.front();
        const bool too_large = retention.bytes_max != 0 && bytes > retention.bytes_max;
        const bool too_old =
            retention.age_max > Duration(0) && oldest.stamp.now + retention.age_max < now;
        if (!too_large && !too_old) {
            break;
        }
        bytes -= oldest.entries.size();
        begin_ = oldest.range.end;
        batches_.pop_front();
    }
    return begin_;
}

Status MemoryLog::rewrite(const LogRewrite& rewrite) {
    const std::scoped_lock guard(mutex_);
    for (Stored& stored : batches_) {
        static_cast<void>(edit_entries(
            stored.range.first, stored.count, rewrite.end, rewrite.edit, stored.entries
        ));
    }
    return Done{};
}

}  // namespace attune
