#pragma once

#include <optional>
#include <string_view>

#include "base/arena.h"
#include "feel/ast.h"
#include "value/value.h"

namespace attune::feel {

/// A result, or null with the reason.
struct Outcome {
    Value value;
    const char* problem = nullptr;
};

/// `lhs op rhs` for Add to Power over all kinds of values (DMN 1.5, Tables 57 to 60).
[[nodiscard]] Outcome arithmetic(BinaryOp op, const Value& lhs, const Value& rhs, Arena& arena);

/// `-operand`
[[nodiscard]] Outcome negate(const Value& operand, Arena& arena);

/// Property `name` of a date, time, duration or range (Tables 65 and 66); nothing if it has none.
[[nodiscard]] std::optional<Value> property(const Value& value, std::string_view name);

}  // namespace attune::feel
