#pragma once

#include <cstdint>
#include <string_view>

namespace attune {

/// The zone of a time or a date and time: none, a fixed offset, or a name from the tz database.
struct Zone {
    enum class Kind : std::uint8_t { None, Offset, Named };

    Kind kind = Kind::None;
    std::int32_t offset_seconds = 0;  ///< Only for Offset; east of Greenwich is positive.
    std::string_view name;            ///< Only for Named, such as "Europe/Paris"; not owned.

    friend bool operator==(const Zone&, const Zone&) = default;
};

/// A day of the proleptic Gregorian calendar, counted from 1970-01-01. FEEL's years run to
/// +-999,999,999.
struct Date {
    std::int64_t days = 0;

    friend constexpr auto operator<=>(Date, Date) = default;
};

/// A time of day, FEEL's `time`.
struct TimeOfDay {
    std::int64_t nanoseconds = 0;  ///< Since midnight, local to the zone.
    Zone zone;
};

/// FEEL's `date and time`: a local day and time of day in a zone, or in none.
struct DateTime {
    Date date;
    std::int64_t nanoseconds = 0;  ///< Since midnight, local to the zone.
    Zone zone;
};

/// FEEL's `days and time duration`, with the sign on both fields alike.
struct DaysTimeDuration {
    std::int64_t seconds = 0;
    std::int32_t nanoseconds = 0;  ///< Below a second in magnitude.

    friend constexpr auto operator<=>(DaysTimeDuration, DaysTimeDuration) = default;
};

/// FEEL's `years and months duration`.
struct YearsMonthsDuration {
    std::int64_t months = 0;

    friend constexpr auto operator<=>(YearsMonthsDuration, YearsMonthsDuration) = default;
};

}  // namespace attune
