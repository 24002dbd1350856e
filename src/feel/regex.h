#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feel/regex_translate.h"

namespace attune::feel {

/// A compiled XQuery regular expression. For one thread.
class Regex {
public:
    ~Regex();
    Regex(const Regex&) = delete;
    Regex& operator=(const Regex&) = delete;

    /// Nothing if `pattern` is not well-formed.
    [[nodiscard]] static std::unique_ptr<Regex> compile(
        std::string_view pattern, const RegexFlags& flags
    );

    enum class Outcome : std::uint8_t { Match, None, LimitReached };

    /// Looks for the first match at or after byte `from`, in at most `steps_max` steps.
    Outcome find(std::string_view text, std::size_t from, std::uint32_t steps_max);

    /// Of the last match: the byte offsets of the whole (0) and of the groups; -1 for a group that
    /// took no part.
    struct Part {
        std::int64_t from = -1;
        std::int64_t to = -1;
    };
    [[nodiscard]] Part part(std::size_t group) const;
    [[nodiscard]] std::size_t group_count() const { return group_count_; }

private:
    struct Handles;
    explicit Regex(std::unique_ptr<Handles> handles);

    std::unique_ptr<Handles> handles_;
    std::size_t group_count_ = 0;
};

/// The compiled form of a pattern, from this thread's cache of recent ones; null if it is not
/// well-formed. Good until the next call.
[[nodiscard]] Regex* cached_regex(std::string_view pattern, const RegexFlags& flags);

}  // namespace attune::feel
