#include "delivery/policy.h"

#include <gtest/gtest.h>

namespace attune::delivery {
namespace {

TEST(Backoff, GrowsToItsCapAndIsShortenedByAtMostHalf) {
    const Policy policy;
    Duration full = policy.backoff_first;
    for (std::uint32_t attempt = 1; attempt < 40; ++attempt) {
        const Duration pause = backoff(policy, "some-id", attempt);
        EXPECT_LE(pause, full);
        EXPECT_GE(pause, full / 2);
        full = std::min(full * policy.backoff_factor, policy.backoff_max);
    }
}

TEST(Backoff, IsTheSameForTheSameIdAndSpreadsOverIds) {
    const Policy policy;
    EXPECT_EQ(backoff(policy, "a", 3), backoff(policy, "a", 3));
    EXPECT_NE(backoff(policy, "a", 3), backoff(policy, "b", 3));
}

TEST(Backoff, EndsForEveryPolicy) {
    Policy policy;
    policy.backoff_factor = 0;
    EXPECT_LE(backoff(policy, "a", 4'000'000'000), policy.backoff_first);
    policy.backoff_first = Duration(0);
    policy.backoff_factor = 5;
    EXPECT_EQ(backoff(policy, "a", 1'000), Duration(0));
    policy.backoff_max = Duration::max();
    policy.backoff_first = Duration(1);
    EXPECT_GT(backoff(policy, "a", 4'000'000'000), Duration(0));
}

}  // namespace
}  // namespace attune::delivery
