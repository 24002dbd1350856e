#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "feel/scope.h"
#include "feel/type.h"

namespace attune::feel {

/// "number", "date and time", …, and the bare "list", "context", "function", "range".
[[nodiscard]] std::optional<Type> simple_type(std::string_view canonical);

/// Reads a type inside a text (grammar rules 51 and 52): `list<tPerson>`, `context<a: number>`,
/// `function<number> -> string`, `date and time`, a name from the scope, qualified or not.
class TypeReader {
public:
    TypeReader(std::string_view text, std::size_t offset, const Scope& scope)
        : text_(text), offset_(offset), scope_(&scope) {}

    /// Nothing if no type stands there; `problem()` says why and `offset()` where.
    [[nodiscard]] std::optional<Type> read();

    [[nodiscard]] std::size_t offset() const { return offset_; }
    [[nodiscard]] const std::string& problem() const { return problem_; }
    /// True if the last type read was a bare generic (`list` instead of `list<...>`), which
    /// `instance of` does not accept (Table 61).
    [[nodiscard]] bool bare_generic() const { return bare_generic_; }
    /// True if reading failed at a name that nothing declares; `offset()` then stands behind it.
    [[nodiscard]] bool unknown() const { return unknown_; }
    [[nodiscard]] bool at_end() const;

private:
    std::optional<Type> read_named();
    std::optional<Type> read_item(bool list);
    std::optional<Type> read_context();
    std::optional<Type> read_function();
    std::string read_word();
    bool accept(std::string_view token);
    std::optional<Type> fail(std::string problem);

    std::string_view text_;
    std::size_t offset_;
    const Scope* scope_;
    std::string problem_;
    std::size_t depth_ = 0;
    bool bare_generic_ = false;
    bool unknown_ = false;
};

}  // namespace attune::feel
