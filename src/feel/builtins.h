#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feel/function.h"

namespace attune::feel {

namespace detail {
struct BuiltinCode;
}  // namespace detail

/// One way to call a built-in: parameter names as the standard has them, for calls by name.
struct BuiltinSignature {
    std::vector<Parameter> parameters;
    Type result;
    bool variadic = false;            ///< The last parameter takes any number of arguments.
    std::uint8_t optional_count = 0;  ///< So many parameters at the end may be left out.
    std::uint32_t nullable = 0;       ///< Bit i: parameter i takes null; else null gives null.
};

struct BuiltinExample {
    std::string_view expression;
    std::string_view result;  ///< As FEEL text.
};

/// One built-in function of DMN 1.5, 10.3.4.
struct Builtin {
    std::string_view name;
    std::string_view group;    ///< "string", "list", ...
    std::string_view summary;  ///< One line.
    std::string_view since;    ///< The DMN version that brought it.
    std::vector<BuiltinSignature> signatures;
    std::vector<BuiltinExample> examples;
    const detail::BuiltinCode* code = nullptr;
};

/// All built-ins, ordered by group and name.
[[nodiscard]] std::span<const Builtin> builtins();
/// By name; null if there is none.
[[nodiscard]] const Builtin* find_builtin(std::string_view name);
/// `substring(string: string, start position: number, [length: number])`; the first signature.
[[nodiscard]] std::string usage(const Builtin& builtin);
/// The built-in as a function value.
[[nodiscard]] Value builtin_function(const Builtin& builtin);

}  // namespace attune::feel
