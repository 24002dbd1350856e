#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/time.h"
#include "delivery/policy.h"

namespace attune::delivery {

/// One place that deliveries go to: its queue, its circuit breaker, its retry budget. One that is
/// down or slow holds up nobody else.
class Destination {
public:
    /// `policy` must outlive the destination.
    Destination(std::string key, const Policy& policy);

    struct Waiting {
        Timestamp due;
        std::uint64_t sequence = 0;
        bool retry = false;  ///< Not the first attempt: draws on the budget.
    };

    void enqueue(const Waiting& added);
    void remove(const Waiting& gone);

    /// The earliest moment at which `take` yields something; none while nothing waits or as many
    /// are in flight as may be.
    [[nodiscard]] std::optional<Timestamp> ready_at() const;

    /// Takes the next delivery that may start, which is in flight from then on. Call it only when
    /// `ready_at()` is not after `now`.
    [[nodiscard]] std::uint64_t take(Timestamp now);

    /// An attempt succeeded: closes the breaker, pays into the budget.
    void succeeded(Timestamp now);
    /// An attempt failed for a reason that may lie with the destination. Says whether this opened
    /// the breaker.
    bool failed(Timestamp now, std::optional<Duration> retry_after);
    /// An attempt ended without telling anything about the destination.
    void abandoned();

    [[nodiscard]] const std::string& key() const { return key_; }
    [[nodiscard]] const Policy& policy() const { return *policy_; }
    [[nodiscard]] bool breaker_open() const { return openings_ > 0; }

private:
    using Queue = std::set<std::pair<Timestamp, std::uint64_t>>;

    static constexpr Timestamp kEver{std::numeric_limits<std::int64_t>::min()};

    void accrue(Timestamp now);
    [[nodiscard]] Timestamp budget_at() const;

    std::string key_;
    const Policy* policy_;
    Queue first_attempts_;
    Queue retries_;
    std::uint32_t in_flight_ = 0;
    std::uint32_t failures_ = 0;     // in a row
    std::uint32_t openings_ = 0;     // in a row; 0: the breaker is closed
    Timestamp open_until_ = kEver;   // the breaker lets nothing pass before
    Timestamp quiet_until_ = kEver;  // the destination's own Retry-After
    std::int64_t budget_;
    Timestamp accrued_at_ = kEver;
};

}  // namespace attune::delivery
