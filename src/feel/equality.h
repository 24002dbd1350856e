#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "value/value.h"

namespace attune::feel {

/// FEEL's `=` (DMN 1.5, Table 53): true or false; null for values of different kinds, unless one of
/// them is null. Times, and dates and times, are equal to the whole second, as the TCK has it.
[[nodiscard]] Value equal(Value lhs, Value rhs);

/// The same, counting down the items of lists and entries of contexts that it looks at: values that
/// share their parts are larger than the memory they take. Null once none are left.
[[nodiscard]] Value equal(Value lhs, Value rhs, std::uint64_t& items_left);

/// The order that `<` and its siblings use (Table 54): numbers, strings by code point, dates,
/// times, dates and times, durations. Nothing where the two do not compare.
[[nodiscard]] std::optional<std::strong_ordering> compare(Value lhs, Value rhs);

/// FEEL's `in` for one test that is already a value (Table 55): a list, a range, or a value to
/// equal.
[[nodiscard]] Value in(const Value& value, const Value& test);
[[nodiscard]] Value in(const Value& value, const Value& test, std::uint64_t& items_left);

/// Whether `value` lies in `range`: true, false, or null where they do not compare.
[[nodiscard]] Value in_range(const Value& value, const RangeValue& range);

/// FEEL's `is()`: same value in the same domain, never null.
[[nodiscard]] bool is_same(Value lhs, Value rhs, std::uint64_t& items_left);

}  // namespace attune::feel
