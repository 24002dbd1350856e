#include "delivery/destination.h"

#include <algorithm>

#include "base/assert.h"

namespace attune::delivery {

namespace {

// A retry costs as many units as a minute has milliseconds, so that `retries_per_minute_min` is the
// number of units that a millisecond brings, and nothing is rounded.
constexpr std::int64_t kRetryCost = 60'000;

Duration pause_of(const Policy& policy, std::uint32_t openings) {
    Duration pause = policy.breaker_first;
    for (std::uint32_t i = 0; i < openings && pause < policy.breaker_max; ++i) {
        pause *= 2;
    }
    return std::min(pause, policy.breaker_max);
}

}  // namespace

Destination::Destination(std::string key, const Policy& policy)
    : key_(std::move(key)), policy_(&policy), budget_(policy.retry_burst_max * kRetryCost) {}

void Destination::enqueue(const Waiting& added) {
    (added.retry ? retries_ : first_attempts_).emplace(added.due, added.sequence);
}

void Destination::remove(const Waiting& gone) {
    (gone.retry ? retries_ : first_attempts_).erase({gone.due, gone.sequence});
}

std::optional<Timestamp> Destination::ready_at() const {
    const std::uint32_t flights_max = breaker_open() ? 1 : policy_->concurrency_max;
    if (in_flight_ >= flights_max || (first_attempts_.empty() && retries_.empty())) {
        return std::nullopt;
    }
    Timestamp ready{std::numeric_limits<std::int64_t>::max()};
    if (!first_attempts_.empty()) {
        ready = first_attempts_.begin()->first;
    }
    if (!retries_.empty()) {
        ready = std::min(ready, std::max(retries_.begin()->first, budget_at()));
    }
    return std::max({ready, open_until_, quiet_until_});
}

std::uint64_t Destination::take(Timestamp now) {
    accrue(now);
    const bool first = !first_attempts_.empty() && first_attempts_.begin()->first <= now;
    const bool retry = !retries_.empty() && retries_.begin()->first <= now && budget_ >= kRetryCost;
    ATTUNE_ASSERT(first || retry);
    const bool take_retry = retry && (!first || *retries_.begin() < *first_attempts_.begin());
    if (take_retry) {
        budget_ -= kRetryCost;
    }
    Queue& queue = take_retry ? retries_ : first_attempts_;
    const std::uint64_t sequence = queue.begin()->second;
    queue.erase(queue.begin());
    ++in_flight_;
    return sequence;
}

void Destination::succeeded(Timestamp now) {
    abandoned();
    failures_ = 0;
    openings_ = 0;
    open_until_ = kEver;
    accrue(now);
    const std::int64_t paid = kRetryCost * policy_->retries_per_hundred_successes / 100;
    budget_ = std::min(budget_ + paid, policy_->retry_burst_max * kRetryCost);
}

bool Destination::failed(Timestamp now, std::optional<Duration> retry_after) {
    abandoned();
    ++failures_;
    if (retry_after) {
        quiet_until_ =
            std::max(quiet_until_, now + std::min(*retry_after, policy_->retry_after_max));
    }
    // While the breaker is open, what fails had begun before: it says nothing new.
    const bool straggler = breaker_open() && now < open_until_;
    if (straggler || (!breaker_open() && failures_ < policy_->breaker_failures_max)) {
        return false;
    }
    open_until_ = now + pause_of(*policy_, openings_);
    ++openings_;
    return true;
}

void Destination::abandoned() {
    ATTUNE_ASSERT(in_flight_ > 0);
    --in_flight_;
}

void Destination::accrue(Timestamp now) {
    if (accrued_at_ == kEver) {
        accrued_at_ = now;
    }
    if (now <= accrued_at_) {
        return;
    }
    // At most a day's worth at a time: the cap keeps the product in range.
    const Duration elapsed = std::min<Duration>(now - accrued_at_, std::chrono::hours(24));
    budget_ = std::min(
        budget_ + elapsed.count() * policy_->retries_per_minute_min,
        policy_->retry_burst_max * kRetryCost
    );
    accrued_at_ = now;
}

Timestamp Destination::budget_at() const {
    if (budget_ >= kRetryCost) {
        return kEver;
    }
    const std::int64_t rate = policy_->retries_per_minute_min;
    if (rate == 0) {
        return kTimestampMax;  // only a success pays
    }
    return accrued_at_ + Duration((kRetryCost - budget_ + rate - 1) / rate);
}

}  // namespace attune::delivery
