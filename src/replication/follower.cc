#include "replication/follower.h"

namespace attune::replication {

namespace {

/// Of one answer: some milliseconds of disk and network.
constexpr std::uint32_t kFetchBytes = 4U << 20U;

}  // namespace

Result<std::uint64_t> last_trace(Log& log) {
    const Position end = log.durable();
    if (end == log.begin()) {
        return std::uint64_t{0};
    }
    const Result<std::unique_ptr<LogReader>> reader = log.reader({end.index - 1});
    if (!reader.ok()) {
        return reader.error();
    }
    const Result<const LogBatch*> batch = reader.value()->next();
    if (!batch.ok()) {
        return batch.error();
    }
    ATTUNE_ASSERT(batch.value() != nullptr && batch.value()->range.end == end);
    return trace_of(*batch.value());
}

Result<Fetch> Follower::request() {
    if (!trace_) {
        if (Status flushed = log_->flush(); !flushed.ok()) {
            return flushed.error();
        }
        const Result<std::uint64_t> trace = last_trace(*log_);
        if (!trace.ok()) {
            return trace.error();
        }
        trace_ = trace.value();
    }
    Fetch fetch;
    fetch.follower = id_;
    fetch.epoch = log_->epoch();
    fetch.from = log_->end();  // Durable: take() and the above have waited for it.
    fetch.trace = *trace_;
    fetch.bytes_max = kFetchBytes;
    return fetch;
}

Status Follower::check(const Fetched& fetched) const {
    switch (fetched.outcome) {
    case Fetched::Outcome::Batches:
        break;
    case Fetched::Outcome::Trimmed:
        return Error{Error::Kind::NotFound, "cannot follow: " + fetched.reason};
    case Fetched::Outcome::Diverged:
        return Error{Error::Kind::Conflict, "cannot follow: " + fetched.reason};
    case Fetched::Outcome::NotLeading:
        return Error{
            Error::Kind::Unavailable, "cannot follow: it does not lead: " + fetched.reason};
    }
    if (fetched.epoch < log_->epoch()) {
        return Error{
            Error::Kind::Conflict,
            "cannot follow: the other server is still in epoch " + std::to_string(fetched.epoch) +
                ", and this log has begun epoch " + std::to_string(log_->epoch())};
    }
    if (standing_->role() != Role::Following) {
        return Error{Error::Kind::Unavailable, "cannot follow: this server was promoted meanwhile"};
    }
    return Done{};
}

Status Follower::take(const Fetched& fetched) {
    if (Status checked = check(fetched); !checked.ok()) {
        return checked;
    }
    if (fetched.batches.empty()) {
        return Done{};
    }
    trace_.reset();
    for (const std::string& batch : fetched.batches) {
        if (const Result<LogRange> taken = log_->append_stored(batch); !taken.ok()) {
            return taken.error();
        }
    }
    if (mutant_ != Mutant::AcknowledgeBeforeSync) {
        if (Status flushed = log_->flush(); !flushed.ok()) {
            return flushed;
        }
    }
    trace_ = fetched.trace;
    return Done{};
}

}  // namespace attune::replication
