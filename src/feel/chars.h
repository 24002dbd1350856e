#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace attune::feel {

/// A code point and the bytes that it takes; bytes that are not UTF-8 are taken one by one as
/// U+FFFD. Zero bytes at the end of the text.
struct CodePoint {
    char32_t value = 0;
    std::size_t bytes = 0;
};

[[nodiscard]] CodePoint code_point_at(std::string_view text, std::size_t offset);
void append_utf8(char32_t code_point, std::string& out);
[[nodiscard]] std::size_t code_point_count(std::string_view text);
/// The byte offset of the code point with the given index; the size of the text beyond its end.
[[nodiscard]] std::size_t code_point_offset(std::string_view text, std::size_t index);

// Character classes of DMN 1.5, grammar rules 28, 29 and 62.
[[nodiscard]] bool name_start(char32_t code_point);
[[nodiscard]] bool name_part(char32_t code_point);
[[nodiscard]] bool white_space(char32_t code_point);
/// . / - ' + * and the typographic apostrophe
[[nodiscard]] bool name_symbol(char32_t code_point);

/// One part of a name: a run of letters and digits, or one operator.
struct NamePart {
    std::size_t offset = 0;  ///< After white space.
    std::size_t length = 0;  ///< Zero if no part of a name stands there.
    bool symbol = false;
};
/// The part of a name at `offset` or after white space there. Comments end a name.
[[nodiscard]] NamePart name_part_at(std::string_view text, std::size_t offset);

/// Byte offset of the first character that is neither white space nor in a comment; nothing
/// matches an unclosed comment: it runs to the end.
[[nodiscard]] std::size_t skip_space(std::string_view text, std::size_t offset);

}  // namespace attune::feel
