#include "customer/calendar.h"

#include <algorithm>

namespace attune::customer {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;

/// Months since 1970 of a day since 1970 (Howard Hinnant, "chrono-compatible low-level date
/// algorithms", civil_from_days). Not for days before 1970.
std::int64_t month_of(std::int64_t days) {
    const std::int64_t shifted = days + 719'468;
    const std::int64_t era = shifted / 146'097;
    const std::int64_t day_of_era = shifted - era * 146'097;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t from_march = (5 * day_of_year + 2) / 153;
    const std::int64_t month = from_march < 10 ? from_march + 2 : from_march - 10;  // January: 0
    const std::int64_t year = era * 400 + year_of_era + (month <= 1 ? 1 : 0);
    return (year - 1970) * 12 + month;
}

/// The first day of a month since 1970 (days_from_civil).
std::int64_t first_day_of(std::int64_t month) {
    const std::int64_t of_year = month % 12;
    const std::int64_t year = 1970 + month / 12 - (of_year <= 1 ? 1 : 0);
    const std::int64_t era = year / 400;
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t from_march = of_year <= 1 ? of_year + 10 : of_year - 2;
    const std::int64_t day_of_year = (153 * from_march + 2) / 5;
    return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719'468;
}

std::int64_t unit_of_day(Calendar unit, std::int64_t days) {
    switch (unit) {
    case Calendar::Week:
        return (days + 3) / 7;  // 1970 began with a Thursday.
    case Calendar::Month:
        return month_of(days);
    case Calendar::Year:
        return month_of(days) / 12;
    default:
        return days;
    }
}

std::int64_t first_day(Calendar unit, std::int64_t number) {
    switch (unit) {
    case Calendar::Week:
        return number * 7 - 3;
    case Calendar::Month:
        return first_day_of(number);
    case Calendar::Year:
        return first_day_of(number * 12);
    default:
        return number;
    }
}

}  // namespace

std::int64_t ZoneTable::offset_at(std::int64_t utc_ms) const {
    const auto after = std::upper_bound(
        changes.begin(),
        changes.end(),
        utc_ms,
        [](std::int64_t at, const Change& change) { return at < change.from_ms; }
    );
    return after == changes.begin() ? changes.front().offset_ms : std::prev(after)->offset_ms;
}

std::uint32_t calendar_unit(Calendar unit, const ZoneTable& zone, Timestamp time) {
    const std::int64_t local = std::max<std::int64_t>(time.ms() + zone.offset_at(time.ms()), 0);
    return static_cast<std::uint32_t>(unit_of_day(unit, local / kDayMs));
}

Timestamp unit_start(Calendar unit, const ZoneTable& zone, std::uint32_t number) {
    const std::int64_t midnight = first_day(unit, number) * kDayMs;
    // No zone is more than 15 hours from UTC, nor moves its clocks by more than a day. Where
    // clocks leave midnight out, the day begins when they go on.
    std::int64_t before = midnight - 2 * kDayMs;
    std::int64_t after = midnight + 2 * kDayMs;
    while (after - before > 1) {
        const std::int64_t middle = before + (after - before) / 2;
        const bool reached = middle + zone.offset_at(middle) >= midnight;
        (reached ? after : before) = middle;
    }
    return Timestamp(after);
}

}  // namespace attune::customer
