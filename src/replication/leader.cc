#include "replication/leader.h"

#include <algorithm>
#include <utility>

namespace attune::replication {

namespace {

/// Open readers, each with a file and a megabyte.
constexpr std::size_t kCursorsMax = 8;

std::string hex(std::uint64_t number) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text(16, '0');
    for (std::size_t i = text.size(); i > 0; --i, number >>= 4U) {
        text[i - 1] = kDigits[number & 15U];
    }
    return text;
}

}  // namespace

Fetched Leader::nothing_new() const {
    Fetched answer;
    answer.epoch = log_->epoch();
    answer.begin = log_->begin();
    answer.durable = log_->durable();
    return answer;
}

Fetched Leader::refusal(Fetched::Outcome outcome, std::string reason) const {
    Fetched answer = nothing_new();
    answer.outcome = outcome;
    answer.reason = std::move(reason);
    return answer;
}

Result<std::optional<Fetched>> Leader::fetch(const Fetch& fetch) {
    if (fetch.epoch > log_->epoch()) {
        standing_->fence(fetch.epoch, "a server that was promoted asks for the log");
    }
    if (const Status leading = standing_->may_append(); !leading.ok()) {
        return std::optional(refusal(Fetched::Outcome::NotLeading, leading.error().message));
    }
    std::optional<Fetched> answer;
    const Result<Cursor*> cursor = find(fetch, answer);
    if (!cursor.ok() || answer) {
        return cursor.ok() ? Result<std::optional<Fetched>>(std::move(answer)) : cursor.error();
    }
    if (fetch.bytes_max == 0) {
        return std::optional(nothing_new());
    }
    standing_->confirm(fetch.follower, fetch.from);
    answer = nothing_new();
    if (Status read_all = read(fetch, *cursor.value(), *answer); !read_all.ok()) {
        cursors_.erase(fetch.follower);
        return read_all.error();
    }
    return answer->batches.empty() ? std::nullopt : std::move(answer);
}

std::optional<Fetched> Leader::refuse_place(Position from) const {
    if (from > log_->durable()) {
        return refusal(
            Fetched::Outcome::Diverged,
            "the leader's log ends at position " + to_string(log_->durable()) +
                ", before the standby's at " + to_string(from) +
                ": one of them has what the other never had"
        );
    }
    const bool whole = from == Position{} && log_->begin() == Position{};
    if (!whole && from <= log_->begin()) {
        return refusal(
            Fetched::Outcome::Trimmed,
            "the leader's log begins at position " + to_string(log_->begin()) +
                " and the standby's ends at " + to_string(from)
        );
    }
    return std::nullopt;
}

Result<Leader::Cursor*> Leader::find(const Fetch& fetch, std::optional<Fetched>& answer) {
    const auto known = cursors_.find(fetch.follower);
    if (known != cursors_.end() && known->second.at == fetch.from &&
        known->second.trace == fetch.trace) {
        known->second.used = ++uses_;
        return &known->second;
    }
    answer = refuse_place(fetch.from);
    if (answer) {
        return nullptr;
    }
    Cursor cursor{.reader = nullptr, .at = fetch.from, .trace = fetch.trace, .used = ++uses_};
    if (Status compared = compare(fetch, cursor, answer); !compared.ok()) {
        return compared.error();
    }
    if (answer) {
        return nullptr;
    }
    if (cursors_.size() >= kCursorsMax && !cursors_.contains(fetch.follower)) {
        cursors_.erase(std::min_element(
            cursors_.begin(),
            cursors_.end(),
            [](const auto& lhs, const auto& rhs) { return lhs.second.used < rhs.second.used; }
        ));
    }
    Cursor& kept = cursors_[fetch.follower];
    kept = std::move(cursor);
    return &kept;
}

Status Leader::compare(const Fetch& fetch, Cursor& cursor, std::optional<Fetched>& answer) const {
    const bool whole = fetch.from == Position{};
    Result<std::unique_ptr<LogReader>> reader =
        log_->reader(whole ? fetch.from : Position{fetch.from.index - 1});
    if (!reader.ok()) {
        return reader.error();
    }
    cursor.reader = std::move(reader).value();
    if (whole) {
        return Done{};
    }
    const Result<const LogBatch*> batch = cursor.reader->next();
    if (!batch.ok()) {
        return batch.error();
    }
    ATTUNE_ASSERT(batch.value() != nullptr);  // `from` is durable.
    const LogBatch& last = *batch.value();
    const std::uint64_t trace = trace_of(last);
    if (last.range.end != fetch.from || trace != fetch.trace) {
        answer = refusal(
            Fetched::Outcome::Diverged,
            "the logs differ before position " + to_string(fetch.from) +
                ": the leader's batch there is " + to_string(last.range.first) + " to " +
                to_string(last.range.end) + " of epoch " + std::to_string(last.epoch) +
                " with checksum " + hex(trace) + ", the standby's has " + hex(fetch.trace)
        );
    }
    return Done{};
}

Status Leader::read(const Fetch& fetch, Cursor& cursor, Fetched& answer) const {
    std::size_t bytes = 0;
    while (bytes < fetch.bytes_max) {
        const Result<const LogBatch*> next = cursor.reader->next();
        if (!next.ok()) {
            return next.error();
        }
        if (next.value() == nullptr) {
            break;
        }
        const LogBatch& batch = *next.value();
        ATTUNE_ASSERT(batch.range.first == cursor.at);
        bytes += answer.batches.emplace_back(batch.stored).size();
        if (std::find(answer.programs.begin(), answer.programs.end(), batch.stamp.program) ==
            answer.programs.end()) {
            answer.programs.push_back(batch.stamp.program);
        }
        answer.trace = cursor.trace = trace_of(batch);
        cursor.at = batch.range.end;
    }
    return Done{};
}

}  // namespace attune::replication
