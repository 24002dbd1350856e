#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "value/value.h"

namespace attune::feel {

/// A FEEL type (DMN 1.5, 10.3.2.3 and 10.3.2.9): structural, immutable, cheap to copy, safe to
/// share between threads. A default-constructed Type is Any.
class Type {
public:
    enum class Kind : std::uint8_t {
        Any,
        Null,
        Boolean,
        Number,
        String,
        Date,
        Time,
        DateTime,
        YearsMonthsDuration,
        DaysTimeDuration,
        List,      ///< list<item>
        Context,   ///< context<name: type, …>; without fields it is any context
        Function,  ///< function<parameters> -> result
        Range,     ///< range<item>
    };

    struct Field;

    Type() = default;
    Type(Kind simple) : kind_(simple) {}  // NOLINT(google-explicit-constructor)

    static Type list(Type item);
    static Type range(Type item);
    static Type context(std::vector<Field> fields);
    static Type function(std::vector<Type> parameters, Type result);
    /// A function about whose parameters and result nothing is known.
    static Type any_function() { return {Kind::Function}; }

    /// Reads the text of a type: "number", "list<string>", "context<a: number, b c: date>",
    /// "function<number, string> -> boolean", "years and months duration". Nothing for any other
    /// text; bare "list", "context", "function" and "range" are read as their Any forms.
    static std::optional<Type> parse(std::string_view text);

    [[nodiscard]] Kind kind() const { return kind_; }
    [[nodiscard]] bool is(Kind kind) const { return kind_ == kind; }
    [[nodiscard]] bool any() const { return kind_ == Kind::Any; }

    /// The item type of a list or the end type of a range; Any for every other type.
    [[nodiscard]] const Type& item() const;
    /// Fields of a context, parameters of a function; empty for every other type.
    [[nodiscard]] std::span<const Field> fields() const;
    [[nodiscard]] const Type* field(std::string_view name) const;
    [[nodiscard]] std::span<const Type> parameters() const;
    /// The result of a function; Any for every other type.
    [[nodiscard]] Type result() const;
    /// False for `any_function()`.
    [[nodiscard]] bool has_signature() const;

    /// Every value of this type is one of `other` (Table 61 and 10.3.2.9.2): Null conforms to all,
    /// all conform to Any, contexts may have more fields, functions are contravariant in their
    /// parameters.
    [[nodiscard]] bool conforms_to(const Type& other) const;

    friend bool operator==(const Type& lhs, const Type& rhs);

private:
    struct Parts;

    Kind kind_ = Kind::Any;
    std::shared_ptr<const Parts> parts_;  // Only for composite types.
};

struct Type::Field {
    std::string name;
    Type type;
};

/// The type as FEEL writes it; `Type::parse` reads it back.
[[nodiscard]] std::string to_string(const Type& type);

/// The most specific type of a value; lists and contexts are looked into.
[[nodiscard]] Type type_of(const Value& value);

/// The narrowest type to which both conform; Any if there is none.
[[nodiscard]] Type common_type(const Type& lhs, const Type& rhs);

}  // namespace attune::feel
