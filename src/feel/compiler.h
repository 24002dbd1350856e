#pragma once

#include "feel/code.h"
#include "feel/expression.h"

namespace attune::feel {

/// Turns the tree of `unit` into codes in its arena, folding what depends on nothing, and notes the
/// slots that are read.
void compile_unit(detail::Unit& unit, Dialect dialect);

/// What a decision table can index of the unit's unary tests; nothing if it is no list of tests
/// against constants.
[[nodiscard]] std::optional<SimpleTests> find_simple_tests(const detail::Unit& unit);

}  // namespace attune::feel
