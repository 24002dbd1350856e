#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "feel/ast.h"
#include "feel/type.h"

namespace attune::feel {

/// The type of a node and, where its operands certainly make it null, what is wrong with them.
struct Judgement {
    Type type;
    std::string problem;  ///< Empty if nothing is certain to be wrong.
    std::string hint;
};

[[nodiscard]] Judgement judge_binary(BinaryOp op, const Type& lhs, const Type& rhs);
[[nodiscard]] Judgement judge_negation(const Type& operand);
[[nodiscard]] Judgement judge_between(const Type& value, const Type& low, const Type& high);
[[nodiscard]] Judgement judge_condition(const Type& condition);
[[nodiscard]] Judgement judge_path(const Type& source, const std::string& name);
[[nodiscard]] Judgement judge_filter(const Type& source, const Type& predicate);
/// What a `for` or quantifier's variable is.
[[nodiscard]] Type iterated_type(const Type& source);

/// A call of a function whose type is known, or of a built-in; `names` is empty if by position.
[[nodiscard]] Judgement judge_call(
    const Node& callee, std::span<const NodePtr> arguments, std::span<const std::string> names
);

/// For the items of a list literal: contexts keep the fields that any of them has.
[[nodiscard]] Type merged_type(const Type& lhs, const Type& rhs);

/// Names of the properties of a temporal type (Table 65); empty for all other types.
[[nodiscard]] std::span<const std::string_view> properties_of(Type::Kind kind);

}  // namespace attune::feel
