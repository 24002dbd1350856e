#include <cstdlib>

#include "feel/arithmetic.h"
#include "feel/temporal.h"
#include "value/temporal_text.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;
using Found = std::optional<Value>;

constexpr std::int64_t kSecond = 1'000'000'000;

Found date_property(Date date, std::string_view name) {
    const CivilDate civil = to_civil(date);
    if (name == "year") {
        return Value::integer(civil.year);
    }
    if (name == "month") {
        return Value::integer(civil.month);
    }
    if (name == "day") {
        return Value::integer(civil.day);
    }
    if (name == "weekday") {
        return Value::integer(weekday(date));
    }
    return std::nullopt;
}

Found zone_property(const Zone& zone, Date day, std::int64_t clock, std::string_view name) {
    if (name == "timezone") {
        return zone.kind == Zone::Kind::Named ? Value::string(zone.name) : Value();
    }
    if (name == "time offset") {
        return zone.kind == Zone::Kind::None
                   ? Value()
                   : Value::duration(DaysTimeDuration{offset_seconds(zone, day, clock), 0});
    }
    return std::nullopt;
}

Found clock_property(std::int64_t clock, std::string_view name) {
    const std::int64_t seconds = clock / kSecond;
    if (name == "hour") {
        return Value::integer(seconds / 3600);
    }
    if (name == "minute") {
        return Value::integer(seconds / 60 % 60);
    }
    if (name == "second") {
        const std::int64_t nanoseconds = seconds % 60 * kSecond + clock % kSecond;
        return nanoseconds % kSecond == 0 ? Value::integer(seconds % 60)
                                          : Value::number(Decimal::scaled(nanoseconds, -9));
    }
    return std::nullopt;
}

Found days_property(DaysTimeDuration span, std::string_view name) {
    if (name == "days") {
        return Value::integer(span.seconds / 86'400);
    }
    if (name == "hours") {
        return Value::integer(span.seconds / 3600 % 24);
    }
    if (name == "minutes") {
        return Value::integer(span.seconds / 60 % 60);
    }
    if (name == "seconds") {
        return span.nanoseconds == 0 ? Value::integer(span.seconds % 60)
                                     : Value::number(Decimal::scaled(
                                           span.seconds % 60 * kSecond + span.nanoseconds, -9
                                       ));
    }
    return std::nullopt;
}

Found range_property(const RangeValue& range, std::string_view name) {
    if (name == "start") {
        return range.start;
    }
    if (name == "end") {
        return range.end;
    }
    if (name == "start included") {
        return Value::boolean(range.start_included);
    }
    if (name == "end included") {
        return Value::boolean(range.end_included);
    }
    return std::nullopt;
}

}  // namespace

std::optional<Value> property(const Value& value, std::string_view name) {
    switch (value.kind()) {
    case Kind::Date:
        return date_property(value.as_date(), name);
    case Kind::DateTime: {
        const DateTime& moment = value.as_date_time();
        Found found = date_property(moment.date, name);
        if (!found) {
            found = clock_property(moment.nanoseconds, name);
        }
        return found ? found : zone_property(moment.zone, moment.date, moment.nanoseconds, name);
    }
    case Kind::Time: {
        const TimeOfDay& time = value.as_time();
        const Found found = clock_property(time.nanoseconds, name);
        return found ? found : zone_property(time.zone, Date{}, time.nanoseconds, name);
    }
    case Kind::YearsMonthsDuration: {
        const std::int64_t months = value.as_years_months().months;
        if (name == "years" || name == "months") {
            return Value::integer(name == "years" ? months / 12 : months % 12);
        }
        return std::nullopt;
    }
    case Kind::DaysTimeDuration:
        return days_property(value.as_days_time(), name);
    case Kind::Range:
        return range_property(value.as_range(), name);
    default:
        return std::nullopt;
    }
}

}  // namespace attune::feel
