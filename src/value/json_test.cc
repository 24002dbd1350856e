#include "value/json.h"

#include <gtest/gtest.h>

namespace attune::json {
namespace {

std::string round_trip(std::string_view text) {
    Arena arena;
    const Result<Value> read = parse(text, arena);
    return read ? to_json(read.value()) : read.error().message;
}

TEST(Json, KeepsEveryDigitOfANumber) {
    EXPECT_EQ(
        round_trip("[0.1, 12345678901234567890, 1e2, -0.50]"), "[0.1,12345678901234567890,100,-0.5]"
    );
}

TEST(Json, ReadsScalarsToo) {
    EXPECT_EQ(round_trip(" 12 "), "12");
    EXPECT_EQ(round_trip("null"), "null");
    EXPECT_EQ(round_trip("\"a\\u00e9\""), "\"a\xc3\xa9\"");
}

TEST(Json, NamesARepeatedKey) {
    EXPECT_EQ(
        round_trip("{\"a\":1,\"a\":2}"), "cannot read JSON: key \"a\" occurs twice in one object"
    );
}

TEST(Json, RefusesWhatIsNoJson) {
    for (const char* text :
         {"",
          "[1,]",
          "[1] x",
          "[01]",
          "nul",
          "{\"a\":1} }",
          "1 2",
          "1,2",
          "[",
          "\"\xff\"",
          "[1]]"}) {
        Arena arena;
        EXPECT_FALSE(parse(text, arena).ok()) << text;
    }
}

TEST(Json, StopsAtTheDepthLimit) {
    Arena arena;
    const std::string deep = std::string(40, '[') + std::string(40, ']');
    const Result<Value> read = parse(deep, arena);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().kind, Error::Kind::LimitExceeded);
}

}  // namespace
}  // namespace attune::json
