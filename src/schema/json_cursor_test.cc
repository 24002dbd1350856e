#include "schema/json_cursor.h"

#include <string>

#include <gtest/gtest.h>

namespace attune::schema {
namespace {

/// What the cursor reads of a text that is one number.
std::string number_of(const std::string& text) {
    constexpr std::size_t kReadAhead = 64;
    constexpr std::size_t kDepthMax = 4;
    const std::string bytes = text + std::string(kReadAhead, ' ');
    Arena arena;
    JsonCursor cursor({bytes.data(), text.size()}, kDepthMax);
    Value value;
    return cursor.value(value, arena) ? value.as_number().to_string() : "no number";
}

TEST(JsonCursor, ReadsNumbersOfAnyLength) {
    EXPECT_EQ(number_of("0"), "0");
    EXPECT_EQ(number_of("-12.50"), "-12.5");
    EXPECT_EQ(number_of("999999999999999999"), "999999999999999999");
    EXPECT_EQ(number_of("-9999999999999999999"), "-9999999999999999999");
    EXPECT_EQ(number_of("99999999.9999999999"), "99999999.9999999999");
    EXPECT_EQ(number_of("99999999.99999999999"), "99999999.99999999999");
    EXPECT_EQ(number_of(std::string(34, '9')), std::string(34, '9'));
    EXPECT_EQ(number_of(std::string(35, '9')), "1" + std::string(35, '0'));
    EXPECT_EQ(number_of("1e3"), "1000");
    EXPECT_EQ(number_of("01"), "no number");
    EXPECT_EQ(number_of("1."), "no number");
}

}  // namespace
}  // namespace attune::schema
