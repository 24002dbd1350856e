#include "delivery/outbox.h"

#include <algorithm>
#include <tuple>

#include "base/assert.h"

namespace attune::delivery {

namespace {

/// A policy under which every delivery can end: nothing that must count is zero.
Policy workable(Policy policy) {
    policy.attempts_max = std::max(policy.attempts_max, 1U);
    policy.concurrency_max = std::max(policy.concurrency_max, 1U);
    policy.breaker_failures_max = std::max(policy.breaker_failures_max, 1U);
    policy.retry_burst_max = std::max(policy.retry_burst_max, 1U);
    policy.breaker_first = std::max(policy.breaker_first, Duration(1));
    policy.backoff_first = std::max(policy.backoff_first, Duration(0));
    return policy;
}

}  // namespace

bool Outbox::EarlierWake::operator()(
    const std::pair<Timestamp, Served*>& lhs, const std::pair<Timestamp, Served*>& rhs
) const {
    // By key, not by address: the order of attempts must not depend on the allocator.
    return std::tie(lhs.first, lhs.second->key()) < std::tie(rhs.first, rhs.second->key());
}

Outbox::Outbox(Options options) {
    options.email = workable(options.email);
    options.webhook = workable(options.webhook);
    options_ = std::make_unique<const Options>(options);
}

void Outbox::add(Delivery delivery, std::uint64_t position) {
    if (ids_.contains(delivery.id)) {
        ++counters_.repeated;
        return;
    }
    ++counters_.added;
    Entry entry;
    entry.position = position;
    entry.due = delivery.created_at;
    entry.ordered = !delivery.order.empty();
    entry.delivery = std::move(delivery);
    changed(entry);
    // A position belongs to one outbox alone, so the records of several keep apart, and in order,
    // in one store.
    constexpr unsigned kPositionShift = 16;
    next_sequence_ = std::max(next_sequence_, position << kPositionShift);
    insert(next_sequence_++, std::move(entry));
}

void Outbox::release(std::uint64_t position) {
    durable_ = std::max(durable_, position);
    while (!undurable_.empty() && undurable_.begin()->first <= durable_) {
        const Sequence sequence = undurable_.begin()->second;
        Entry& entry = at(sequence);
        unplace(sequence, entry);
        place(sequence, entry);
    }
}

std::vector<Delivery> Outbox::due(Timestamp now, std::size_t capacity) {
    shed(now);
    std::vector<Delivery> started;
    // One from each destination in turn, so that a long queue does not take the whole capacity.
    for (auto turn = ready(now, capacity); !turn.empty();
         turn = ready(now, capacity - started.size())) {
        for (Served* destination : turn) {
            started.push_back(start(*destination, now));
        }
    }
    return started;
}

/// The destinations that may start something, those that have waited longest first.
std::vector<Outbox::Served*> Outbox::ready(Timestamp now, std::size_t limit) const {
    std::vector<Served*> ready;
    for (auto it = wakes_.begin(); it != wakes_.end() && it->first <= now && ready.size() < limit;
         ++it) {
        ready.push_back(it->second);
    }
    return ready;
}

std::optional<Timestamp> Outbox::next_due() const {
    return wakes_.empty() ? std::nullopt : std::optional(wakes_.begin()->first);
}

void Outbox::finished(std::string_view id, const Outcome& outcome, Timestamp now) {
    const auto found = ids_.find(id);
    if (found == ids_.end() || at(found->second).stage != Stage::Started) {
        return;
    }
    const Sequence sequence = found->second;
    Entry& entry = at(sequence);
    Served& destination = *entry.destination;
    --in_flight_;
    switch (outcome.kind) {
    case Outcome::Kind::Delivered:
        destination.succeeded(now);
        ++counters_.delivered;
        settle(sequence, Mark::Kind::Delivered, {}, now);
        break;
    case Outcome::Kind::Retry:
        counters_.breaker_opened += destination.failed(now, outcome.retry_after) ? 1 : 0;
        retry(sequence, entry, outcome, now);
        break;
    case Outcome::Kind::Permanent:
        destination.abandoned();
        ++counters_.dead;
        settle(sequence, Mark::Kind::Dead, outcome.reason, now);
        break;
    }
    reschedule(destination);
}

std::vector<Mark> Outbox::take_marks() {
    return std::exchange(marks_, {});
}

void Outbox::apply_mark(const Mark& mark, std::uint64_t position) {
    const auto found = ids_.find(mark.id);
    if (found == ids_.end()) {
        return;
    }
    const Sequence sequence = found->second;
    const bool died = at(sequence).died_at.has_value();
    switch (mark.kind) {
    case Mark::Kind::Delivered:
    case Mark::Kind::Dropped:
        remove(sequence, position);
        break;
    case Mark::Kind::Dead:
        if (!died) {
            bury(sequence, mark, position);
        }
        break;
    case Mark::Kind::Replayed:
        if (died) {
            revive(sequence, mark, position);
        }
        break;
    }
}

std::vector<DeadLetter> Outbox::dead_letters(std::size_t limit, std::string_view after) const {
    const auto known = ids_.find(after);
    auto it = known == ids_.end() ? dead_.begin() : dead_.upper_bound(known->second);
    std::vector<DeadLetter> letters;
    for (; it != dead_.end() && letters.size() < limit; ++it) {
        const Entry& entry = entries_.find(*it)->second;
        letters.push_back({entry.delivery, entry.attempts, entry.reason, *entry.died_at});
    }
    return letters;
}

Status Outbox::replay(std::string_view id, Timestamp now) {
    return settle_dead_letter(id, Mark::Kind::Replayed, now);
}

Status Outbox::drop(std::string_view id, Timestamp now) {
    return settle_dead_letter(id, Mark::Kind::Dropped, now);
}

std::vector<Owed> Outbox::owed_to(std::string_view customer) const {
    std::vector<Owed> theirs;
    for (const auto& [sequence, entry] : entries_) {
        if (entry.delivery.customer == customer) {
            theirs.push_back(
                {entry.delivery, entry.attempts, entry.reason, entry.died_at.has_value()}
            );
        }
    }
    return theirs;
}

std::vector<std::string> Outbox::erase(std::string_view customer, std::uint64_t position) {
    std::vector<Sequence> theirs;
    std::vector<std::string> ids;
    for (const auto& [sequence, entry] : entries_) {
        if (entry.delivery.customer == customer) {
            theirs.push_back(sequence);
            ids.push_back(entry.delivery.id);
        }
    }
    // The latest first: otherwise each would make the next one of its order key ready to start.
    std::for_each(theirs.rbegin(), theirs.rend(), [&](Sequence sequence) {
        remove(sequence, position);
    });
    return ids;
}

OutboxGauges Outbox::gauges() const {
    OutboxGauges gauges;
    gauges.pending = pending_;
    gauges.in_flight = in_flight_;
    gauges.dead_letters = entries_.size() - pending_;
    gauges.destinations = destinations_.size();
    gauges.breakers_open = static_cast<std::size_t>(std::count_if(
        destinations_.begin(),
        destinations_.end(),
        [](const auto& item) { return item.second.breaker_open(); }
    ));
    return gauges;
}

std::optional<Timestamp> Outbox::oldest_pending() const {
    const auto oldest = std::find_if(entries_.begin(), entries_.end(), [](const auto& item) {
        return !item.second.died_at;
    });
    return oldest == entries_.end() ? std::nullopt
                                    : std::optional(oldest->second.delivery.created_at);
}

const Delivery& Outbox::start(Served& destination, Timestamp now) {
    Entry& entry = at(destination.take(now));
    ATTUNE_ASSERT(entry.stage == Stage::Queued && entry.position <= durable_);
    entry.stage = Stage::Started;
    ++entry.attempts;
    --destination.waiting;
    ++in_flight_;
    ++counters_.started;
    changed(entry);
    reschedule(destination);
    return entry.delivery;
}

void Outbox::retry(Sequence sequence, Entry& entry, const Outcome& outcome, Timestamp now) {
    const Policy& policy = entry.destination->policy();
    if (entry.attempts >= policy.attempts_max) {
        ++counters_.dead;
        settle(sequence, Mark::Kind::Dead, outcome.reason, now);
        return;
    }
    ++counters_.retried;
    Duration pause = backoff(policy, entry.delivery.id, entry.attempts);
    if (outcome.retry_after) {
        pause = std::max(pause, std::min(*outcome.retry_after, policy.retry_after_max));
    }
    entry.due = now + pause;
    entry.reason = outcome.reason;
    changed(entry);
    place(sequence, entry);
}

void Outbox::settle(Sequence sequence, Mark::Kind kind, std::string reason, Timestamp now) {
    Entry& entry = at(sequence);
    entry.stage = Stage::Settling;
    marks_.push_back(
        {kind, entry.delivery.id, now, entry.attempts, std::move(reason), entry.delivery.customer}
    );
}

// Bounds are looked at here and not when something is added: while the log is replayed after a
// restart, what has long been delivered is added first and marked later.
void Outbox::shed(Timestamp now) {
    for (const Sequence sequence : std::exchange(overflow_, {})) {
        const auto found = entries_.find(sequence);
        if (found == entries_.end() || !waits(found->second.stage)) {
            continue;
        }
        Served& destination = *found->second.destination;
        if (destination.waiting > destination.policy().queue_max) {
            ++counters_.dead;
            ++counters_.overflowed;
            unplace(sequence, found->second);
            settle(
                sequence, Mark::Kind::Dead, "the queue of " + destination.key() + " is full", now
            );
            reschedule(destination);
        }
    }
    while (dead_.size() > options_->dead_letters_max) {
        ++counters_.dropped;
        const Sequence oldest = *dead_.begin();
        dead_.erase(dead_.begin());
        settle(oldest, Mark::Kind::Dropped, "more dead letters than are kept", now);
    }
}

Status Outbox::settle_dead_letter(std::string_view id, Mark::Kind kind, Timestamp now) {
    const auto found = ids_.find(id);
    if (found == ids_.end() || dead_.erase(found->second) == 0) {
        return Error{
            Error::Kind::NotFound,
            std::string("cannot ") + (kind == Mark::Kind::Dropped ? "drop" : "replay") +
                " dead letter \"" + std::string(id) + "\": there is none of that id"};
    }
    ++(kind == Mark::Kind::Dropped ? counters_.dropped : counters_.replayed);
    settle(found->second, kind, {}, now);
    return Done{};
}

}  // namespace attune::delivery
