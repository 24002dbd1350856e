#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feel/type.h"
#include "value/value.h"

namespace attune::feel {

/// Where in `Evaluation::slots` a value stands.
using Slot = std::uint32_t;

/// The names that an expression may use, and where their values come from.
///
/// FEEL names hold spaces and operators ("Total Price", "a-b"), so a text cannot be split into
/// tokens without its scope; the longest name that matches wins (DMN 1.5, 10.3.1.4). White space
/// between the parts of a name does not count. An inner scope hides the names of the outer one.
class Scope {
public:
    struct Binding {
        Type type;
        std::optional<Slot> slot;
        std::optional<Value> constant;
        /// Entries with a slot of their own, by canonical name.
        std::map<std::string, Binding, std::less<>> members;
        std::string name;  ///< As declared.
    };

    Scope() = default;
    /// A scope inside `parent`, which must outlive it.
    explicit Scope(const Scope* parent) : parent_(parent) {}

    /// Makes `name` stand for the value in `slot`. Declaring a name again replaces it.
    void declare(std::string_view name, Type type, Slot slot);

    /// Gives an entry of a context a slot of its own: {"properties", "category"} makes the
    /// expression `properties.category` load one slot. The root may have been declared with a slot
    /// for the whole context; if not, the whole is put together from its members on demand. Types
    /// of the contexts on the way grow the field.
    void declare_member(std::span<const std::string> path, Type type, Slot slot);

    /// Makes `name` stand for a value known when the expression is compiled; it takes part in
    /// constant folding. Text, lists and contexts are copied into the expression; functions must
    /// outlive it.
    void declare_constant(std::string_view name, const Value& value);
    void declare_constant(std::string_view name, const Value& value, Type type);

    /// Names a type for `instance of` and for parameters of functions.
    void declare_type(std::string_view name, Type type);

    [[nodiscard]] const Scope* parent() const { return parent_; }
    /// By canonical name, in this scope or those around it; null if there is none.
    [[nodiscard]] const Binding* find(std::string_view canonical) const;
    [[nodiscard]] const Type* find_type(std::string_view canonical) const;
    /// The number of parts of the longest name in this scope and those around it.
    [[nodiscard]] std::size_t parts_max() const;
    /// Every visible name as declared, inner ones first; for completion and "did you mean".
    [[nodiscard]] std::vector<std::string> names() const;

private:
    Binding& root(std::string_view name);

    const Scope* parent_ = nullptr;
    std::map<std::string, Binding, std::less<>> bindings_;
    std::map<std::string, Type, std::less<>> types_;
    std::size_t parts_max_ = 0;
};

/// A name with exactly one space between its parts: "a-b" and "a - b" both become "a - b". Parts
/// are runs of letters and digits, and single operators.
[[nodiscard]] std::string canonical_name(std::string_view name);

}  // namespace attune::feel
