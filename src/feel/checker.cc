#include "feel/checker.h"

#include <algorithm>
#include <array>

#include "feel/builtins.h"
#include "feel/similar.h"

namespace attune::feel {

namespace {

using Kind = Type::Kind;

/// Nothing is known, or nothing can be said: null goes everywhere.
bool open(const Type& type) {
    return type.any() || type.is(Kind::Null);
}

bool duration(Kind kind) {
    return kind == Kind::YearsMonthsDuration || kind == Kind::DaysTimeDuration;
}

bool ordered(Kind kind) {
    return kind == Kind::Number || kind == Kind::String || kind == Kind::Date ||
           kind == Kind::Time || kind == Kind::DateTime || duration(kind);
}

Judgement wrong(Type type, std::string problem, std::string hint = {}) {
    return {std::move(type), std::move(problem), std::move(hint)};
}

std::string verb(BinaryOp op) {
    switch (op) {
    case BinaryOp::Add:
        return "add";
    case BinaryOp::Subtract:
        return "subtract";
    case BinaryOp::Multiply:
        return "multiply";
    case BinaryOp::Divide:
        return "divide";
    case BinaryOp::Power:
        return "raise to a power";
    default:
        return "compare";
    }
}

// Tables 57 and 58 of DMN 1.5: which operands add and subtract, and to what.
std::optional<Type> sum_type(bool add, Kind lhs, Kind rhs) {
    if (lhs == rhs && (lhs == Kind::Number || duration(lhs) || (add && lhs == Kind::String))) {
        return lhs;
    }
    const bool moment = lhs == Kind::Date || lhs == Kind::DateTime || lhs == Kind::Time;
    const bool shifts =
        rhs == Kind::DaysTimeDuration || (rhs == Kind::YearsMonthsDuration && lhs != Kind::Time);
    if (moment && shifts) {
        return lhs;
    }
    if (add) {
        const bool other = rhs == Kind::Date || rhs == Kind::DateTime || rhs == Kind::Time;
        return other && duration(lhs) ? sum_type(true, rhs, lhs) : std::nullopt;
    }
    const bool days = (lhs == Kind::Date || lhs == Kind::DateTime) &&
                      (rhs == Kind::Date || rhs == Kind::DateTime);
    if (days || (lhs == Kind::Time && rhs == Kind::Time)) {
        return Kind::DaysTimeDuration;
    }
    return std::nullopt;
}

// Table 59.
std::optional<Type> product_type(bool multiply, Kind lhs, Kind rhs) {
    if (lhs == Kind::Number && rhs == Kind::Number) {
        return Kind::Number;
    }
    if (duration(lhs) && rhs == Kind::Number) {
        return lhs;
    }
    if (multiply && lhs == Kind::Number && duration(rhs)) {
        return rhs;
    }
    return !multiply && duration(lhs) && lhs == rhs ? std::optional<Type>(Kind::Number)
                                                    : std::nullopt;
}

std::optional<Type> arithmetic_type(BinaryOp op, Kind lhs, Kind rhs) {
    switch (op) {
    case BinaryOp::Add:
    case BinaryOp::Subtract:
        return sum_type(op == BinaryOp::Add, lhs, rhs);
    case BinaryOp::Multiply:
    case BinaryOp::Divide:
        return product_type(op == BinaryOp::Multiply, lhs, rhs);
    default:
        return lhs == Kind::Number && rhs == Kind::Number ? std::optional<Type>(Kind::Number)
                                                          : std::nullopt;
    }
}

/// A list of one item stands for the item.
Type unwrapped(const Type& type) {
    return type.is(Kind::List) ? Type() : type;
}

Judgement judge_arithmetic(BinaryOp op, const Type& lhs, const Type& rhs) {
    if (op == BinaryOp::Power) {
        const bool fits =
            (open(lhs) || lhs.is(Kind::Number)) && (open(rhs) || rhs.is(Kind::Number));
        if (fits) {
            return {Kind::Number, {}, {}};
        }
    } else if (open(lhs) || open(rhs)) {
        return {};
    } else if (const std::optional<Type> type = arithmetic_type(op, lhs.kind(), rhs.kind())) {
        return {*type, {}, {}};
    }
    const bool concatenation =
        op == BinaryOp::Add && (lhs.is(Kind::String) || rhs.is(Kind::String));
    return wrong(
        {},
        "cannot " + verb(op) + " " + to_string(lhs) + " and " + to_string(rhs),
        concatenation ? "string(...) makes text of any value" : ""
    );
}

Judgement judge_logic(const Type& lhs, const Type& rhs) {
    for (const Type* each : {&lhs, &rhs}) {
        if (!open(*each) && !each->is(Kind::Boolean)) {
            return wrong(
                Kind::Boolean, "\"and\" and \"or\" need booleans, not " + to_string(*each)
            );
        }
    }
    return {Kind::Boolean, {}, {}};
}

bool comparable(Kind lhs, Kind rhs) {
    return lhs == rhs;
}

}  // namespace

Judgement judge_binary(BinaryOp op, const Type& lhs, const Type& rhs) {
    if (op == BinaryOp::And || op == BinaryOp::Or) {
        return judge_logic(lhs, rhs);
    }
    if (op >= BinaryOp::Add) {
        return judge_arithmetic(op, lhs, rhs);
    }
    if (open(lhs) || open(rhs)) {
        return {Kind::Boolean, {}, {}};
    }
    const bool equality = op == BinaryOp::Equal || op == BinaryOp::NotEqual;
    if (!comparable(lhs.kind(), rhs.kind()) || (!equality && !ordered(lhs.kind()))) {
        return wrong(Kind::Boolean, "cannot compare " + to_string(lhs) + " with " + to_string(rhs));
    }
    return {Kind::Boolean, {}, {}};
}

Judgement judge_negation(const Type& operand) {
    const Type type = unwrapped(operand);
    if (open(type) || type.is(Kind::Number) || duration(type.kind())) {
        return {type, {}, {}};
    }
    return wrong({}, "cannot negate " + to_string(operand));
}

Judgement judge_between(const Type& value, const Type& low, const Type& high) {
    Judgement judgement = judge_binary(BinaryOp::GreaterEqual, value, low);
    return judgement.problem.empty() ? judge_binary(BinaryOp::LessEqual, value, high) : judgement;
}

Judgement judge_condition(const Type& condition) {
    if (open(condition) || condition.is(Kind::Boolean)) {
        return {Kind::Boolean, {}, {}};
    }
    return wrong(Kind::Boolean, "a condition must be boolean, not " + to_string(condition));
}

std::span<const std::string_view> properties_of(Kind kind) {
    static constexpr std::array<std::string_view, 4> kDate{"year", "month", "day", "weekday"};
    static constexpr std::array<std::string_view, 9> kMoment{
        "year", "month", "day", "weekday", "hour", "minute", "second", "time offset", "timezone"};
    static constexpr std::array<std::string_view, 5> kTime{
        "hour", "minute", "second", "time offset", "timezone"};
    static constexpr std::array<std::string_view, 2> kYearsMonths{"years", "months"};
    static constexpr std::array<std::string_view, 4> kDaysTime{
        "days", "hours", "minutes", "seconds"};
    static constexpr std::array<std::string_view, 4> kRange{
        "start", "end", "start included", "end included"};
    switch (kind) {
    case Kind::Date:
        return kDate;
    case Kind::DateTime:
        return kMoment;
    case Kind::Time:
        return kTime;
    case Kind::YearsMonthsDuration:
        return kYearsMonths;
    case Kind::DaysTimeDuration:
        return kDaysTime;
    case Kind::Range:
        return kRange;
    default:
        return {};
    }
}

namespace {

Type property_type(const Type& source, const std::string& name) {
    if (source.is(Kind::Range)) {
        return name == "start" || name == "end" ? source.item() : Type(Kind::Boolean);
    }
    if (name == "timezone") {
        return Kind::String;
    }
    return name == "time offset" ? Type(Kind::DaysTimeDuration) : Type(Kind::Number);
}

}  // namespace

Judgement judge_path(const Type& source, const std::string& name) {
    if (source.is(Kind::List)) {
        Judgement item = judge_path(source.item(), name);
        item.type = Type::list(item.type);
        return item;
    }
    if (const Type* field = source.field(name)) {
        return {*field, {}, {}};
    }
    std::vector<std::string> known;
    for (const std::string_view property : properties_of(source.kind())) {
        if (property == name) {
            return {property_type(source, name), {}, {}};
        }
        known.emplace_back(property);
    }
    for (const Type::Field& field : source.fields()) {
        known.push_back(field.name);
    }
    if (open(source) || (source.is(Kind::Context) && known.empty())) {
        return {};
    }
    return wrong(
        {},
        (source.is(Kind::Context) ? "the context" : to_string(source)) + " has no entry \"" + name +
            "\"",
        did_you_mean(most_similar(name, known))
    );
}

Judgement judge_filter(const Type& source, const Type& predicate) {
    const bool list = source.is(Kind::List);
    const Type item = list ? source.item() : source;
    if (predicate.is(Kind::Number)) {
        return {item, {}, {}};
    }
    if (predicate.is(Kind::Boolean)) {
        return {Type::list(item), {}, {}};
    }
    if (open(predicate)) {
        return {};
    }
    return wrong({}, "a filter must be boolean or a number, not " + to_string(predicate));
}

Type iterated_type(const Type& source) {
    return source.is(Kind::List) || source.is(Kind::Range) ? source.item() : source;
}

Type merged_type(const Type& lhs, const Type& rhs) {
    if (!lhs.is(Kind::Context) || !rhs.is(Kind::Context)) {
        return common_type(lhs, rhs);
    }
    std::vector<Type::Field> fields(lhs.fields().begin(), lhs.fields().end());
    for (const Type::Field& field : rhs.fields()) {
        const auto same = [&field](const Type::Field& other) { return other.name == field.name; };
        const auto found = std::find_if(fields.begin(), fields.end(), same);
        if (found == fields.end()) {
            fields.push_back(field);
        } else {
            found->type = merged_type(found->type, field.type);
        }
    }
    return Type::context(std::move(fields));
}

}  // namespace attune::feel
