#include "customer/decay.h"

#include <cmath>
#include <cstdint>
#include <cstring>

#include <gtest/gtest.h>

namespace attune::customer {
namespace {

TEST(Decay, PowersOfTwoAreExact) {
    for (int exponent = -1000; exponent <= 1000; ++exponent) {
        ASSERT_EQ(exp2_exact(exponent), std::ldexp(1.0, exponent)) << exponent;
    }
}

TEST(Decay, IsWithinABillionthOfTheTrueValue) {
    for (int i = -100'000; i <= 100'000; ++i) {
        const double exponent = i / 1'003.0;
        const double expected = std::exp2(exponent);
        ASSERT_NEAR(exp2_exact(exponent) / expected, 1.0, 1e-9) << exponent;
    }
}

TEST(Decay, BeyondItsRangeGivesTheRangesEnd) {
    EXPECT_EQ(exp2_exact(-1e18), exp2_exact(-1000));
    EXPECT_EQ(exp2_exact(1e18), exp2_exact(1000));
}

TEST(Decay, HasTheSameBitsOnEveryMachine) {
    const double value = exp2_exact(-0.3);
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(bits));
    EXPECT_EQ(bits, 0x3fe9'fdf8'bcce'51cdU);
}

}  // namespace
}  // namespace attune::customer
