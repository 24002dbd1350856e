#include "delivery/policy.h"

#include <algorithm>

#include "base/hash.h"

namespace attune::delivery {

Duration backoff(const Policy& policy, std::string_view id, std::uint32_t attempt) {
    Duration pause = std::min(policy.backoff_first, policy.backoff_max);
    for (std::uint32_t i = 1; i < attempt && pause < policy.backoff_max; ++i) {
        const bool beyond =
            pause.count() > policy.backoff_max.count() / std::max(policy.backoff_factor, 1U);
        pause = beyond ? policy.backoff_max : pause * policy.backoff_factor;
        if (policy.backoff_factor <= 1) {
            break;
        }
    }
    const auto half = static_cast<std::uint64_t>(pause.count() / 2);
    const std::uint64_t draw = hash_combine(hash_bytes(id), attempt) % (half + 1);
    return pause - Duration(static_cast<std::int64_t>(draw));
}

}  // namespace attune::delivery
