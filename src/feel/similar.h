#pragma once

#include <span>
#include <string>
#include <string_view>

namespace attune::feel {

/// The candidate that `name` was probably meant to be: at most a third of its letters away, case
/// aside. Empty if there is none.
[[nodiscard]] std::string most_similar(
    std::string_view name, std::span<const std::string> candidates
);

/// `did you mean "total"?`, or empty.
[[nodiscard]] std::string did_you_mean(const std::string& similar);

}  // namespace attune::feel
