#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "feel/builtins.h"
#include "feel/vm.h"

namespace attune::feel {

/// What the code of a built-in sees: arguments that fit one of its signatures, converted, null only
/// where the signature says so.
struct BuiltinCall {
    Evaluation& evaluation;
    Site site;
    std::span<const Value> arguments;  ///< Optional ones at the end may be missing.
    unsigned signature = 0;
    bool failed = false;

    /// Null, with a warning.
    Value fail(std::string_view cause, std::initializer_list<Value> operands = {}) {
        failed = true;
        return warn(evaluation, site, cause, operands);
    }

    [[nodiscard]] Arena& arena() const { return evaluation.arena; }
    [[nodiscard]] std::size_t count() const { return arguments.size(); }
    [[nodiscard]] bool has(std::size_t index) const { return index < arguments.size(); }
    const Value& operator[](std::size_t index) const { return arguments[index]; }
    [[nodiscard]] std::string_view text(std::size_t index) const {
        return arguments[index].as_string();
    }
    [[nodiscard]] Decimal number(std::size_t index) const { return arguments[index].as_number(); }
    [[nodiscard]] std::span<const Value> list(std::size_t index) const {
        return arguments[index].as_list();
    }
    /// The number cut to a whole one, if it fits.
    [[nodiscard]] std::optional<std::int64_t> whole(std::size_t index) const {
        const auto cut = Decimal::round(number(index), 0, Decimal::Rounding::Down);
        return cut ? cut->to_int64() : std::nullopt;
    }
    Value number_or_fail(std::optional<Decimal> result) {
        return result ? Value::number(*result, arena()) : fail("the result is out of range");
    }
    /// True if there are steps left; else the evaluation is over its limit.
    bool spend(std::uint64_t steps) {
        if (charge(evaluation, steps)) {
            return true;
        }
        exceed_steps(evaluation, site);
        return false;
    }
    /// Room for `bytes` of text; false if that goes over a limit.
    bool reserve_text(std::size_t bytes);
    /// The text, copied into the arena, within limits.
    Value keep(std::string_view text);
    bool reserve_items(std::size_t count);
};

namespace detail {
struct BuiltinCode {
    Value (*run)(BuiltinCall& call);
    bool pure = true;  ///< Gives the same for the same arguments at any time.
};
}  // namespace detail

/// The signature that takes these arguments, converted into `converted` (room for as many); -1,
/// with a warning, if there is none or null stands where it may not. Looks at one signature only if
/// `only` names it.
int bind_arguments(
    BuiltinCall& call,
    const Builtin& builtin,
    std::span<const Value> given,
    std::span<Value> converted,
    int only = -1
);

/// One built-in as its file declares it.
struct BuiltinEntry {
    std::string_view name;
    std::string_view since;
    std::string_view summary;
    /// "string: string, start position: number, [length: number] -> string"; `?` after a type lets
    /// null in, `...` before a name takes any number. Unused places are empty.
    std::string_view signatures[4];  // NOLINT(*-avoid-c-arrays): nested braces without ceremony
    BuiltinExample examples[3];      // NOLINT(*-avoid-c-arrays)
    Value (*run)(BuiltinCall& call);
    bool pure = true;
};

/// The built-ins of each group; builtins.cc puts them together.
[[nodiscard]] std::span<const BuiltinEntry> conversion_builtins();
[[nodiscard]] std::span<const BuiltinEntry> string_builtins();
[[nodiscard]] std::span<const BuiltinEntry> regex_builtins();
[[nodiscard]] std::span<const BuiltinEntry> list_builtins();
[[nodiscard]] std::span<const BuiltinEntry> aggregate_builtins();
[[nodiscard]] std::span<const BuiltinEntry> numeric_builtins();
[[nodiscard]] std::span<const BuiltinEntry> temporal_builtins();
[[nodiscard]] std::span<const BuiltinEntry> range_builtins();
[[nodiscard]] std::span<const BuiltinEntry> context_builtins();

}  // namespace attune::feel
