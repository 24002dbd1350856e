#include "feel/equality.h"

#include <algorithm>

#include "feel/temporal.h"

namespace attune::feel {

namespace {

/// Where nobody counts: what a million items do not tell is not known.
constexpr std::uint64_t kItemsMax = 1'000'000;

/// False beats null beats true: all parts must be equal.
Value both(Value lhs, Value rhs) {
    if (lhs.is_false() || rhs.is_false()) {
        return Value::boolean(false);
    }
    return lhs.null() || rhs.null() ? Value() : Value::boolean(true);
}

/// False once there are none left.
bool take_item(std::uint64_t& items_left) {
    items_left -= items_left > 0 ? 1 : 0;
    return items_left > 0;
}

Value equal_lists(
    std::span<const Value> lhs, std::span<const Value> rhs, std::uint64_t& items_left
) {
    if (lhs.size() != rhs.size()) {
        return Value::boolean(false);
    }
    Value result = Value::boolean(true);
    for (std::size_t i = 0; i < lhs.size() && !result.is_false(); ++i) {
        if (!take_item(items_left)) {
            return {};
        }
        result = both(result, equal(lhs[i], rhs[i], items_left));
    }
    return result;
}

Value equal_contexts(Value lhs, Value rhs, std::uint64_t& items_left) {
    if (lhs.as_context().size() != rhs.as_context().size()) {
        return Value::boolean(false);
    }
    Value result = Value::boolean(true);
    for (const Entry& entry : lhs.as_context()) {
        if (!take_item(items_left)) {
            return {};
        }
        if (!rhs.has(entry.key)) {
            return Value::boolean(false);
        }
        result = both(result, equal(entry.value, rhs.get(entry.key), items_left));
    }
    return result;
}

Value equal_ranges(const RangeValue& lhs, const RangeValue& rhs) {
    const bool same_form =
        lhs.start_included == rhs.start_included && lhs.end_included == rhs.end_included &&
        lhs.start_undefined == rhs.start_undefined && lhs.end_undefined == rhs.end_undefined;
    if (!same_form) {
        return Value::boolean(false);
    }
    return both(equal(lhs.start, rhs.start), equal(lhs.end, rhs.end));
}

bool zoned(const Zone& zone) {
    return zone.kind != Zone::Kind::None;
}

/// Times and moments compare as instants; one without zone takes the other's offset, so then the
/// local readings decide (Table 54).
std::strong_ordering compare_times(const TimeOfDay& lhs, const TimeOfDay& rhs) {
    if (zoned(lhs.zone) != zoned(rhs.zone)) {
        return lhs.nanoseconds <=> rhs.nanoseconds;
    }
    return instant(lhs) <=> instant(rhs);
}

std::strong_ordering compare_moments(const DateTime& lhs, const DateTime& rhs) {
    if (zoned(lhs.zone) != zoned(rhs.zone)) {
        return lhs.date != rhs.date ? lhs.date <=> rhs.date : lhs.nanoseconds <=> rhs.nanoseconds;
    }
    return instant(lhs) <=> instant(rhs);
}

// The TCK compares to the whole second ("resolution is to the second"), and so does `=`; the order
// of `<` looks at all digits.
Nanoseconds whole_seconds(Nanoseconds nanoseconds) {
    constexpr Nanoseconds kSecond = 1'000'000'000;
    return (nanoseconds - (nanoseconds % kSecond + kSecond) % kSecond) / kSecond;
}

bool equal_times(const TimeOfDay& lhs, const TimeOfDay& rhs) {
    if (zoned(lhs.zone) != zoned(rhs.zone)) {
        return whole_seconds(lhs.nanoseconds) == whole_seconds(rhs.nanoseconds);
    }
    return whole_seconds(instant(lhs)) == whole_seconds(instant(rhs));
}

bool equal_moments(const DateTime& lhs, const DateTime& rhs) {
    if (zoned(lhs.zone) != zoned(rhs.zone)) {
        return lhs.date == rhs.date &&
               whole_seconds(lhs.nanoseconds) == whole_seconds(rhs.nanoseconds);
    }
    return whole_seconds(instant(lhs)) == whole_seconds(instant(rhs));
}

bool same_zone(const Zone& lhs, const Zone& rhs) {
    if (lhs.kind == rhs.kind) {
        return lhs == rhs;
    }
    return false;
}

}  // namespace

std::optional<std::strong_ordering> compare(Value lhs, Value rhs) {
    if (lhs.kind() != rhs.kind()) {
        return std::nullopt;
    }
    switch (lhs.kind()) {
    case Value::Kind::Number:
        return lhs.as_number() <=> rhs.as_number();
    case Value::Kind::String:
        // UTF-8 keeps the order of code points.
        return lhs.as_string().compare(rhs.as_string()) <=> 0;
    case Value::Kind::Date:
        return lhs.as_date() <=> rhs.as_date();
    case Value::Kind::Time:
        return compare_times(lhs.as_time(), rhs.as_time());
    case Value::Kind::DateTime:
        return compare_moments(lhs.as_date_time(), rhs.as_date_time());
    case Value::Kind::YearsMonthsDuration:
        return lhs.as_years_months() <=> rhs.as_years_months();
    case Value::Kind::DaysTimeDuration:
        return lhs.as_days_time() <=> rhs.as_days_time();
    default:
        return std::nullopt;
    }
}

Value equal(Value lhs, Value rhs) {
    std::uint64_t items_left = kItemsMax;
    return equal(lhs, rhs, items_left);
}

Value equal(Value lhs, Value rhs, std::uint64_t& items_left) {
    if (lhs.null() || rhs.null()) {
        return Value::boolean(lhs.null() && rhs.null());
    }
    if (lhs.kind() != rhs.kind()) {
        return {};
    }
    switch (lhs.kind()) {
    case Value::Kind::Boolean:
        return Value::boolean(lhs.as_boolean() == rhs.as_boolean());
    case Value::Kind::List:
        return equal_lists(lhs.as_list(), rhs.as_list(), items_left);
    case Value::Kind::Context:
        return equal_contexts(lhs, rhs, items_left);
    case Value::Kind::Range:
        return equal_ranges(lhs.as_range(), rhs.as_range());
    case Value::Kind::Time:
        return Value::boolean(equal_times(lhs.as_time(), rhs.as_time()));
    case Value::Kind::DateTime:
        return Value::boolean(equal_moments(lhs.as_date_time(), rhs.as_date_time()));
    case Value::Kind::Function:
        return Value::boolean(&lhs.as_function() == &rhs.as_function());
    default: {
        const std::optional<std::strong_ordering> order = compare(lhs, rhs);
        return order ? Value::boolean(*order == 0) : Value();
    }
    }
}

Value in_range(const Value& value, const RangeValue& range) {
    // An end that is null without being left out is not known.
    if (value.null() || (range.start.null() && !range.start_undefined) ||
        (range.end.null() && !range.end_undefined)) {
        return {};
    }
    if (range.start_undefined && range.end_undefined && !range.start_included) {
        const Value same = equal(value, range.start);  // `(!=10)`
        return same.null() ? same : Value::boolean(!same.as_boolean());
    }
    bool inside = true;
    if (!range.start.null()) {
        const auto order = compare(value, range.start);
        if (!order) {
            return {};
        }
        inside = *order > 0 || (*order == 0 && range.start_included);
    }
    if (!range.end.null()) {
        const auto order = compare(value, range.end);
        if (!order) {
            return {};
        }
        inside = inside && (*order < 0 || (*order == 0 && range.end_included));
    }
    return Value::boolean(inside);
}

namespace {

Value in_list(const Value& value, std::span<const Value> tests, std::uint64_t& items_left) {
    Value result = Value::boolean(false);
    for (const Value& test : tests) {
        if (!take_item(items_left)) {
            return {};
        }
        const Value one = test.is(Value::Kind::Range) && !value.is(Value::Kind::Range)
                              ? in_range(value, test.as_range())
                              : equal(value, test, items_left);
        if (one.is_true()) {
            return one;
        }
    }
    return result;
}

}  // namespace

Value in(const Value& value, const Value& test) {
    std::uint64_t items_left = kItemsMax;
    return in(value, test, items_left);
}

Value in(const Value& value, const Value& test, std::uint64_t& items_left) {
    if (test.is(Value::Kind::Range)) {
        if (value.is(Value::Kind::Range)) {
            return equal(value, test);
        }
        return in_range(value, test.as_range());
    }
    if (test.is(Value::Kind::List)) {
        // A list is in a list that equals it as well as in one that holds it.
        if (value.is(Value::Kind::List) && equal(value, test, items_left).is_true()) {
            return Value::boolean(true);
        }
        return in_list(value, test.as_list(), items_left);
    }
    return equal(value, test, items_left);
}

bool is_same(Value lhs, Value rhs, std::uint64_t& items_left) {
    if (lhs.kind() != rhs.kind()) {
        return false;
    }
    if (lhs.is(Value::Kind::Time) && !same_zone(lhs.as_time().zone, rhs.as_time().zone)) {
        return false;
    }
    if (lhs.is(Value::Kind::DateTime) &&
        !same_zone(lhs.as_date_time().zone, rhs.as_date_time().zone)) {
        return false;
    }
    return equal(lhs, rhs, items_left).is_true();
}

}  // namespace attune::feel
