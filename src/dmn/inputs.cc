#include "dmn/inputs.h"

#include <algorithm>
#include <optional>

#include "feel/temporal.h"

namespace attune::dmn {
namespace {

using feel::Type;

/// Text as a value of the simple `type`; nothing if it does not have its form.
std::optional<Value> read_text(std::string_view text, Type::Kind type, Arena& arena) {
    switch (type) {
    case Type::Kind::Number: {
        const auto number = Decimal::parse(text);
        return number ? std::optional(Value::number(*number, arena)) : std::nullopt;
    }
    case Type::Kind::Boolean:
        if (text == "true" || text == "false") {
            return Value::boolean(text == "true");
        }
        return std::nullopt;
    case Type::Kind::Date: {
        const auto date = feel::parse_date(text);
        return date ? std::optional(Value::date(*date)) : std::nullopt;
    }
    case Type::Kind::Time: {
        const auto time = feel::parse_time(text);
        return time ? std::optional(Value::time(*time, arena)) : std::nullopt;
    }
    case Type::Kind::DateTime: {
        const auto moment = feel::parse_date_time(text);
        return moment ? std::optional(Value::date_time(*moment, arena)) : std::nullopt;
    }
    case Type::Kind::YearsMonthsDuration: {
        const auto span = feel::parse_years_months(text);
        return span ? std::optional(Value::duration(*span)) : std::nullopt;
    }
    case Type::Kind::DaysTimeDuration: {
        const auto span = feel::parse_days_time(text);
        return span ? std::optional(Value::duration(*span)) : std::nullopt;
    }
    default:
        return std::nullopt;
    }
}

Value read_list(const Value& list, const Type& item, Arena& arena) {
    const std::span<const Value> items = list.as_list();
    const std::span<Value> result = arena.array<Value>(items.size());
    std::transform(items.begin(), items.end(), result.begin(), [&](const Value& each) {
        return read_as(each, item, arena);
    });
    return Value::list(result);
}

Value read_context(const Value& context, const Type& type, Arena& arena) {
    const std::span<const Entry> entries = context.as_context();
    const std::span<Entry> result = arena.array<Entry>(entries.size());
    for (std::size_t at = 0; at < entries.size(); ++at) {
        const Type* const field = type.field(entries[at].key);
        result[at] = {
            entries[at].key,
            field == nullptr ? entries[at].value : read_as(entries[at].value, *field, arena)};
    }
    return Value::context(result);
}

}  // namespace

Value read_as(const Value& value, const Type& type, Arena& arena) {
    if (value.is(Value::Kind::String)) {
        return read_text(value.as_string(), type.kind(), arena).value_or(value);
    }
    if (value.is(Value::Kind::List) && type.is(Type::Kind::List)) {
        return read_list(value, type.item(), arena);
    }
    if (value.is(Value::Kind::Context) && type.is(Type::Kind::Context)) {
        return read_context(value, type, arena);
    }
    return value;
}

Value read_inputs(const Value& inputs, const Goal& goal, Arena& arena) {
    if (!inputs.is(Value::Kind::Context)) {
        return inputs;
    }
    const std::span<const Entry> entries = inputs.as_context();
    const std::span<Entry> result = arena.array<Entry>(entries.size());
    for (std::size_t at = 0; at < entries.size(); ++at) {
        result[at] = entries[at];
        for (const Goal::Parameter& parameter : goal.parameters) {
            if (parameter.name == entries[at].key) {
                result[at].value = read_as(entries[at].value, parameter.type, arena);
            }
        }
    }
    return Value::context(result);
}

}  // namespace attune::dmn
