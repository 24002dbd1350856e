#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dmn/model.h"
#include "feel/evaluation.h"
#include "feel/expression.h"
#include "feel/type.h"
#include "value/value.h"

namespace attune::dmn {

namespace detail {

/// The type of each kind of value, in the order of Value::Kind; composite kinds only go with Any.
constexpr std::array<feel::Type::Kind, 13> kSimpleTypes{
    feel::Type::Kind::Any,
    feel::Type::Kind::Boolean,
    feel::Type::Kind::Number,
    feel::Type::Kind::String,
    feel::Type::Kind::Date,
    feel::Type::Kind::Time,
    feel::Type::Kind::DateTime,
    feel::Type::Kind::YearsMonthsDuration,
    feel::Type::Kind::DaysTimeDuration,
    feel::Type::Kind::Any,
    feel::Type::Kind::Any,
    feel::Type::Kind::Any,
    feel::Type::Kind::Any};
static_assert(
    kSimpleTypes[static_cast<std::size_t>(Value::Kind::DaysTimeDuration)] ==
    feel::Type::Kind::DaysTimeDuration
);
static_assert(static_cast<std::size_t>(Value::Kind::Function) + 1 == kSimpleTypes.size());

}  // namespace detail

/// Whether a value of `kind` is one of the simple `type`, without looking into it.
[[nodiscard]] constexpr bool same_kind(feel::Type::Kind type, Value::Kind kind) {
    return type == feel::Type::Kind::Any ||
           type == detail::kSimpleTypes[static_cast<std::size_t>(kind)];
}

struct ItemType;
using TypePtr = std::shared_ptr<const ItemType>;

/// A type as DMN has it: FEEL's, and what item definitions add: allowed values and constraints, of
/// the whole, of components and of items.
struct ItemType {
    struct Component {
        std::string name;
        TypePtr type;
    };

    std::string name;  ///< For messages.
    feel::Type type;
    std::optional<feel::Expression> allowed_values;  ///< Unary tests; of each item of a collection.
    std::optional<feel::Expression> constraint;      ///< Unary tests of the value as a whole.
    TypePtr base;                                    ///< The definition that this one narrows.
    TypePtr item;                                    ///< Of a collection.
    std::vector<Component> components;
    bool constrained = false;  ///< This or anything inside has a constraint.

    /// Whether every value is one of this type.
    [[nodiscard]] bool any() const { return type.any() && !constrained; }

    /// Whether the value is certainly one of this type, by its kind alone.
    [[nodiscard]] bool takes(Value value) const {
        return !constrained && (value.null() || same_kind(type.kind(), value.kind()));
    }

    /// The value as one of this type, by the implicit conversions of DMN 1.5, 10.3.2.9.4; null
    /// passes. Nothing if it does not conform or breaks a constraint.
    [[nodiscard]] std::optional<Value> convert(Value value, feel::Evaluation& evaluation) const {
        if (takes(value)) {
            return value;
        }
        return conforms_plainly(value) ? value : convert_slowly(value, evaluation);
    }

    /// Whether the value is certainly one of this type as it stands, in one pass and without
    /// evaluating FEEL; false says nothing.
    [[nodiscard]] bool conforms_plainly(Value value) const;

private:
    [[nodiscard]] std::optional<Value> convert_slowly(Value value, feel::Evaluation& evaluation)
        const;
    [[nodiscard]] bool contains_plainly(Value context) const;
    [[nodiscard]] bool keeps_constraints(Value value, feel::Evaluation& evaluation) const;
};

/// The type without any demands.
[[nodiscard]] const TypePtr& any_type();

/// A built-in type by the name that a typeRef gives it, "date and time" or "dateTime"; null for
/// every other name.
[[nodiscard]] TypePtr built_in_type(std::string_view name);

}  // namespace attune::dmn
