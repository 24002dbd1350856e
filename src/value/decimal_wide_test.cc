#include "value/decimal_wide.h"

#include <random>

#include <gtest/gtest.h>

namespace attune::detail {

namespace {

/// Numbers of 1 to 34 digits, often with runs of zeros or nines: those are where rounding goes
/// wrong.
class Numbers {
public:
    Parts next() {
        const auto digits = random_() % 34 + 1;
        UnsignedWide coefficient = 0;
        const auto style = random_() % 4;
        for (std::size_t at = 0; at < digits; ++at) {
            const auto any = random_() % 10;
            const bool plain = style == 0 || at < 2 || random_() % 8 == 0;
            coefficient =
                coefficient * 10 + (plain ? any : (style == 1 ? 0 : (style == 2 ? 9 : 5)));
        }
        return {random_() % 2 == 0, coefficient, static_cast<int>(random_() % 200) - 100};
    }

private:
    std::mt19937_64 random_{20};
};

/// The same number in the same form: coefficient and exponent.
void expect_same(Parts mine, const BID_UINT128& theirs) {
    Parts other = parts_of(theirs);
    strip_zeros(mine);
    strip_zeros(other);
    EXPECT_TRUE(mine.coefficient == other.coefficient);
    if (mine.coefficient != 0) {
        EXPECT_EQ(mine.exponent, other.exponent);
        EXPECT_EQ(mine.negative, other.negative);
    }
}

}  // namespace

TEST(WideDecimals, MultiplyAsIntelsLibraryDoes) {
    Numbers numbers;
    for (int round = 0; round < 200'000; ++round) {
        const Parts lhs = numbers.next();
        const Parts rhs = numbers.next();
        _IDEC_flags flags = 0;
        expect_same(
            multiply_wide(lhs, rhs), bid128_mul(to_bid(lhs), to_bid(rhs), kHalfEven, &flags)
        );
        ASSERT_FALSE(HasFailure()) << "round " << round;
    }
}

TEST(WideDecimals, DivideAsIntelsLibraryDoes) {
    Numbers numbers;
    for (int round = 0; round < 200'000; ++round) {
        const Parts lhs = numbers.next();
        const Parts rhs = numbers.next();
        if (rhs.coefficient == 0) {
            continue;
        }
        _IDEC_flags flags = 0;
        expect_same(divide_wide(lhs, rhs), bid128_div(to_bid(lhs), to_bid(rhs), kHalfEven, &flags));
        ASSERT_FALSE(HasFailure()) << "round " << round;
    }
}

TEST(WideDecimals, AddAsIntelsLibraryDoes) {
    Numbers numbers;
    int added = 0;
    for (int round = 0; round < 400'000; ++round) {
        const Parts lhs = numbers.next();
        Parts rhs = numbers.next();
        rhs.exponent = lhs.exponent + rhs.exponent % 40;
        const std::optional<Parts> sum = add_wide(lhs, rhs);
        if (!sum) {
            continue;
        }
        ++added;
        _IDEC_flags flags = 0;
        expect_same(*sum, bid128_add(to_bid(lhs), to_bid(rhs), kHalfEven, &flags));
        ASSERT_FALSE(HasFailure()) << "round " << round;
    }
    EXPECT_GT(added, 50'000);
}

TEST(WideDecimals, DivideBySmallNumbersAsIntelsLibraryDoes) {
    Numbers numbers;
    for (int round = 0; round < 100'000; ++round) {
        const Parts lhs = numbers.next();
        Parts rhs = numbers.next();
        rhs.coefficient =
            rhs.coefficient % 10'001 + 1;  // Around the most that takes the short way.
        _IDEC_flags flags = 0;
        expect_same(divide_wide(lhs, rhs), bid128_div(to_bid(lhs), to_bid(rhs), kHalfEven, &flags));
        ASSERT_FALSE(HasFailure()) << "round " << round;
    }
}

TEST(WideDecimals, CompareAsIntelsLibraryDoes) {
    Numbers numbers;
    int equal = 0;
    for (int round = 0; round < 400'000; ++round) {
        Parts lhs = numbers.next();
        Parts rhs = numbers.next();
        lhs.negative = false;
        rhs.negative = false;
        // Most pairs of any size are told apart by the place of their first digit alone.
        if (round % 4 == 0) {
            rhs = lhs;
            for (auto zeros = round % 7; zeros > 0 && rhs.coefficient % 10 == 0; --zeros) {
                rhs.coefficient /= 10;
                ++rhs.exponent;
            }
            rhs.coefficient += round % 3 == 0 ? 1 : 0;
        } else if (round % 4 == 1) {
            rhs.exponent = lhs.exponent + rhs.exponent % 3;
        }
        if (lhs.coefficient == 0 || rhs.coefficient == 0) {
            continue;
        }
        _IDEC_flags flags = 0;
        const BID_UINT128 left = to_bid(lhs);
        const BID_UINT128 right = to_bid(rhs);
        const std::strong_ordering order = compare_magnitudes(lhs, rhs);
        ASSERT_EQ(order == 0, bid128_quiet_equal(left, right, &flags) != 0) << "round " << round;
        ASSERT_EQ(order < 0, bid128_quiet_less(left, right, &flags) != 0) << "round " << round;
        equal += order == 0 ? 1 : 0;
    }
    EXPECT_GT(equal, 10'000);
}

TEST(WideDecimals, BreakTiesTowardsTheEvenDigit) {
    const UnsignedWide half = static_cast<UnsignedWide>(kPowers[17]) * kPowers[16] * 5;  // 5E+33
    // 5…0000 * 2.5 and the like end exactly between two numbers of 34 digits.
    const Parts lower = multiply_wide({false, half + 1, 0}, {false, 5, 0});
    const Parts upper = multiply_wide({false, half + 3, 0}, {false, 5, 0});
    EXPECT_EQ(static_cast<std::uint64_t>(lower.coefficient % 2), 0U);
    EXPECT_EQ(static_cast<std::uint64_t>(upper.coefficient % 2), 0U);
}

TEST(WideDecimals, StripAllZeros) {
    for (int zeros = 0; zeros <= 33; ++zeros) {
        UnsignedWide coefficient = 7;
        for (int at = 0; at < zeros; ++at) {
            coefficient *= 10;
        }
        Parts parts{false, coefficient, 0};
        strip_zeros(parts);
        EXPECT_EQ(static_cast<std::uint64_t>(parts.coefficient), 7U);
        EXPECT_EQ(parts.exponent, zeros);
    }
}

}  // namespace attune::detail
