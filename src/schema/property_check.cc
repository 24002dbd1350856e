#include "schema/property_check.h"

#include <algorithm>

#include "base/time.h"
#include "value/json.h"

namespace attune::schema {

namespace {

using Kind = Value::Kind;

std::string_view demand(PropertyType type) {
    switch (type) {
    case PropertyType::Any:
        return "anything";
    case PropertyType::String:
        return "a string";
    case PropertyType::Number:
        return "a number";
    case PropertyType::Integer:
        return "a whole number";
    case PropertyType::Boolean:
        return "true or false";
    case PropertyType::Object:
        return "an object";
    case PropertyType::Array:
        return "an array";
    case PropertyType::Timestamp:
        return "an RFC 3339 time such as 2026-03-01T12:00:00Z";
    }
    return {};
}

bool has_type(PropertyType type, const Value& value) {
    switch (type) {
    case PropertyType::Any:
        return true;
    case PropertyType::String:
    case PropertyType::Timestamp:
        return value.is(Kind::String);
    case PropertyType::Number:
        return value.is(Kind::Number);
    case PropertyType::Integer:
        return value.is(Kind::Number) && value.as_number().whole();
    case PropertyType::Boolean:
        return value.is(Kind::Boolean);
    case PropertyType::Object:
        return value.is(Kind::Context);
    case PropertyType::Array:
        return value.is(Kind::List);
    }
    return false;
}

std::string bound_text(const Property& property) {
    std::string text;
    if (property.minimum) {
        text = (property.minimum_exclusive ? "greater than " : "at least ") +
               property.minimum->to_string();
    }
    if (property.maximum) {
        text += text.empty() ? "" : " and ";
        text += (property.maximum_exclusive ? "less than " : "at most ") +
                property.maximum->to_string();
    }
    return text;
}

bool in_bounds(const Property& property, const Decimal& number) {
    const auto above = [&](const Decimal& bound) {
        return property.minimum_exclusive ? number > bound : number >= bound;
    };
    const auto below = [&](const Decimal& bound) {
        return property.maximum_exclusive ? number < bound : number <= bound;
    };
    return (!property.minimum || above(*property.minimum)) &&
           (!property.maximum || below(*property.maximum));
}

bool check_length(const Property& property, const Value& value, std::string& why) {
    const bool text = value.is(Kind::String);
    const std::size_t length = text ? code_points(value.as_string()) : value.as_list().size();
    const std::string unit = text ? " characters" : " items";
    if (property.length_min && length < *property.length_min) {
        why = "must have at least " + std::to_string(*property.length_min) + unit + ", got " +
              std::to_string(length);
        return false;
    }
    if (property.length_max && length > *property.length_max) {
        why = "must have at most " + std::to_string(*property.length_max) + unit + ", got " +
              std::to_string(length);
        return false;
    }
    return true;
}

bool check_text(const Property& property, std::string_view text, std::string& why) {
    if (property.pattern && !property.pattern->found_in(text)) {
        why = "must match the pattern \"" + property.pattern->text() + "\", got " +
              shown(Value::string(text));
        return false;
    }
    if (property.format && !matches(*property.format, text)) {
        why = "must have the format " + std::string(to_string(*property.format)) + ", got " +
              shown(Value::string(text));
        return false;
    }
    return true;
}

bool check_enumeration(const Property& property, const Value& value, std::string& why) {
    const auto same = [&value](const std::shared_ptr<const OwnedValue>& allowed) {
        return identical(allowed->get(), value);
    };
    if (property.values.empty() ||
        std::any_of(property.values.begin(), property.values.end(), same)) {
        return true;
    }
    constexpr std::size_t kShownMax = 8;
    std::string all;
    for (std::size_t i = 0; i < std::min(property.values.size(), kShownMax); ++i) {
        all += (i == 0 ? "" : ", ") + shown(property.values[i]->get());
    }
    all += property.values.size() > kShownMax ? ", …" : "";
    why = "must be one of " + all + ", got " + shown(value);
    return false;
}

/// The date and time in UTC that a text stands for.
bool to_date_time(Value& value, Arena& arena) {
    constexpr std::int64_t kDayMs = 86'400'000;
    const std::optional<Timestamp> at = parse_timestamp(value.as_string());
    if (!at) {
        return false;
    }
    const std::int64_t in_day = ((at->ms() % kDayMs) + kDayMs) % kDayMs;
    DateTime moment;
    moment.date = Date{(at->ms() - in_day) / kDayMs};
    moment.nanoseconds = in_day * 1'000'000;
    moment.zone.kind = Zone::Kind::Offset;
    value = Value::date_time(moment, arena);
    return true;
}

}  // namespace

std::string shown(const Value& value) {
    constexpr std::size_t kShownMax = 60;
    std::string text = json::to_json(value);
    if (text.size() > kShownMax) {
        std::size_t end = kShownMax;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
            --end;  // Not in the middle of a code point.
        }
        text = text.substr(0, end) + "…";
    }
    return text;
}

std::size_t code_points(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U;
    }));
}

bool check_property(const Property& property, Value& value, Arena& arena, std::string& why) {
    const auto wrong_type = [&] {
        why = "must be " + std::string(demand(property.type)) + ", got " + shown(value);
        return false;
    };
    if (!has_type(property.type, value)) {
        return wrong_type();
    }
    if (value.is(Kind::Number) && !in_bounds(property, value.as_number())) {
        why = "must be " + bound_text(property) + ", got " + shown(value);
        return false;
    }
    const bool measured = value.is(Kind::String) || value.is(Kind::List);
    if (measured && (property.length_min || property.length_max) &&
        !check_length(property, value, why)) {
        return false;
    }
    if (value.is(Kind::String) && (property.pattern || property.format) &&
        !check_text(property, value.as_string(), why)) {
        return false;
    }
    if (!check_enumeration(property, value, why)) {
        return false;
    }
    return property.type != PropertyType::Timestamp || to_date_time(value, arena) || wrong_type();
}

}  // namespace attune::schema
