#pragma once

#include <string>
#include <string_view>

namespace attune::feel {

/// Unicode's full case mapping without any language's exceptions.
[[nodiscard]] std::string to_upper(std::string_view text);
[[nodiscard]] std::string to_lower(std::string_view text);

}  // namespace attune::feel
