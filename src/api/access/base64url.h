#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace attune::api::access {

/// Base64 with the alphabet of URLs and without padding (RFC 7515, section 2).
[[nodiscard]] std::string to_base64url(std::string_view bytes);

/// Nothing for any other text, needless bits in the last digit included: one text for each value.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

}  // namespace attune::api::access
