#pragma once

#include <string>

#include "value/temporal.h"

namespace attune {

/// The canonical text of FEEL's string(): "2017-01-31", "13:20:00.5+02:00",
/// "2017-01-31T10:00:00@Europe/Paris", "P1DT2H", "P1Y2M".
[[nodiscard]] std::string to_string(Date date);
[[nodiscard]] std::string to_string(const TimeOfDay& time);
[[nodiscard]] std::string to_string(const DateTime& moment);
[[nodiscard]] std::string to_string(DaysTimeDuration span);
[[nodiscard]] std::string to_string(YearsMonthsDuration span);

/// Days since 1970-01-01 of a proleptic Gregorian date, and back; any year that FEEL knows.
struct CivilDate {
    std::int64_t year;
    unsigned month;
    unsigned day;
};
[[nodiscard]] CivilDate to_civil(Date date);
[[nodiscard]] Date from_civil(CivilDate civil);

}  // namespace attune
