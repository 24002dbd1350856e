#include "feel/conversion.h"

#include <algorithm>
#include <vector>

#include "feel/builtins.h"
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

/// Whether a parameter or result may fit: what nothing is known of may.
bool may_fit(const Type& from, const Type& to) {
    return from.any() || to.any() || from.conforms_to(to);
}

bool may_take(std::span<const Type> arguments, std::span<const Parameter> parameters) {
    return arguments.size() == parameters.size() &&
           std::equal(
               arguments.begin(),
               arguments.end(),
               parameters.begin(),
               [](const Type& argument, const Parameter& parameter) {
                   return may_fit(argument, parameter.type);
               }
           );
}

/// Whether a built-in can be called as a function of `type` is: by any of its signatures.
bool builtin_may_serve(const Builtin& builtin, const Type& type) {
    const std::span<const Type> arguments = type.parameters();
    return std::any_of(
        builtin.signatures.begin(),
        builtin.signatures.end(),
        [&](const BuiltinSignature& each) {
            std::vector<Parameter> parameters = each.parameters;
            if (arguments.size() < parameters.size() &&
                parameters.size() - arguments.size() <= each.optional_count) {
                parameters.resize(arguments.size());
            }
            while (each.variadic && parameters.size() < arguments.size()) {
                parameters.push_back(each.parameters.back());
            }
            return may_take(arguments, parameters) && may_fit(each.result, type.result());
        }
    );
}

/// A function passed where a function type is asked for need not say everything about itself: the
/// types of its parameters and result are often unknown until it is called, and checked then.
bool function_may_serve(const Function& function, const Type& type) {
    if (!type.has_signature()) {
        return true;
    }
    if (function.builtin() != nullptr) {
        return builtin_may_serve(*function.builtin(), type);
    }
    const Signature& signature = function.signature();
    return may_take(type.parameters(), signature.parameters) &&
           may_fit(signature.result, type.result());
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
        const Type& item = type.item();
        const std::span<const Value> items = value.as_list();
        return item.any() || std::all_of(items.begin(), items.end(), [&item](const Value& each) {
                   return conforms(each, item);
               });
    }
    case Type::Kind::Context:
        return context_conforms(value, type);
    case Type::Kind::Range: {
        const Type& item = type.item();
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
    if (value.is(Value::Kind::Function) && type.is(Type::Kind::Function)) {
        return function_may_serve(value.as_function(), type) ? std::optional(value) : std::nullopt;
    }
    if (value.is(Value::Kind::List) && value.as_list().size() == 1 && !type.is(Type::Kind::List)) {
        const Value& only = value.as_list().front();
        // One list is taken off, not two: [[1]] is no number.
        return only.is(Value::Kind::List) ? std::nullopt : convert(only, type, arena);
    }
    return std::nullopt;
}

}  // namespace attune::feel
