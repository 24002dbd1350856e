#include "value/decimal_power.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace attune::detail {

namespace {

/// A whole number of any size, nine decimal digits an element, the lowest first: nothing that it
/// does has to do with how powers are computed.
class Natural {
public:
    explicit Natural(UnsignedWide number) {
        for (; number != 0; number /= kUnit) {
            parts_.push_back(static_cast<std::uint64_t>(number % kUnit));
        }
    }

    friend Natural operator*(const Natural& lhs, const Natural& rhs) {
        Natural product(0);
        product.parts_.assign(lhs.parts_.size() + rhs.parts_.size(), 0);
        for (std::size_t i = 0; i < lhs.parts_.size(); ++i) {
            std::uint64_t carry = 0;
            for (std::size_t j = 0; j < rhs.parts_.size() || carry != 0; ++j) {
                const std::uint64_t more = j < rhs.parts_.size() ? rhs.parts_[j] : 0;
                const std::uint64_t sum = product.parts_[i + j] + lhs.parts_[i] * more + carry;
                product.parts_[i + j] = sum % kUnit;
                carry = sum / kUnit;
            }
        }
        product.trim();
        return product;
    }

    friend std::strong_ordering operator<=>(const Natural& lhs, const Natural& rhs) {
        if (lhs.parts_.size() != rhs.parts_.size()) {
            return lhs.parts_.size() <=> rhs.parts_.size();
        }
        return std::lexicographical_compare_three_way(
            lhs.parts_.rbegin(), lhs.parts_.rend(), rhs.parts_.rbegin(), rhs.parts_.rend()
        );
    }

private:
    static constexpr std::uint64_t kUnit = 1'000'000'000;

    void trim() {
        while (!parts_.empty() && parts_.back() == 0) {
            parts_.pop_back();
        }
    }

    std::vector<std::uint64_t> parts_;
};

Natural power_of(UnsignedWide base, std::int64_t exponent) {
    Natural power(1);
    const Natural factor(base);
    for (std::int64_t at = 0; at < exponent; ++at) {
        power = power * factor;
    }
    return power;
}

/// Whether `result` is the number of 34 digits next to the power: within half a unit of its last
/// digit, and even where it is exactly half a unit off.
void expect_nearest(const Parts& base, std::int64_t exponent, const Parts& result) {
    // (2c - 1) * 10^e < 2 * power < (2c + 1) * 10^e, every side times what makes it whole.
    Natural power = power_of(base.coefficient, std::abs(exponent));
    Natural below(2 * result.coefficient - 1);
    Natural above(2 * result.coefficient + 1);
    Natural middle(2);
    const std::int64_t scale = result.exponent - base.exponent * exponent;
    const Natural tens = power_of(10, std::abs(scale));
    if (exponent > 0) {
        middle = middle * power;
    } else {
        below = below * power;
        above = above * power;
    }
    if (scale > 0) {
        below = below * tens;
        above = above * tens;
    } else {
        middle = middle * tens;
    }
    const bool even = result.coefficient % 2 == 0;
    EXPECT_TRUE(even ? below <= middle : below < middle);
    EXPECT_TRUE(even ? middle <= above : middle < above);
    EXPECT_EQ(result.negative, base.negative && exponent % 2 != 0);
}

std::size_t digits_of(UnsignedWide number) {
    std::size_t digits = 0;
    for (; number != 0; number /= 10) {
        ++digits;
    }
    return digits;
}

/// A power has 34 digits wherever it is not exact.
void expect_power(const Parts& base, std::int64_t exponent) {
    const Parts result = power_wide(base, exponent);
    ASSERT_LE(digits_of(result.coefficient), 34U);
    expect_nearest(base, exponent, result);
}

UnsignedWide with_digits(std::mt19937_64& random, std::size_t digits) {
    UnsignedWide number = 0;
    for (std::size_t at = 0; at < digits; ++at) {
        number = number * 10 + random() % 10;
    }
    return number + 1;
}

}  // namespace

TEST(Powers, AreTheNearestNumbersOfThirtyFourDigits) {
    std::mt19937_64 random(3);
    for (int round = 0; round < 1'500; ++round) {
        const std::size_t digits = random() % 34 + 1;
        UnsignedWide coefficient = with_digits(random, digits - 1);
        // Rates of interest: 1.00…
        coefficient +=
            round % 3 == 0 ? static_cast<UnsignedWide>(kPowers[17]) * kPowers[16] / 10 : 0;
        const Parts base{random() % 2 == 0, coefficient, static_cast<int>(random() % 60) - 40};
        auto exponent = static_cast<std::int64_t>(random() % (round % 10 == 0 ? 400 : 40)) + 1;
        exponent = random() % 2 == 0 ? exponent : -exponent;
        expect_power(base, exponent);
        ASSERT_FALSE(HasFailure()) << "round " << round << ", exponent " << exponent;
    }
}

TEST(Powers, OfSmallNumbersAreTheNearest) {
    for (std::uint64_t base = 1; base <= 130; ++base) {
        for (std::int64_t exponent = -130; exponent <= 130; ++exponent) {
            if (exponent != 0) {
                expect_power({false, base, -1}, exponent);
                ASSERT_FALSE(HasFailure()) << base << " to the power of " << exponent;
            }
        }
    }
}

TEST(Powers, OfOneHalfBreakTiesTowardsTheEvenDigit) {
    // 2^-49 and 2^-50 have 35 digits, the last of which is a five.
    for (const std::int64_t exponent : {49, 50}) {
        const Parts power = power_wide({false, 5, -1}, exponent);
        EXPECT_EQ(digits_of(power.coefficient), 34U);
        EXPECT_EQ(static_cast<int>(power.coefficient % 2), 0);
        const Parts inverse = power_wide({false, 2, 0}, -exponent);
        EXPECT_TRUE(power.coefficient == inverse.coefficient);
        EXPECT_EQ(power.exponent, inverse.exponent);
    }
}

TEST(Powers, OfTenAndOfZerothOrderAreExact) {
    EXPECT_EQ(power_wide({true, 1000, -2}, 3).exponent, 3);
    EXPECT_TRUE(power_wide({true, 1000, -2}, 3).negative);
    EXPECT_EQ(power_wide({false, 1, -3}, -5).exponent, 15);
    EXPECT_EQ(power_wide({true, 77, 5}, 0).exponent, 0);
    EXPECT_EQ(static_cast<int>(power_wide({true, 77, 5}, 0).coefficient), 1);
    EXPECT_FALSE(power_wide({true, 77, 5}, 0).negative);
}

TEST(Powers, ReachTheEndsOfTheRange) {
    const auto power = [](std::string_view base, std::int64_t exponent) {
        return Decimal::power(Decimal::parse(base).value(), exponent);
    };
    EXPECT_EQ(power("10", 6144), Decimal::parse("1e6144"));
    EXPECT_EQ(power("10", 6145), std::nullopt);
    EXPECT_EQ(power("10", -6176), Decimal::parse("1e-6176"));
    EXPECT_EQ(power("10", -6177), Decimal(0));
    EXPECT_EQ(power("0.1", 6176), Decimal::parse("1e-6176"));
    EXPECT_EQ(power("-9.999", 999'999'999), std::nullopt);
    EXPECT_EQ(power("-9.999", -999'999'999), Decimal(0));
    EXPECT_EQ(power("1", 999'999'999), Decimal(1));
    EXPECT_EQ(power("-1", 999'999'999), Decimal(-1));
    EXPECT_EQ(power("0", 0), Decimal(1));
    EXPECT_EQ(power("0", 5), Decimal(0));
    EXPECT_EQ(power("0", -1), std::nullopt);
    EXPECT_EQ(power("2", 20414), std::nullopt);
    EXPECT_TRUE(power("2", 20413).has_value());
    EXPECT_EQ(
        power("9.999999999999999999999999999999999e6144", 1),
        Decimal::parse("9.999999999999999999999999999999999e6144")
    );
    // (1 + 1e-9)^1e9 and its inverse, to 34 digits.
    EXPECT_EQ(
        power("1.000000001", 999'999'999), Decimal::parse("2.718281824381622497995021525865311")
    );
    EXPECT_EQ(
        power("0.999999999", 999'999'999), Decimal::parse("0.3678794413553820422885431013698708")
    );
}

}  // namespace attune::detail
