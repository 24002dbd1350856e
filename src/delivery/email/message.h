#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "delivery/payload.h"

namespace attune::delivery {

/// `name@host` with the name that is shown beside it.
struct Mailbox {
    std::string name;     ///< UTF-8; may be empty.
    std::string address;  ///< ASCII; safe in a header and in an SMTP command.
};

/// Reads `ann@example.com` or `Ann <ann@example.com>`. Nothing when the address is none that we
/// send to: one @, the usual characters, no address beyond ASCII.
[[nodiscard]] std::optional<Mailbox> parse_mailbox(std::string_view text);

struct Envelope {
    std::string from;
    std::string to;
};

/// A mail ready for SMTP.
struct Message {
    Envelope envelope;
    std::string source;  ///< RFC 5322, 7-bit ASCII, CRLF line ends, no line above 998 bytes.
};

/// What a message carries besides its payload.
struct MessageOrigin {
    std::string_view id;      ///< Of the delivery: left of the @ in Message-ID.
    std::string_view domain;  ///< Right of it.
    Timestamp date;
};

/// Writes a payload as a message: multipart/alternative when it has text and HTML. No value can
/// start another header: line ends in a subject, a name or a header become spaces. Fails on
/// addresses and header names that cannot be sent.
[[nodiscard]] Result<Message> write_message(
    const EmailPayload& payload, const MessageOrigin& origin
);

}  // namespace attune::delivery
