#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/time.h"
#include "customer/blob.h"
#include "customer/calendar.h"

namespace attune::customer {

/// How often something may happen to a customer within any span of `per`, or within a unit of the
/// calendar.
struct Limit {
    std::uint64_t id = 0;  ///< The hash of what is limited: a campaign, an offer, a placement.
    std::uint32_t times = 1;
    Duration per{0};
    Calendar calendar = Calendar::None;
    std::shared_ptr<const ZoneTable> zone{};  ///< Where the calendar is looked at.
};

/// A limit keeps one time for every use, so it is exact; hence the bound.
constexpr std::uint32_t kLimitTimesMax = 100;
constexpr std::size_t kLimitHeaderBytes = 10;  ///< Of what is kept of a limit, beside its uses.

/// Uses of the limit in the span that ends with `now`, or in the calendar's unit that holds it.
[[nodiscard]] std::uint32_t used(const Blob& blob, const Limit& limit, Timestamp now);
[[nodiscard]] inline bool allowed(const Blob& blob, const Limit& limit, Timestamp now) {
    return used(blob, limit, now) < limit.times;
}
/// Notes one use; the oldest beyond `limit.times` is forgotten.
void use(Blob& blob, const Limit& limit, Timestamp now);
/// Takes over another customer's uses; of one limit the newest are kept, as many as it has room
/// for.
void merge_limits(Blob& into, std::string_view other);

}  // namespace attune::customer
