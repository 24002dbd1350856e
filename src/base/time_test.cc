#include "base/time.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

TEST(Timestamp, ReadsWhatItWrites) {
    const auto read = parse_timestamp("2026-03-01T00:00:18.788Z");
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(to_string(*read), "2026-03-01T00:00:18.788Z");
}

TEST(Timestamp, TurnsOffsetsIntoUtc) {
    EXPECT_EQ(
        parse_timestamp("2026-03-01T01:30:00+01:30"), parse_timestamp("2026-03-01T00:00:00Z")
    );
    EXPECT_EQ(
        parse_timestamp("2026-02-28T23:00:00-01:00"), parse_timestamp("2026-03-01T00:00:00.000Z")
    );
}

TEST(Timestamp, CutsFractionsToMilliseconds) {
    EXPECT_EQ(
        to_string(parse_timestamp("2026-03-01T00:00:00.123999Z").value()),
        "2026-03-01T00:00:00.123Z"
    );
    EXPECT_EQ(
        to_string(parse_timestamp("2026-03-01T00:00:00.1Z").value()), "2026-03-01T00:00:00.100Z"
    );
}

TEST(Timestamp, RefusesWhatIsNoMoment) {
    for (const char* text :
         {"",
          "2026-02-29T00:00:00Z",
          "2026-03-01",
          "2026-03-01T24:00:00Z",
          "2026-03-01T00:00:00",
          "20000-01-01T00:00:00Z",
          "2026-03-01T00:00:00.Z",
          "2026-03-01T00:00:00+25:00",
          "tomorrow"}) {
        EXPECT_FALSE(parse_timestamp(text).has_value()) << text;
    }
}

TEST(Duration, ReadsTheUnitsOfAWorkspace) {
    EXPECT_EQ(parse_duration("30m"), Duration(1'800'000));
    EXPECT_EQ(parse_duration("90d"), Duration(7'776'000'000));
    EXPECT_EQ(parse_duration("250ms"), Duration(250));
    EXPECT_FALSE(parse_duration("0d").has_value());
    EXPECT_FALSE(parse_duration("-1d").has_value());
    EXPECT_FALSE(parse_duration("5 m").has_value());
    EXPECT_EQ(to_string(Duration(1'800'000)), "30m");
}

}  // namespace
}  // namespace attune
