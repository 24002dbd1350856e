#include "feel/arithmetic.h"

#include "feel/temporal.h"
#include "value/temporal_text.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;

constexpr const char* kRange = "the result is out of range";
constexpr const char* kKinds = "the operands do not go together";

Outcome wrong(const char* problem) {
    return {Value(), problem};
}

Outcome numbers(BinaryOp op, Decimal lhs, Decimal rhs, Arena& arena) {
    std::optional<Decimal> result;
    switch (op) {
    case BinaryOp::Add:
        result = Decimal::add(lhs, rhs);
        break;
    case BinaryOp::Subtract:
        result = Decimal::subtract(lhs, rhs);
        break;
    case BinaryOp::Multiply:
        result = Decimal::multiply(lhs, rhs);
        break;
    case BinaryOp::Divide:
        if (rhs.sign() == 0) {
            return wrong("the divisor is zero");
        }
        result = Decimal::divide(lhs, rhs);
        break;
    default:
        if (lhs.sign() == 0 && rhs.sign() < 0) {
            return wrong("zero has no negative power");
        }
        result = Decimal::power(lhs, rhs);
    }
    return result ? Outcome{Value::number(*result, arena)} : wrong(kRange);
}

bool zoned(const Value& moment) {
    return moment.is(Kind::Date) ||
           (moment.is(Kind::DateTime) && moment.as_date_time().zone.kind != Zone::Kind::None);
}

/// A date counts as midnight UTC (Table 57).
DateTime moment_of(const Value& value) {
    if (value.is(Kind::Date)) {
        return {value.as_date(), 0, {Zone::Kind::Offset, 0, {}}};
    }
    return value.as_date_time();
}

Outcome span_between(Nanoseconds difference) {
    const std::optional<DaysTimeDuration> span = days_time(difference);
    return span ? Outcome{Value::duration(*span)} : wrong(kRange);
}

bool day_kind(const Value& value) {
    return value.is(Kind::Date) || value.is(Kind::DateTime);
}

Outcome subtract_moments(const Value& lhs, const Value& rhs) {
    if (lhs.is(Kind::Time)) {
        const TimeOfDay& left = lhs.as_time();
        const TimeOfDay& right = rhs.as_time();
        if ((left.zone.kind == Zone::Kind::None) != (right.zone.kind == Zone::Kind::None)) {
            return wrong("one has a time zone and the other has none");
        }
        return span_between(instant(left) - instant(right));
    }
    if (zoned(lhs) != zoned(rhs)) {
        return wrong("one has a time zone and the other has none");
    }
    return span_between(instant(moment_of(lhs)) - instant(moment_of(rhs)));
}

Outcome shift_by_months(const Value& moment, std::int64_t months, Arena& arena) {
    const bool whole_day = moment.is(Kind::Date);
    const Date day = whole_day ? moment.as_date() : moment.as_date_time().date;
    const std::optional<Date> shifted = add_months(day, months);
    if (!shifted) {
        return wrong(kRange);
    }
    if (whole_day) {
        return {Value::date(*shifted)};
    }
    const DateTime& local = moment.as_date_time();
    return {Value::date_time({*shifted, local.nanoseconds, local.zone}, arena)};
}

Outcome shift_by_time(const Value& moment, Nanoseconds by, Arena& arena) {
    constexpr Nanoseconds kDay = Nanoseconds{86'400} * 1'000'000'000;
    if (moment.is(Kind::Time)) {
        const TimeOfDay& time = moment.as_time();
        Nanoseconds shifted = (time.nanoseconds + by) % kDay;
        shifted += shifted < 0 ? kDay : 0;
        return {Value::time({static_cast<std::int64_t>(shifted), time.zone}, arena)};
    }
    const DateTime start = moment_of(moment);
    const DateTime shifted = in_zone(instant(start) + by, start.zone);
    if (!date_in_range(shifted.date)) {
        return wrong(kRange);
    }
    return {moment.is(Kind::Date) ? Value::date(shifted.date) : Value::date_time(shifted, arena)};
}

Outcome shift(const Value& moment, const Value& span, bool forward, Arena& arena) {
    if (span.is(Kind::YearsMonthsDuration)) {
        const std::int64_t months = span.as_years_months().months;
        return moment.is(Kind::Time) ? wrong(kKinds)
                                     : shift_by_months(moment, forward ? months : -months, arena);
    }
    const Nanoseconds by = nanoseconds(span.as_days_time());
    return shift_by_time(moment, forward ? by : -by, arena);
}

Outcome add_spans(const Value& lhs, const Value& rhs, bool add) {
    if (lhs.is(Kind::YearsMonthsDuration)) {
        const std::int64_t left = lhs.as_years_months().months;
        const std::int64_t right = rhs.as_years_months().months;
        std::int64_t months = 0;
        const bool over = add ? __builtin_add_overflow(left, right, &months)
                              : __builtin_sub_overflow(left, right, &months);
        return over ? wrong(kRange) : Outcome{Value::duration(YearsMonthsDuration{months})};
    }
    const Nanoseconds left = nanoseconds(lhs.as_days_time());
    const Nanoseconds right = nanoseconds(rhs.as_days_time());
    return span_between(add ? left + right : left - right);
}

bool duration(const Value& value) {
    return value.is(Kind::YearsMonthsDuration) || value.is(Kind::DaysTimeDuration);
}

bool moment(const Value& value) {
    return day_kind(value) || value.is(Kind::Time);
}

Outcome sum(bool add, const Value& lhs, const Value& rhs, Arena& arena) {
    if (duration(lhs) && lhs.kind() == rhs.kind()) {
        return add_spans(lhs, rhs, add);
    }
    if (moment(lhs) && duration(rhs)) {
        return shift(lhs, rhs, add, arena);
    }
    if (add && duration(lhs) && moment(rhs)) {
        return shift(rhs, lhs, true, arena);
    }
    const bool times = lhs.is(Kind::Time) && rhs.is(Kind::Time);
    if (!add && (times || (day_kind(lhs) && day_kind(rhs)))) {
        return subtract_moments(lhs, rhs);
    }
    return wrong(kKinds);
}

Decimal seconds_of(DaysTimeDuration span) {
    const Decimal fraction = Decimal::scaled(span.nanoseconds, -9);
    return *Decimal::add(Decimal(span.seconds), fraction);
}

Outcome span_of_seconds(std::optional<Decimal> seconds) {
    if (!seconds) {
        return wrong(kRange);
    }
    const auto whole = Decimal::round(*seconds, 0, Decimal::Rounding::Down);
    const auto rest = Decimal::subtract(*seconds, *whole);
    const auto scaled = Decimal::multiply(*rest, Decimal(1'000'000'000));
    const auto fraction = Decimal::round(*scaled, 0, Decimal::Rounding::Down)->to_int64();
    const auto count = whole->to_int64();
    if (!count || !fraction) {
        return wrong(kRange);
    }
    return {Value::duration(DaysTimeDuration{*count, static_cast<std::int32_t>(*fraction)})};
}

Outcome span_of_months(std::optional<Decimal> months) {
    const auto whole = months ? Decimal::round(*months, 0, Decimal::Rounding::Down) : std::nullopt;
    const auto count = whole ? whole->to_int64() : std::nullopt;
    return count ? Outcome{Value::duration(YearsMonthsDuration{*count})} : wrong(kRange);
}

/// A duration times or by a number, truncated to whole months or nanoseconds.
Outcome scale(bool multiply, const Value& span, Decimal by) {
    if (!multiply && by.sign() == 0) {
        return wrong("the divisor is zero");
    }
    const bool months = span.is(Kind::YearsMonthsDuration);
    const Decimal size =
        months ? Decimal(span.as_years_months().months) : seconds_of(span.as_days_time());
    const auto scaled = multiply ? Decimal::multiply(size, by) : Decimal::divide(size, by);
    return months ? span_of_months(scaled) : span_of_seconds(scaled);
}

Outcome ratio(const Value& lhs, const Value& rhs, Arena& arena) {
    const bool months = lhs.is(Kind::YearsMonthsDuration);
    const Decimal left =
        months ? Decimal(lhs.as_years_months().months) : seconds_of(lhs.as_days_time());
    const Decimal right =
        months ? Decimal(rhs.as_years_months().months) : seconds_of(rhs.as_days_time());
    return numbers(BinaryOp::Divide, left, right, arena);
}

Outcome product(bool multiply, const Value& lhs, const Value& rhs, Arena& arena) {
    if (duration(lhs) && rhs.is(Kind::Number)) {
        return scale(multiply, lhs, rhs.as_number());
    }
    if (multiply && lhs.is(Kind::Number) && duration(rhs)) {
        return scale(true, rhs, lhs.as_number());
    }
    if (!multiply && duration(lhs) && lhs.kind() == rhs.kind()) {
        return ratio(lhs, rhs, arena);
    }
    return wrong(kKinds);
}

}  // namespace

Outcome arithmetic(BinaryOp op, const Value& lhs, const Value& rhs, Arena& arena) {
    if (lhs.is(Kind::Number) && rhs.is(Kind::Number)) {
        return numbers(op, lhs.as_number(), rhs.as_number(), arena);
    }
    switch (op) {
    case BinaryOp::Add:
        if (lhs.is(Kind::String) && rhs.is(Kind::String)) {
            const std::string_view left = lhs.as_string();
            const std::string_view right = rhs.as_string();
            const std::span<char> text = arena.array<char>(left.size() + right.size());
            std::copy(left.begin(), left.end(), text.begin());
            std::copy(
                right.begin(), right.end(), text.begin() + static_cast<std::ptrdiff_t>(left.size())
            );
            return {Value::string({text.data(), text.size()})};
        }
        return sum(true, lhs, rhs, arena);
    case BinaryOp::Subtract:
        return sum(false, lhs, rhs, arena);
    case BinaryOp::Multiply:
    case BinaryOp::Divide:
        return product(op == BinaryOp::Multiply, lhs, rhs, arena);
    default:
        return wrong(kKinds);
    }
}

Outcome negate(const Value& operand, Arena& arena) {
    switch (operand.kind()) {
    case Kind::Number:
        return {Value::number(operand.as_number().negated(), arena)};
    case Kind::YearsMonthsDuration:
        return {Value::duration(YearsMonthsDuration{-operand.as_years_months().months})};
    case Kind::DaysTimeDuration: {
        const DaysTimeDuration span = operand.as_days_time();
        return {Value::duration(DaysTimeDuration{-span.seconds, -span.nanoseconds})};
    }
    default:
        return wrong("only numbers and durations have a negative");
    }
}

}  // namespace attune::feel
