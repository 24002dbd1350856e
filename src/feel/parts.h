#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feel/scope.h"
#include "feel/type.h"

namespace attune::feel {

/// A part of an expression that has a value by itself: it can be evaluated in the expression's
/// scope alone.
struct Part {
    std::string text;  ///< Canonical FEEL.
    Type type;
    std::vector<Part> parts;  ///< In the order of the text.
};

/// The tree of an expression, down to names. What depends on variables of the expression itself
/// (the bodies of loops, filters and functions, later entries of contexts) is left out, and so are
/// literals, whose value is their text. Nothing if the text does not compile.
[[nodiscard]] std::optional<Part> parts_of(std::string_view text, const Scope& scope);

}  // namespace attune::feel
