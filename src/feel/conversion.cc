#include "feel/conversion.h"

#include <algorithm>

#include "feel/function.h"

namespace attune::feel {

namespace {

/// Each kind of value belongs to one kind of type.
Type::Kind kind_of(const Value& value) {
    switch (value.kind()) {
    case Value::Kind::Null:
        return Type::Kind::Null;
    case Value::Kind::Boolean:
        return Type::Kind::Boolean;
    case Value::Kind::Number:
        return Type::Kind::Number;
    case Value::Kind::String:
        return Type::Kind::String;
    case Value::Kind::Date:
        return Type::Kind::Date;
    case Value::Kind::Time:
        return Type::Kind::Time;
    case Value::Kind::DateTime:
        return Type::Kind::DateTime;
    case Value::Kind::YearsMonthsDuration:
        return Type::Kind::YearsMonthsDuration;
    case Value::Kind::DaysTimeDuration:
        return Type::Kind::DaysTimeDuration;
    case Value::Kind::List:
        return Type::Kind::List;
    case Value::Kind::Context:
        return Type::Kind::Context;
    case Value::Kind::Range:
        return Type::Kind::Range;
    case Value::Kind::Function:
        return Type::Kind::Function;
    }
    return Type::Kind::Any;
}

bool context_conforms(const Value& value, const Type& type) {
    const std::span<const Type::Field> fields = type.fields();
    return std::all_of(fields.begin(), fields.end(), [&value](const Type::Field& field) {
        return value.has(field.name) && conforms(value.get(field.name), field.type);
    });
}

}  // namespace

bool instance_of(const Value& value, const Type& type) {
    if (value.null()) {
        return type.is(Type::Kind::Null);
    }
    return conforms(value, type);
}

bool conforms(const Value& value, const Type& type) {
    if (value.null() || type.any()) {
        return true;
    }
    if (kind_of(value) != type.kind()) {
        return false;
    }
    switch (type.kind()) {
    case Type::Kind::List: {
        const Type item = type.item();
        const std::span<const Value> items = value.as_list();
        return item.any() || std::all_of(items.begin(), items.end(), [&item](const Value& each) {
                   return conforms(each, item);
               });
    }
    case Type::Kind::Context:
        return context_conforms(value, type);
    case Type::Kind::Range: {
        const Type item = type.item();
        return conforms(value.as_range().start, item) && conforms(value.as_range().end, item);
    }
    case Type::Kind::Function:
        return type_of(value.as_function()).conforms_to(type);
    default:
        return true;
    }
}

std::optional<Value> convert(const Value& value, const Type& type, Arena& arena) {
    if (conforms(value, type)) {
        return value;
    }
    if (value.is(Value::Kind::Date) && type.is(Type::Kind::DateTime)) {
        const Zone utc{Zone::Kind::Offset, 0, {}};
        return Value::date_time({value.as_date(), 0, utc}, arena);
    }
    if (type.is(Type::Kind::List) && !value.is(Value::Kind::List)) {
        const std::optional<Value> item = convert(value, type.item(), arena);
        return item ? std::optional(Value::list({arena.copy(*item), 1})) : std::nullopt;
    }
    if (value.is(Value::Kind::List) && value.as_list().size() == 1) {
        const Value& only = value.as_list().front();
        return type.is(Type::Kind::List) ? std::nullopt : convert(only, type, arena);
    }
    return std::nullopt;
}

}  // namespace attune::feel
