#include "customer/calendar.h"

#include <gtest/gtest.h>

namespace attune::customer {
namespace {

Timestamp at(const char* text) {
    return *parse_timestamp(text);
}

/// Paris around the changes of 2026.
ZoneTable paris() {
    return {
        {{0, 3'600'000},
         {at("2026-03-29T01:00:00Z").ms(), 7'200'000},
         {at("2026-10-25T01:00:00Z").ms(), 3'600'000}}};
}

TEST(Calendar, ADayBeginsAtTheZonesMidnight) {
    const ZoneTable zone = paris();
    const std::uint32_t day = calendar_unit(Calendar::Day, zone, at("2026-01-10T22:59:59.999Z"));
    EXPECT_EQ(calendar_unit(Calendar::Day, zone, at("2026-01-10T23:00:00Z")), day + 1);
    EXPECT_EQ(unit_start(Calendar::Day, zone, day + 1), at("2026-01-10T23:00:00Z"));
}

TEST(Calendar, DaysOnWhichClocksChangeAreShorterOrLonger) {
    const ZoneTable zone = paris();
    const auto length = [&](const char* noon) {
        const std::uint32_t day = calendar_unit(Calendar::Day, zone, at(noon));
        return unit_start(Calendar::Day, zone, day + 1) - unit_start(Calendar::Day, zone, day);
    };
    EXPECT_EQ(length("2026-03-28T12:00:00Z"), Duration(24 * 3'600'000));
    EXPECT_EQ(length("2026-03-29T12:00:00Z"), Duration(23 * 3'600'000));
    EXPECT_EQ(length("2026-10-25T12:00:00Z"), Duration(25 * 3'600'000));
}

TEST(Calendar, WeeksBeginOnMondays) {
    const ZoneTable utc;
    const std::uint32_t week = calendar_unit(Calendar::Week, utc, at("2026-03-01T12:00:00Z"));
    EXPECT_EQ(unit_start(Calendar::Week, utc, week), at("2026-02-23T00:00:00Z"));
    EXPECT_EQ(calendar_unit(Calendar::Week, utc, at("2026-03-02T00:00:00Z")), week + 1);
}

TEST(Calendar, MonthsAndYearsAreThoseOfTheCalendar) {
    const ZoneTable zone = paris();
    for (const char* first :
         {"2026-01-31T23:00:00Z", "2026-03-31T22:00:00Z", "2028-01-31T23:00:00Z"}) {
        const std::uint32_t month = calendar_unit(Calendar::Month, zone, at(first));
        EXPECT_EQ(calendar_unit(Calendar::Month, zone, at(first) - Duration(1)), month - 1);
        EXPECT_EQ(unit_start(Calendar::Month, zone, month), at(first));
    }
    const std::uint32_t year = calendar_unit(Calendar::Year, zone, at("2026-12-31T23:00:00Z"));
    EXPECT_EQ(year, 2027U - 1970U);
    EXPECT_EQ(unit_start(Calendar::Year, zone, year), at("2026-12-31T23:00:00Z"));
}

TEST(Calendar, EveryUnitBeginsWhereTheOneBeforeEnds) {
    const ZoneTable zone = paris();
    for (const Calendar unit : {Calendar::Day, Calendar::Week, Calendar::Month, Calendar::Year}) {
        const std::uint32_t now = calendar_unit(unit, zone, at("2026-06-01T00:00:00Z"));
        for (std::uint32_t number = now - 40; number < now + 40 && number > 0; ++number) {
            const Timestamp start = unit_start(unit, zone, number);
            EXPECT_EQ(calendar_unit(unit, zone, start), number);
            EXPECT_EQ(calendar_unit(unit, zone, start - Duration(1)), number - 1);
        }
    }
}

TEST(Calendar, ADayWhoseMidnightIsLeftOutBeginsAfterTheGap) {
    // Clocks go from 00:00 to 01:00, as they did in Brazil.
    const Timestamp change = at("2026-05-10T03:00:00Z");
    const ZoneTable zone{{{0, -10'800'000}, {change.ms(), -7'200'000}}};
    const std::uint32_t day = calendar_unit(Calendar::Day, zone, change);
    EXPECT_EQ(unit_start(Calendar::Day, zone, day), change);
    EXPECT_EQ(calendar_unit(Calendar::Day, zone, change - Duration(1)), day - 1);
}

}  // namespace
}  // namespace attune::customer
