#include "value/decimal.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

Decimal read(std::string_view text) {
    return Decimal::parse(text).value();
}

TEST(Decimal, AddsWithoutBinaryRounding) {
    EXPECT_EQ(Decimal::add(read("0.1"), read("0.2")).value(), read("0.3"));
    EXPECT_EQ(read("1.000"), read("1"));
    EXPECT_EQ(read("1.000").hash(), read("1").hash());
}

TEST(Decimal, DividesToThirtyFourDigitsHalfToEven) {
    EXPECT_EQ(Decimal::divide(1, 3)->to_string(), "0.3333333333333333333333333333333333");
    EXPECT_EQ(Decimal::divide(2, 3)->to_string(), "0.6666666666666666666666666666666667");
    EXPECT_FALSE(Decimal::divide(1, 0).has_value());
}

TEST(Decimal, GrowsBeyondSixtyFourBitsAndComesBack) {
    const Decimal large =
        Decimal::multiply(read("99999999999999999"), read("99999999999999999")).value();
    EXPECT_EQ(large.to_string(), "9999999999999999800000000000000001");
    EXPECT_FALSE(large.small());
    EXPECT_TRUE(Decimal::divide(large, read("99999999999999999"))->small());
    EXPECT_EQ(Decimal::power(2, 100)->to_string(), "1267650600228229401496703205376");
}

TEST(Decimal, KnowsNoInfinity) {
    EXPECT_FALSE(Decimal::multiply(read("1e6000"), read("1e6000")).has_value());
    EXPECT_FALSE(Decimal::parse("1e7000").has_value());
    EXPECT_FALSE(Decimal::parse("NaN").has_value());
    EXPECT_FALSE(Decimal::parse("1.").has_value());
}

TEST(Decimal, RoundsEachWayThatFeelNames) {
    using Rounding = Decimal::Rounding;
    EXPECT_EQ(Decimal::round(read("2.5"), 0, Rounding::HalfEven), Decimal(2));
    EXPECT_EQ(Decimal::round(read("-5.5"), 0, Rounding::HalfUp), Decimal(-6));
    EXPECT_EQ(Decimal::round(read("-5.5"), 0, Rounding::HalfDown), Decimal(-5));
    EXPECT_EQ(Decimal::round(read("1.121"), 2, Rounding::Up), read("1.13"));
    EXPECT_EQ(Decimal::round(read("-1.5"), 0, Rounding::Floor), Decimal(-2));
    EXPECT_EQ(Decimal::round(read("1234"), -2, Rounding::HalfEven), Decimal(1200));
}

TEST(Decimal, ModuloHasTheSignOfTheDivisor) {
    EXPECT_EQ(Decimal::modulo(-12, 5), Decimal(3));
    EXPECT_EQ(Decimal::modulo(12, -5), Decimal(-3));
    EXPECT_EQ(Decimal::modulo(read("10.1"), read("4.5")), read("1.1"));
}

TEST(Decimal, OrdersNumbersOfAnyTwoForms) {
    EXPECT_LT(read("1e-300"), read("1e300"));
    EXPECT_LT(read("-1e300"), read("1e-300"));
    EXPECT_LT(read("0.99"), Decimal(1));
    EXPECT_EQ(read("1e3"), Decimal(1000));
}

TEST(Decimal, HoldsTheLargestExponents) {
    EXPECT_EQ(read("9e6144").to_string(), "9E+6144");
    EXPECT_FALSE(Decimal::multiply(read("9e6144"), Decimal(10)));
    EXPECT_EQ(Decimal::divide(read("9e6144"), read("3e6144")), Decimal(3));
}

}  // namespace
}  // namespace attune
