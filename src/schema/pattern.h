#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace attune::schema {

/// A regular expression that a text is searched for, as JSON Schema's `pattern`: unanchored,
/// Unicode, ECMA-262 as far as PCRE2 speaks it. Compiled once; immutable and safe to share between
/// threads.
class Pattern {
public:
    /// Steps that one match may take; a text that needs more does not match. A thousand steps a
    /// byte of the longest usual text, and still under a millisecond.
    static constexpr unsigned kMatchStepsMax = 100'000;
    static constexpr std::size_t kPatternBytesMax = 4'096;

    [[nodiscard]] static Result<Pattern> compile(std::string_view text);

    [[nodiscard]] bool found_in(std::string_view subject) const;
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    Pattern(std::string text, std::shared_ptr<const void> code)
        : text_(std::move(text)), code_(std::move(code)) {}

    std::string text_;
    std::shared_ptr<const void> code_;
};

}  // namespace attune::schema
