#include "feel/temporal.h"

#include <gtest/gtest.h>

#include "feel/testing.h"

namespace attune::feel {

namespace {

using testing::expect_results;

TEST(Temporal, ReadsOnlyWhatExists) {
    expect_results(
        {{"date(\"2024-02-29\")", "@\"2024-02-29\""},
         {"date(\"2023-02-29\")", "null"},
         {"date(\"999999999-12-31\")", "@\"999999999-12-31\""},
         {"date(\"-0044-03-15\").year", "-44"},
         {"date(\"01234-01-01\")", "null"},
         {"time(\"24:00:00\")", "null"},
         {"@\"2021-12-31T24:00:00\"", "@\"2022-01-01T00:00:00\""},
         {"time(\"10:00:00@Mars/Olympus\")", "null"},
         {"date and time(\"2024-01-31T10:00:00.123456789@Europe/Paris\")",
          "@\"2024-01-31T10:00:00.123456789@Europe/Paris\""},
         {"duration(\"P1Y1D\")", "null"},
         {"duration(\"P\")", "null"},
         {"duration(\"PT\")", "null"},
         {"duration(\"P1DT\")", "null"},
         {"duration(\"-PT0.5S\")", "@\"-PT0.5S\""}}
    );
}

TEST(Temporal, AddsAndSubtracts) {
    expect_results(
        {{"@\"2024-01-31\" + @\"P1M\"", "@\"2024-02-29\""},
         {"@\"2024-01-31\" + @\"P1D\"", "@\"2024-02-01\""},
         {"@\"P1D\" + @\"2024-01-31\"", "@\"2024-02-01\""},
         {"time(\"23:59:00z\") + duration(\"PT2M\")", "@\"00:01:00Z\""},
         {"@\"2024-03-01\" - @\"2024-02-01\"", "@\"P29D\""},
         {"@\"2024-03-01T00:00:00Z\" - @\"2024-03-01T00:00:00\"", "null"},
         {"duration(\"P2D\") / 2", "@\"P1D\""},
         {"duration(\"P2D\") / duration(\"P1D\")", "2"},
         {"duration(\"P1Y\") * 1.5", "@\"P1Y6M\""},
         {"@\"P2Y2M\" = @\"P26M\"", "true"},
         {"@\"P1Y\" < @\"P365D\"", "null"},
         {"@\"999999999-12-31\" + @\"P1D\"", "null"}}
    );
}

TEST(Temporal, KnowsTheOffsetsOfZones) {
    expect_results(
        {{"@\"2024-07-01T12:00:00@Europe/Paris\".time offset", "@\"PT2H\""},
         {"@\"2024-01-01T12:00:00@Europe/Paris\" = @\"2024-01-01T11:00:00Z\"", "true"},
         // Across the change to summer time an hour is missing.
         {"@\"2024-03-31T01:30:00@Europe/Paris\" + @\"PT1H\"",
          "@\"2024-03-31T03:30:00@Europe/Paris\""},
         {"@\"2024-01-01T12:00:00@Europe/Paris\".timezone", "\"Europe/Paris\""}}
    );
}

TEST(Temporal, HasPropertiesOfAllParts) {
    expect_results(
        {{"@\"2024-01-31T10:20:30.5\".second", "30.5"},
         {"@\"2024-01-31\".weekday", "3"},
         {"@\"P1DT2H3M4S\".hours", "2"},
         {"@\"P1Y2M\".months", "2"},
         {"@\"2024-01-31\".hour", "null"},
         {"[1..5).end included", "false"}}
    );
}

TEST(Temporal, CountsDaysBackAndForth) {
    for (std::int64_t days = -800'000; days < 800'000; days += 997) {
        const std::string text = "@\"1970-01-01\" + @\"P1D\" * " + std::to_string(days);
        ASSERT_EQ(
            testing::result_of(
                "(" + text + ") - @\"1970-01-01\" = @\"P1D\" * " + std::to_string(days)
            ),
            "true"
        );
    }
}

}  // namespace

}  // namespace attune::feel
