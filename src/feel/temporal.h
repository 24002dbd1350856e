#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/time.h"
#include "value/temporal.h"
#include "value/value.h"

namespace attune::feel {

/// Nanoseconds on the UTC time line, or a difference of two points on it.
using Nanoseconds = __int128;

/// Read the texts of date(), time(), date and time() and duration(); nothing for any other text, a
/// day that does not exist, a year beyond +-999,999,999 or an unknown zone. Names of zones refer
/// into `text`.
[[nodiscard]] std::optional<Date> parse_date(std::string_view text);
[[nodiscard]] std::optional<TimeOfDay> parse_time(std::string_view text);
[[nodiscard]] std::optional<DateTime> parse_date_time(std::string_view text);
[[nodiscard]] std::optional<YearsMonthsDuration> parse_years_months(std::string_view text);
[[nodiscard]] std::optional<DaysTimeDuration> parse_days_time(std::string_view text);
[[nodiscard]] std::optional<Zone> parse_zone(std::string_view text);

/// Reads what may stand in `@"..."`: a date, time, date and time or duration; null otherwise.
[[nodiscard]] Value parse_temporal(std::string_view text, Arena& arena);

/// Seconds east of Greenwich that `zone` keeps at a local time; 0 for no zone. In a gap or overlap
/// of a daylight-saving change the offset before the change counts.
[[nodiscard]] std::int32_t offset_seconds(const Zone& zone, Date day, std::int64_t nanoseconds);

/// The point on the UTC time line; a moment without zone is taken as UTC.
[[nodiscard]] Nanoseconds instant(const DateTime& moment);
/// A time of day shifted to UTC, not wrapped.
[[nodiscard]] Nanoseconds instant(const TimeOfDay& time);
/// The local view of a point in time from `zone`.
[[nodiscard]] DateTime in_zone(Nanoseconds instant, const Zone& zone);
/// What now() gives.
[[nodiscard]] DateTime to_date_time(Timestamp now, const Zone& zone);

[[nodiscard]] Nanoseconds nanoseconds(DaysTimeDuration span);
/// Nothing beyond the int64 seconds that a duration holds.
[[nodiscard]] std::optional<DaysTimeDuration> days_time(Nanoseconds nanoseconds);

/// The same day of the month, or the month's last day. Nothing beyond FEEL's years.
[[nodiscard]] std::optional<Date> add_months(Date date, std::int64_t months);
/// 1 is Monday.
[[nodiscard]] int weekday(Date date);
[[nodiscard]] bool date_in_range(Date date);

}  // namespace attune::feel
