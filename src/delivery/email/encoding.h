#pragma once

#include <string>
#include <string_view>

#include "base/time.h"

namespace attune::delivery {

/// A moment as RFC 5322 writes it: "Tue, 24 Nov 2026 14:26:15 +0000".
[[nodiscard]] std::string mail_date(Timestamp at);

/// UTF-8 text for a header: itself while it is plain ASCII of at most `plain_max` bytes, else
/// encoded words (RFC 2047). Control characters become spaces.
[[nodiscard]] std::string header_text(std::string_view text, std::size_t plain_max);

/// Quoted-printable (RFC 2045) with CRLF line ends; no line begins with a dot or with "--".
[[nodiscard]] std::string quoted_printable(std::string_view text);

}  // namespace attune::delivery
