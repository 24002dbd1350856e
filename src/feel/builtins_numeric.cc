#include <array>

#include "feel/builtin_call.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;

std::optional<Decimal> rounded(BuiltinCall& call, Decimal::Rounding rounding) {
    const std::optional<std::int64_t> scale = call.has(1) ? call.whole(1) : 0;
    return scale ? Decimal::round(call.number(0), *scale, rounding) : std::nullopt;
}

template <Decimal::Rounding rounding>
Value run_rounding(BuiltinCall& call) {
    const std::optional<Decimal> result = rounded(call, rounding);
    return result ? Value::number(*result, call.arena())
                  : call.fail("the scale must lie in -6111..6176", {call.arguments.back()});
}

Value run_abs(BuiltinCall& call) {
    const Value& n = call[0];
    switch (n.kind()) {
    case Kind::Number:
        return Value::number(n.as_number().absolute(), call.arena());
    case Kind::YearsMonthsDuration:
        return Value::duration(YearsMonthsDuration{std::abs(n.as_years_months().months)});
    case Kind::DaysTimeDuration: {
        const DaysTimeDuration span = n.as_days_time();
        return Value::duration(DaysTimeDuration{std::abs(span.seconds), std::abs(span.nanoseconds)}
        );
    }
    default:
        return call.fail("\"n\" must be a number or a duration", {n});
    }
}

Value run_modulo(BuiltinCall& call) {
    if (call.number(1).sign() == 0) {
        return call.fail("the divisor is zero");
    }
    return call.number_or_fail(Decimal::modulo(call.number(0), call.number(1)));
}

Value run_sqrt(BuiltinCall& call) {
    if (call.number(0).sign() < 0) {
        return call.fail("a negative number has no square root", {call[0]});
    }
    return call.number_or_fail(Decimal::square_root(call.number(0)));
}

Value run_log(BuiltinCall& call) {
    if (call.number(0).sign() <= 0) {
        return call.fail("only positive numbers have a logarithm", {call[0]});
    }
    return call.number_or_fail(Decimal::log(call.number(0)));
}

Value run_exp(BuiltinCall& call) {
    return call.number_or_fail(Decimal::exp(call.number(0)));
}

template <bool odd>
Value run_parity(BuiltinCall& call) {
    const Decimal number = call.number(0);
    if (!number.whole()) {
        return call.fail("only whole numbers are odd or even", {call[0]});
    }
    const std::optional<Decimal> rest = Decimal::modulo(number, Decimal(2));
    return Value::boolean(rest && (rest->sign() != 0) == odd);
}

constexpr std::string_view kSince = "1.4";

using Rounding = Decimal::Rounding;

constexpr std::array kEntries{
    BuiltinEntry{
        "decimal",
        "1.1",
        "The number rounded half to even to so many digits behind the point.",
        {"n: number, scale: number -> number"},
        {{"decimal(1/3, 2)", "0.33"}, {"decimal(2.5, 0)", "2"}},
        run_rounding<Rounding::HalfEven>},
    BuiltinEntry{
        "floor",
        "1.1",
        "The next number below, with so many digits behind the point.",
        {"n: number, [scale: number] -> number"},
        {{"floor(-1.56, 1)", "-1.6"}, {"floor(1.5)", "1"}},
        run_rounding<Rounding::Floor>},
    BuiltinEntry{
        "ceiling",
        "1.1",
        "The next number above, with so many digits behind the point.",
        {"n: number, [scale: number] -> number"},
        {{"ceiling(1.5)", "2"}, {"ceiling(-1.56, 1)", "-1.5"}},
        run_rounding<Rounding::Ceiling>},
    BuiltinEntry{
        "round up",
        kSince,
        "Rounded away from zero.",
        {"n: number, scale: number -> number"},
        {{"round up(5.5, 0)", "6"}, {"round up(-1.126, 2)", "-1.13"}},
        run_rounding<Rounding::Up>},
    BuiltinEntry{
        "round down",
        kSince,
        "Rounded towards zero.",
        {"n: number, scale: number -> number"},
        {{"round down(-5.5, 0)", "-5"}},
        run_rounding<Rounding::Down>},
    BuiltinEntry{
        "round half up",
        kSince,
        "Rounded to the nearest; from the middle away from zero.",
        {"n: number, scale: number -> number"},
        {{"round half up(-5.5, 0)", "-6"}, {"round half up(1.121, 2)", "1.12"}},
        run_rounding<Rounding::HalfUp>},
    BuiltinEntry{
        "round half down",
        kSince,
        "Rounded to the nearest; from the middle towards zero.",
        {"n: number, scale: number -> number"},
        {{"round half down(5.5, 0)", "5"}},
        run_rounding<Rounding::HalfDown>},
    BuiltinEntry{
        "abs",
        "1.1",
        "The number or duration without its sign.",
        {"n: Any -> Any"},
        {{"abs(-10)", "10"}, {"abs(@\"-PT5H\")", "@\"PT5H\""}},
        run_abs},
    BuiltinEntry{
        "modulo",
        "1.1",
        "The rest of a division, with the sign of the divisor.",
        {"dividend: number, divisor: number -> number"},
        {{"modulo(-12, 5)", "3"}, {"modulo(10.1, 4.5)", "1.1"}},
        run_modulo},
    BuiltinEntry{
        "sqrt",
        "1.1",
        "The square root.",
        {"number: number -> number"},
        {{"sqrt(16)", "4"}},
        run_sqrt},
    BuiltinEntry{
        "log",
        "1.1",
        "The natural logarithm.",
        {"number: number -> number"},
        {{"decimal(log(10), 8)", "2.30258509"}},
        run_log},
    BuiltinEntry{
        "exp",
        "1.1",
        "Euler's number to the power of the number.",
        {"number: number -> number"},
        {{"decimal(exp(5), 6)", "148.413159"}},
        run_exp},
    BuiltinEntry{
        "odd",
        "1.1",
        "Whether a whole number is odd.",
        {"number: number -> boolean"},
        {{"odd(5)", "true"}},
        run_parity<true>},
    BuiltinEntry{
        "even",
        "1.1",
        "Whether a whole number is even.",
        {"number: number -> boolean"},
        {{"even(5)", "false"}},
        run_parity<false>},
};

}  // namespace

std::span<const BuiltinEntry> numeric_builtins() {
    return kEntries;
}

}  // namespace attune::feel
