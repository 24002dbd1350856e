#pragma once

#include <string_view>

#include "feel/evaluation.h"
#include "value/value.h"

namespace attune::feel {

/// Reads "[1..5)", "]1..5]", "[2..)" (grammar rule 66): a range whose ends are literals, or calls
/// of date(), time(), date and time() and duration() with a string literal. Null for all other
/// texts,
/// `>=2` among them.
[[nodiscard]] Value parse_range(std::string_view text, Evaluation& evaluation);

}  // namespace attune::feel
