#include "value/value.h"

#include <algorithm>

#include "base/same_text.h"

namespace attune {

namespace {

Zone clone_zone(const Zone& zone, Arena& arena) {
    return {zone.kind, zone.offset_seconds, arena.copy(zone.name)};
}

Value clone_list(std::span<const Value> items, Arena& arena) {
    const std::span<Value> copies = arena.array<Value>(items.size());
    std::transform(items.begin(), items.end(), copies.begin(), [&](const Value& item) {
        return item.clone(arena);
    });
    return Value::list(copies);
}

Value clone_context(std::span<const Entry> entries, Arena& arena) {
    const std::span<Entry> copies = arena.array<Entry>(entries.size());
    std::transform(entries.begin(), entries.end(), copies.begin(), [&](const Entry& entry) {
        return Entry{arena.copy(entry.key), entry.value.clone(arena)};
    });
    return Value::context(copies);
}

bool identical_ranges(const RangeValue& lhs, const RangeValue& rhs) {
    return lhs.start_included == rhs.start_included && lhs.end_included == rhs.end_included &&
           lhs.start_undefined == rhs.start_undefined && lhs.end_undefined == rhs.end_undefined &&
           identical(lhs.start, rhs.start) && identical(lhs.end, rhs.end);
}

}  // namespace

Value Value::number(Decimal number, Arena& arena) {
    if (number.small()) {
        return Value::number(number);
    }
    return {Kind::Number, kLargeNumber, arena.copy(number)};
}

Value Value::context(std::span<const Entry> entries) {
    return {Kind::Context, static_cast<std::uint32_t>(entries.size()), entries.data()};
}

Value Value::range(const RangeValue& range, Arena& arena) {
    return {Kind::Range, 0, arena.copy(range)};
}

std::span<const Entry> Value::as_context() const {
    expect(Kind::Context);
    return {static_cast<const Entry*>(pointer_), size()};
}

const RangeValue& Value::as_range() const {
    expect(Kind::Range);
    return *static_cast<const RangeValue*>(pointer_);
}

Value Value::get(std::string_view key) const {
    if (kind() != Kind::Context) {
        return {};
    }
    for (const Entry& entry : as_context()) {
        if (same_text(entry.key, key)) {
            return entry.value;
        }
    }
    return {};
}

bool Value::has(std::string_view key) const {
    if (kind() != Kind::Context) {
        return false;
    }
    const std::span<const Entry> entries = as_context();
    return std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) {
        return same_text(entry.key, key);
    });
}

Value Value::clone(Arena& arena) const {
    switch (kind()) {
    case Kind::Number:
        return number(as_number(), arena);
    case Kind::String:
        return string(arena.copy(as_string()));
    case Kind::Time:
        return time({as_time().nanoseconds, clone_zone(as_time().zone, arena)}, arena);
    case Kind::DateTime: {
        const DateTime& moment = as_date_time();
        return date_time({moment.date, moment.nanoseconds, clone_zone(moment.zone, arena)}, arena);
    }
    case Kind::List:
        return clone_list(as_list(), arena);
    case Kind::Context:
        return clone_context(as_context(), arena);
    case Kind::Range: {
        RangeValue copy = as_range();
        copy.start = copy.start.clone(arena);
        copy.end = copy.end.clone(arena);
        return range(copy, arena);
    }
    default:
        return *this;
    }
}

std::string_view to_string(Value::Kind kind) {
    switch (kind) {
    case Value::Kind::Null:
        return "null";
    case Value::Kind::Boolean:
        return "boolean";
    case Value::Kind::Number:
        return "number";
    case Value::Kind::String:
        return "string";
    case Value::Kind::Date:
        return "date";
    case Value::Kind::Time:
        return "time";
    case Value::Kind::DateTime:
        return "date and time";
    case Value::Kind::YearsMonthsDuration:
        return "years and months duration";
    case Value::Kind::DaysTimeDuration:
        return "days and time duration";
    case Value::Kind::List:
        return "list";
    case Value::Kind::Context:
        return "context";
    case Value::Kind::Range:
        return "range";
    case Value::Kind::Function:
        return "function";
    }
    return "null";
}

bool identical(const Value& lhs, const Value& rhs) {
    if (lhs.kind() != rhs.kind()) {
        return false;
    }
    switch (lhs.kind()) {
    case Value::Kind::Null:
        return true;
    case Value::Kind::Boolean:
        return lhs.as_boolean() == rhs.as_boolean();
    case Value::Kind::Number:
        return lhs.as_number() == rhs.as_number();
    case Value::Kind::String:
        return lhs.as_string() == rhs.as_string();
    case Value::Kind::Date:
        return lhs.as_date() == rhs.as_date();
    case Value::Kind::Time:
        return lhs.as_time().nanoseconds == rhs.as_time().nanoseconds &&
               lhs.as_time().zone == rhs.as_time().zone;
    case Value::Kind::DateTime:
        return lhs.as_date_time().date == rhs.as_date_time().date &&
               lhs.as_date_time().nanoseconds == rhs.as_date_time().nanoseconds &&
               lhs.as_date_time().zone == rhs.as_date_time().zone;
    case Value::Kind::YearsMonthsDuration:
        return lhs.as_years_months() == rhs.as_years_months();
    case Value::Kind::DaysTimeDuration:
        return lhs.as_days_time() == rhs.as_days_time();
    case Value::Kind::List: {
        const auto left = lhs.as_list();
        const auto right = rhs.as_list();
        return std::equal(left.begin(), left.end(), right.begin(), right.end(), identical);
    }
    case Value::Kind::Context: {
        const auto left = lhs.as_context();
        const auto right = rhs.as_context();
        return std::equal(
            left.begin(),
            left.end(),
            right.begin(),
            right.end(),
            [](const Entry& a, const Entry& b) {
                return a.key == b.key && identical(a.value, b.value);
            }
        );
    }
    case Value::Kind::Range:
        return identical_ranges(lhs.as_range(), rhs.as_range());
    case Value::Kind::Function:
        return &lhs.as_function() == &rhs.as_function();
    }
    return false;
}

}  // namespace attune
