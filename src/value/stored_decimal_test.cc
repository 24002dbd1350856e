#include "value/stored_decimal.h"

#include <cstdint>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace attune {
namespace {

Decimal stored_again(const std::string& text) {
    const Decimal number = Decimal::parse(text).value();
    return stored_decimal(number.low_word(), number.high_word());
}

TEST(StoredDecimal, IsTheNumberThatWasStored) {
    for (const std::string text :
         {"0",
          "-1",
          "12.5",
          "-9223372036854775807",
          "9999999999999999999999999999999999",
          "-9999999999999999999999999999999999E+6111",
          "1E-6176",
          "1e18",
          "1e-18",
          "1e19"}) {
        EXPECT_EQ(stored_again(text), Decimal::parse(text).value()) << text;
    }
}

TEST(StoredDecimal, IsZeroForWordsThatAreNoNumber) {
    constexpr std::uint64_t kSmall = 0x7c00'0000'0000'0000U;
    EXPECT_EQ(stored_decimal(5, kSmall | 19U), 0);
    EXPECT_EQ(stored_decimal(5, kSmall | 0x80U), 0);
    EXPECT_EQ(stored_decimal(std::uint64_t{1} << 63U, kSmall), 0);
    EXPECT_EQ(stored_decimal(0, 0), 0);                                // a large form of zero
    EXPECT_EQ(stored_decimal(0, 0x7800'0000'0000'0000U), 0);           // infinity
    EXPECT_EQ(stored_decimal(1, 0x6000'0000'0000'0000U), 0);           // non-canonical
    EXPECT_EQ(stored_decimal(UINT64_MAX, 0x3041'ffff'ffff'ffffU), 0);  // more than 34 digits
}

TEST(StoredDecimal, CanBeCalculatedWithWhateverTheWords) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 20'000; ++i) {
        const Decimal lhs = stored_decimal(random(), random());
        const Decimal rhs = stored_decimal(random() >> (random() % 64U), random());
        if (const auto quotient = Decimal::divide(lhs, rhs)) {
            const int sign = quotient->sign();  // 0 where the quotient is too small for a number
            EXPECT_TRUE(sign == 0 || sign == lhs.sign() * rhs.sign());
        }
        if (const auto sum = Decimal::add(lhs, rhs); sum && lhs.sign() == rhs.sign()) {
            EXPECT_EQ(sum->sign(), lhs.sign());
        }
        EXPECT_EQ(Decimal::parse(lhs.to_string()), lhs);
    }
}

}  // namespace
}  // namespace attune
