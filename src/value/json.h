#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "value/value.h"

namespace attune::json {

struct Limits {
    std::size_t depth_max = 32;  ///< Objects and arrays inside each other.
    std::size_t entries_max =
        10'000;  ///< Members and items in all, against small bodies that expand.
};

/// Reads one JSON text (RFC 8259) into null, booleans, exact numbers, strings, lists and contexts,
/// all in `arena`.
///
/// Strict: UTF-8, no trailing bytes, no duplicate keys (the error names the key). Numbers keep up
/// to 34 digits; one out of the range of decimal128 is an error. Errors are InvalidInput or
/// LimitExceeded and name the byte offset where the parser knows it.
[[nodiscard]] Result<Value> parse(std::string_view text, Arena& arena, const Limits& limits = {});

/// Appends `value` as JSON. Temporal values, ranges and functions have no JSON form: they are
/// written as the string that FEEL's string() gives dates, times and durations, and as null
/// otherwise.
void write(const Value& value, std::string& out);
[[nodiscard]] std::string to_json(const Value& value);

/// The same, over several lines with two spaces of indentation, for people.
[[nodiscard]] std::string to_pretty_json(const Value& value);

/// Appends `text` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
void write_string(std::string_view text, std::string& out);

}  // namespace attune::json
