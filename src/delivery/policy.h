#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace attune::delivery {

/// How patient the outbox is with one channel's destinations.
///
/// The defaults wait 5 s, 25 s, 2 min, 10 min, 52 min, 4.3 h and then 12 h, each shortened by up to
/// half at random: ten attempts over about a day and a half, between the schedules of Svix and of
/// Standard Webhooks.
struct Policy {
    std::uint32_t attempts_max = 10;
    Duration backoff_first = std::chrono::seconds(5);
    std::uint32_t backoff_factor = 5;
    Duration backoff_max = std::chrono::hours(12);
    /// A longer Retry-After is cut to this, so that no answer silences a destination for days.
    Duration retry_after_max = std::chrono::hours(1);

    std::uint32_t concurrency_max = 8;  ///< Attempts at once, per destination.
    std::size_t queue_max = 100'000;    ///< Waiting per destination; more become dead letters.

    /// So many failures in a row open the circuit breaker: no attempt until it has cooled down,
    /// then one at a time until one succeeds. Each opening in a row doubles the pause.
    std::uint32_t breaker_failures_max = 5;
    Duration breaker_first = std::chrono::seconds(10);
    Duration breaker_max = std::chrono::minutes(10);

    /// Retries draw on a budget per destination: each success pays in this share of a retry, time
    /// pays in the given number a minute, and no more than the burst is kept. First attempts are
    /// free. So a destination in trouble is not buried under repetitions.
    std::uint32_t retries_per_hundred_successes = 20;
    std::uint32_t retries_per_minute_min = 60;
    std::uint32_t retry_burst_max = 100;

    /// A dead letter lets later deliveries of its order key pass (false), or holds them until it is
    /// replayed or dropped (true).
    bool dead_letter_holds_order = false;
};

/// The pause after the `attempt`-th failure (from 1): exponential, capped, and shortened by up to
/// half by a draw that depends on `id` and `attempt` alone, so that a replay waits as long.
[[nodiscard]] Duration backoff(const Policy& policy, std::string_view id, std::uint32_t attempt);

}  // namespace attune::delivery
