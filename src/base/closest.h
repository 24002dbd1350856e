#pragma once

#include <span>
#include <string_view>

namespace attune {

/// The candidate closest to `name` by edit distance, where it is close enough to be a slip; empty
/// otherwise. For "did you mean".
[[nodiscard]] std::string_view closest(
    std::string_view name, std::span<const std::string_view> candidates
);

}  // namespace attune
