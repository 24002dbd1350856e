#include <array>

#include "feel/builtin_call.h"
#include "feel/equality.h"
#include "feel/range_text.h"
#include "feel/temporal.h"
#include "feel/text.h"
#include "value/temporal_text.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;

Value date_of_parts(BuiltinCall& call) {
    const auto year = call.number(0).to_int64();
    const auto month = call.number(1).to_int64();
    const auto day = call.number(2).to_int64();
    if (!year || !month || !day || *year > 999'999'999 || *year < -999'999'999 || *month < 1 ||
        *month > 12 || *day < 1 || *day > 31) {
        return call.fail("there is no such day");
    }
    const CivilDate civil{*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day)};
    const Date date = from_civil(civil);
    return to_civil(date).day == civil.day ? Value::date(date) : call.fail("there is no such day");
}

Value run_date(BuiltinCall& call) {
    if (call.signature == 1) {
        return date_of_parts(call);
    }
    const Value& from = call[0];
    switch (from.kind()) {
    case Kind::Date:
        return from;
    case Kind::DateTime:
        return Value::date(from.as_date_time().date);
    case Kind::String:
        if (const auto date = parse_date(from.as_string())) {
            return Value::date(*date);
        }
        return call.fail("the text is no date", {from});
    default:
        return call.fail("no date can be made of this", {from});
    }
}

/// A zone whose name outlives the text that it was read from.
Zone kept_zone(const Zone& zone, Arena& arena) {
    return {zone.kind, zone.offset_seconds, arena.copy(zone.name)};
}

Value run_date_and_time(BuiltinCall& call) {
    Arena& arena = call.arena();
    if (call.signature == 0) {
        const Value& day = call[0];
        if (!day.is(Kind::Date) && !day.is(Kind::DateTime)) {
            return call.fail("\"date\" must be a date", {day});
        }
        const Date date = day.is(Kind::Date) ? day.as_date() : day.as_date_time().date;
        const TimeOfDay& time = call[1].as_time();
        return Value::date_time({date, time.nanoseconds, time.zone}, arena);
    }
    const Value& from = call[0];
    switch (from.kind()) {
    case Kind::DateTime:
        return from;
    case Kind::Date:
        return Value::date_time({from.as_date(), 0, {Zone::Kind::Offset, 0, {}}}, arena);
    case Kind::String:
        if (const auto moment = parse_date_time(from.as_string())) {
            return Value::date_time(
                {moment->date, moment->nanoseconds, kept_zone(moment->zone, arena)}, arena
            );
        }
        return call.fail("the text is no date and time", {from});
    default:
        return call.fail("no date and time can be made of this", {from});
    }
}

std::optional<std::int64_t> second_in_nanoseconds(Decimal second) {
    const auto scaled = Decimal::multiply(second, Decimal(1'000'000'000));
    const auto cut = scaled ? Decimal::round(*scaled, 0, Decimal::Rounding::Down) : std::nullopt;
    return cut ? cut->to_int64() : std::nullopt;
}

Value time_of_parts(BuiltinCall& call) {
    const auto hour = call.number(0).to_int64();
    const auto minute = call.number(1).to_int64();
    const auto second = second_in_nanoseconds(call.number(2));
    if (!hour || !minute || !second || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59 ||
        *second < 0 || *second >= 60'000'000'000) {
        return call.fail("there is no such time of day");
    }
    TimeOfDay time{(*hour * 3600 + *minute * 60) * 1'000'000'000 + *second, {}};
    if (call.has(3) && !call[3].null()) {
        const DaysTimeDuration offset = call[3].as_days_time();
        if (offset.seconds > 18 * 3600 || offset.seconds < -18 * 3600) {
            return call.fail("the offset is out of range", {call[3]});
        }
        time.zone = {Zone::Kind::Offset, static_cast<std::int32_t>(offset.seconds), {}};
    }
    return Value::time(time, call.arena());
}

Value run_time(BuiltinCall& call) {
    if (call.signature == 1) {
        return time_of_parts(call);
    }
    Arena& arena = call.arena();
    const Value& from = call[0];
    switch (from.kind()) {
    case Kind::Time:
        return from;
    case Kind::DateTime:
        return Value::time({from.as_date_time().nanoseconds, from.as_date_time().zone}, arena);
    case Kind::Date:
        return Value::time({0, {Zone::Kind::Offset, 0, {}}}, arena);
    case Kind::String:
        if (const auto time = parse_time(from.as_string())) {
            return Value::time({time->nanoseconds, kept_zone(time->zone, arena)}, arena);
        }
        return call.fail("the text is no time", {from});
    default:
        return call.fail("no time can be made of this", {from});
    }
}

/// Digits with an optional point and exponent, as JSON and FEEL write numbers.
bool numeral(std::string_view text) {
    return !text.empty() && text.front() != '+' &&
           text.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
}

bool separator(std::string_view text) {
    return text == " " || text == "," || text == ".";
}

Value run_number(BuiltinCall& call) {
    if (call.signature == 0 && call[0].is(Kind::Number)) {
        return call[0];
    }
    if (!call[0].is(Kind::String)) {
        return call.fail("no number can be made of this", {call[0]});
    }
    std::string text(call.text(0));
    if (call.signature == 1) {
        const std::string_view grouping = call[1].null() ? "" : call.text(1);
        const std::string_view point = call[2].null() ? "" : call.text(2);
        const bool known = (grouping.empty() ? call[1].null() : separator(grouping)) &&
                           (point.empty() ? call[2].null() : separator(point) && point != " ");
        if (!known || (!grouping.empty() && grouping == point)) {
            return call.fail("the separators must be space, comma or point, and differ");
        }
        std::string plain;
        for (const char byte : text) {
            if (!grouping.empty() && byte == grouping.front()) {
                continue;
            }
            if (byte == '.' && !point.empty() && point != ".") {
                return call.fail("the text is no number", {call[0]});
            }
            plain.push_back(!point.empty() && byte == point.front() ? '.' : byte);
        }
        text = std::move(plain);
    }
    const auto number = numeral(text) ? Decimal::parse(text) : std::nullopt;
    return number ? Value::number(*number, call.arena())
                  : call.fail("the text is no number", {call[0]});
}

Value run_string(BuiltinCall& call) {
    if (call[0].null()) {
        return {};
    }
    if (call[0].is(Kind::String)) {
        return call[0];
    }
    // One byte more than allowed is enough to see that it is too long.
    return call.keep(to_feel_string(call[0], std::size_t{call.evaluation.limits.string_bytes_max}));
}

Value run_duration(BuiltinCall& call) {
    const Value& from = call[0];
    if (from.is(Kind::DaysTimeDuration) || from.is(Kind::YearsMonthsDuration)) {
        return from;
    }
    if (!from.is(Kind::String)) {
        return call.fail("no duration can be made of this", {from});
    }
    if (const auto span = parse_years_months(from.as_string())) {
        return Value::duration(*span);
    }
    if (const auto span = parse_days_time(from.as_string())) {
        return Value::duration(*span);
    }
    return call.fail("the text is no duration", {from});
}

Value run_years_and_months(BuiltinCall& call) {
    const auto day_of = [](const Value& value) -> std::optional<Date> {
        if (value.is(Kind::Date)) {
            return value.as_date();
        }
        return value.is(Kind::DateTime) ? std::optional(value.as_date_time().date) : std::nullopt;
    };
    const std::optional<Date> from = day_of(call[0]);
    const std::optional<Date> to = day_of(call[1]);
    if (!from || !to) {
        return call.fail("both must be dates, or dates and times", {call[0], call[1]});
    }
    const CivilDate first = to_civil(*from);
    const CivilDate last = to_civil(*to);
    std::int64_t months = (last.year - first.year) * 12 + static_cast<std::int64_t>(last.month) -
                          static_cast<std::int64_t>(first.month);
    if (months > 0 && last.day < first.day) {
        --months;
    } else if (months < 0 && last.day > first.day) {
        ++months;
    }
    return Value::duration(YearsMonthsDuration{months});
}

Value run_range_of_text(BuiltinCall& call) {
    const Value range = parse_range(call.text(0), call.evaluation);
    return range.null() ? call.fail("the text is no range", {call[0]}) : range;
}

Value run_not(BuiltinCall& call) {
    const Value& negand = call[0];
    if (negand.is(Kind::Boolean)) {
        return Value::boolean(!negand.as_boolean());
    }
    return negand.null() ? Value() : call.fail("only booleans have a negation", {negand});
}

Value run_is(BuiltinCall& call) {
    return count_items(call.evaluation, call.site, [&](std::uint64_t& items_left) {
        return Value::boolean(is_same(call[0], call[1], items_left));
    });
}

constexpr std::array kEntries{
    BuiltinEntry{
        "date",
        "1.1",
        "The date that a text, a date and time, or year, month and day name.",
        {"from: Any -> date", "year: number, month: number, day: number -> date"},
        {{"date(\"2024-02-29\")", "@\"2024-02-29\""},
         {"date(2024, 2, 29)", "@\"2024-02-29\""},
         {"date(\"2023-02-29\")", "null"}},
        run_date},
    BuiltinEntry{
        "date and time",
        "1.1",
        "A date and a time put together, or read from text.",
        {"date: Any, time: time -> date and time", "from: Any -> date and time"},
        {{"date and time(\"2024-01-31T10:00:00Z\")", "@\"2024-01-31T10:00:00Z\""},
         {"date and time(@\"2024-01-31\", @\"10:00:00\")", "@\"2024-01-31T10:00:00\""}},
        run_date_and_time},
    BuiltinEntry{
        "time",
        "1.1",
        "The time of day that a text, a date and time, or its parts name.",
        {"from: Any -> time",
         "hour: number, minute: number, second: number, [offset: days and time duration?] -> "
         "time"},
        {{"time(\"10:30:00\")", "@\"10:30:00\""},
         {"time(10, 30, 0, @\"PT1H\")", "@\"10:30:00+01:00\""}},
        run_time},
    BuiltinEntry{
        "number",
        "1.1",
        "The number that a text writes, with the separators that it uses.",
        {"from: Any -> number",
         "from: string, grouping separator: string?, decimal separator: string? -> number"},
        {{"number(\"12.5\")", "12.5"}, {"number(\"1 500,25\", \" \", \",\")", "1500.25"}},
        run_number},
    BuiltinEntry{
        "string",
        "1.1",
        "The value as text; null stays null.",
        {"from: Any -> string"},
        {{"string(1.50)", "\"1.5\""},
         {"string(@\"2024-01-31\")", "\"2024-01-31\""},
         {"string([1, \"a\"])", "\"[1, \\\"a\\\"]\""}},
        run_string},
    BuiltinEntry{
        "duration",
        "1.1",
        "The duration that a text writes in ISO 8601.",
        {"from: Any -> Any"},
        {{"duration(\"P1DT2H\")", "@\"P1DT2H\""}, {"duration(\"P14M\")", "@\"P1Y2M\""}},
        run_duration},
    BuiltinEntry{
        "years and months duration",
        "1.1",
        "The whole months between two dates.",
        {"from: Any, to: Any -> years and months duration"},
        {{"years and months duration(@\"2023-12-22\", @\"2025-01-21\")", "@\"P1Y\""}},
        run_years_and_months},
    BuiltinEntry{
        "range",
        "1.5",
        "The range that a text writes; its ends are literals.",
        {"from: string -> range"},
        {{"range(\"[1..5)\")", "[1..5)"}, {"range(\"[2..)\")", "(>=2)"}},
        run_range_of_text},
    BuiltinEntry{
        "not",
        "1.1",
        "True for false, false for true, null for all else.",
        {"negand: Any -> boolean"},
        {{"not(true)", "false"}, {"not(null)", "null"}},
        run_not},
    BuiltinEntry{
        "is",
        "1.3",
        "Whether both are the same value of the same kind; never null.",
        {"value1: Any, value2: Any -> boolean"},
        {{"is(1, 1.0)", "true"},
         {"is(@\"23:00:50Z\", @\"23:00:50\")", "false"},
         {"is(null, null)", "true"}},
        run_is},
};

}  // namespace

std::span<const BuiltinEntry> conversion_builtins() {
    return kEntries;
}

}  // namespace attune::feel
