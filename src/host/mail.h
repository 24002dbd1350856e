#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace attune::host {

/// An e-mail as it was received, decoded as far as a person wants to read it.
struct Mail {
    std::string from;             ///< Of the envelope.
    std::vector<std::string> to;  ///< Of the envelope.
    std::string message_id;       ///< Without the angle brackets.
    std::string subject;
    std::string text;
    std::string html;
    std::string source;  ///< The whole message as it came, line ends as CRLF.
    Timestamp received_at;
};

/// Reads a message (RFC 5322 with MIME: one level of multipart, quoted-printable and base64, UTF-8)
/// into subject, text, html and message_id. What it cannot read it leaves as it stands: a sink
/// refuses nothing.
[[nodiscard]] Mail parse_mail(std::string source);

}  // namespace attune::host
