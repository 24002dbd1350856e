#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace attune::feel {

/// `\p{name}` or, negated, `\P{name}` as the inside of a PCRE2 class: a general category, or a
/// block
/// (`IsBasicLatin`). Nothing for an unknown name.
struct ClassPiece {
    std::string inside;    ///< What stands between the brackets.
    bool negated = false;  ///< The brackets are `[^...]`.
};
[[nodiscard]] std::optional<ClassPiece> property_class(std::string_view name, bool negated);

/// `\s`, `\S`, `\d`, `\D`, `\w`, `\W`, `\i`, `\I`, `\c`, `\C`; nothing for another letter.
[[nodiscard]] std::optional<ClassPiece> letter_class(char letter);

/// One character as PCRE2 takes it literally, inside and outside of brackets.
[[nodiscard]] std::string literal_character(char32_t code_point);

}  // namespace attune::feel
