#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "value/value.h"

namespace attune::feel {

/// FEEL's string(): text as it is, everything else as `to_literal`, except that dates, times and
/// durations stand bare. Null gives "null".
[[nodiscard]] std::string to_feel_string(const Value& value);

/// The same; longer than `bytes_max`, and broken off somewhere behind, if it would be longer.
[[nodiscard]] std::string to_feel_string(const Value& value, std::size_t bytes_max);

/// FEEL text that evaluates to `value`: `"a\nb"`, `[1, 2]`, `{a: 1}`, `@"2024-01-31"`, `[1..5)`.
/// Functions are written as `function(a, b)`.
[[nodiscard]] std::string to_literal(const Value& value);

/// The same for messages: cut, with an ellipsis, where it gets longer than `bytes_max`. What is cut
/// off costs nothing.
[[nodiscard]] std::string to_short_literal(const Value& value, std::size_t bytes_max);

/// Whether the value has more than `items_max` items and entries, counting those that it shares as
/// often as they would be written: such a value may be far larger than its memory.
[[nodiscard]] bool larger_than(const Value& value, std::uint64_t items_max);

/// `text` between quotes, escaped as a FEEL string literal.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace attune::feel
