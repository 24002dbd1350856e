#pragma once

#include <optional>
#include <string_view>

#include "base/arena.h"
#include "feel/expression.h"
#include "feel/simple_tests.h"
#include "value/value.h"

namespace attune::dmn {

/// One distinct condition of a column: the text of a cell, ready to be indexed or evaluated.
struct Condition {
    /// What the index can use; nothing where the condition has to be evaluated.
    std::optional<feel::SimpleTests> simple;
    /// The compiled text; may be missing where `simple` says all.
    std::optional<feel::Expression> expression;

    /// True only if the outcome is true; null and false refuse.
    [[nodiscard]] bool passes(
        feel::Evaluation& evaluation, Value input, std::span<const Value> slots
    ) const;
};

/// Reads the plain forms that fill most tables without a FEEL parser: `-`, strings, numbers,
/// booleans, null, lists of these, comparisons with and ranges of numbers, and `not(...)` around
/// them. Nothing for any other text. Values live in `arena`.
[[nodiscard]] std::optional<feel::SimpleTests> read_plain_tests(
    std::string_view text, Arena& arena
);

/// Reads a plain string, number, boolean or null; nothing for any other text.
[[nodiscard]] std::optional<Value> read_plain_value(std::string_view text, Arena& arena);

/// The outcome of `tests` for `input`: true, false or null, as FEEL's unary tests give it.
[[nodiscard]] Value outcome(const feel::SimpleTests& tests, Value input);

}  // namespace attune::dmn
