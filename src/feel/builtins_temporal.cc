#include <array>

#include "feel/builtin_call.h"
#include "feel/temporal.h"
#include "value/temporal_text.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;

constexpr std::array<std::string_view, 7> kDays{
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> kMonths{
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December"};

Zone zone_of(const Evaluation& evaluation) {
    const std::optional<Zone> zone = parse_zone(evaluation.zone);
    return zone ? *zone : Zone{Zone::Kind::Offset, 0, {}};
}

Value run_now(BuiltinCall& call) {
    return Value::date_time(
        to_date_time(call.evaluation.now, zone_of(call.evaluation)), call.arena()
    );
}

Value run_today(BuiltinCall& call) {
    return Value::date(to_date_time(call.evaluation.now, zone_of(call.evaluation)).date);
}

std::optional<Date> day_of(BuiltinCall& call) {
    const Value& date = call[0];
    if (date.is(Kind::Date)) {
        return date.as_date();
    }
    if (date.is(Kind::DateTime)) {
        return date.as_date_time().date;
    }
    call.fail("\"date\" must be a date, or a date and time", {date});
    return std::nullopt;
}

std::int64_t day_of_year(Date date) {
    return date.days - from_civil({to_civil(date).year, 1, 1}).days + 1;
}

Value run_day_of_year(BuiltinCall& call) {
    const std::optional<Date> date = day_of(call);
    return date ? Value::integer(day_of_year(*date)) : Value();
}

Value run_day_of_week(BuiltinCall& call) {
    const std::optional<Date> date = day_of(call);
    return date ? Value::string(kDays[static_cast<std::size_t>(weekday(*date) - 1)]) : Value();
}

Value run_month_of_year(BuiltinCall& call) {
    const std::optional<Date> date = day_of(call);
    return date ? Value::string(kMonths[to_civil(*date).month - 1]) : Value();
}

/// ISO 8601: the week of a date is that of its Thursday.
Value run_week_of_year(BuiltinCall& call) {
    const std::optional<Date> date = day_of(call);
    if (!date) {
        return {};
    }
    const Date thursday{date->days - weekday(*date) + 4};
    return Value::integer((day_of_year(thursday) - 1) / 7 + 1);
}

constexpr std::array kEntries{
    BuiltinEntry{
        "now",
        "1.3",
        "The date and time at which the evaluation takes place.",
        {"-> date and time"},
        {{"now() >= now()", "true"}},
        run_now,
        false},
    BuiltinEntry{
        "today",
        "1.3",
        "The date on which the evaluation takes place.",
        {"-> date"},
        {{"date(now()) = today()", "true"}},
        run_today,
        false},
    BuiltinEntry{
        "day of year",
        "1.3",
        "The number of the day in its year.",
        {"date: Any -> number"},
        {{"day of year(@\"2019-09-17\")", "260"}},
        run_day_of_year},
    BuiltinEntry{
        "day of week",
        "1.3",
        "The English name of the day.",
        {"date: Any -> string"},
        {{"day of week(@\"2019-09-17\")", "\"Tuesday\""}},
        run_day_of_week},
    BuiltinEntry{
        "month of year",
        "1.3",
        "The English name of the month.",
        {"date: Any -> string"},
        {{"month of year(@\"2019-09-17\")", "\"September\""}},
        run_month_of_year},
    BuiltinEntry{
        "week of year",
        "1.3",
        "The number of the week in its year, by ISO 8601.",
        {"date: Any -> number"},
        {{"week of year(@\"2019-09-17\")", "38"}, {"week of year(@\"2003-12-29\")", "1"}},
        run_week_of_year},
};

}  // namespace

std::span<const BuiltinEntry> temporal_builtins() {
    return kEntries;
}

}  // namespace attune::feel
