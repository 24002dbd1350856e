#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace attune::feel {

/// The flags of fn:matches (XPath and XQuery Functions and Operators 3.1, 5.6.2).
struct RegexFlags {
    bool dot_all = false;           ///< s
    bool multiline = false;         ///< m
    bool case_insensitive = false;  ///< i
    bool free_spacing = false;      ///< x
    bool literal = false;           ///< q

    /// Nothing for a letter that is no flag.
    [[nodiscard]] static std::optional<RegexFlags> parse(std::string_view letters);
    friend bool operator==(const RegexFlags&, const RegexFlags&) = default;
};

/// An XQuery regular expression (F&O 3.1, 5.6.1: XML Schema's, with anchors, reluctant quantifiers,
/// groups and back-references) in the syntax of PCRE2. Everything that means something else there
/// is spelled out: `.`, `$`, `\w`, `\i`, class subtraction, blocks. Nothing if it is not
/// well-formed.
[[nodiscard]] std::optional<std::string> translate_regex(
    std::string_view pattern, const RegexFlags& flags
);

}  // namespace attune::feel
