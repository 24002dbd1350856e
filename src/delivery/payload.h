#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace attune::delivery {

using Headers = std::vector<std::pair<std::string, std::string>>;
constexpr std::size_t kHeadersMax = 32;

/// An e-mail to one recipient, its template already evaluated. All text is UTF-8; the channel
/// encodes it for the wire.
struct EmailPayload {
    std::string from;  ///< `name@host` or `Display Name <name@host>`.
    std::string to;    ///< Likewise.
    std::string subject;
    std::string text;  ///< The plain part; may be empty when there is HTML.
    std::string html;  ///< The HTML part; may be empty when there is text.
    /// Further header fields (List-Unsubscribe, Reply-To); none that the channel writes itself.
    Headers headers = {};

    friend bool operator==(const EmailPayload&, const EmailPayload&) = default;
};

/// An HTTP POST to a customer's or a company's endpoint.
struct WebhookPayload {
    std::string url;
    std::string body;
    std::string content_type = "application/json";
    /// Where the keys that sign it are kept, never a key itself: references as Secret::load reads
    /// them, separated by spaces. Several while keys rotate; empty: unsigned.
    std::string secret = {};
    /// Further header fields, in ASCII; none that the channel writes itself but Content-Type.
    Headers headers = {};

    friend bool operator==(const WebhookPayload&, const WebhookPayload&) = default;
};

[[nodiscard]] std::string encode(const EmailPayload& payload);
[[nodiscard]] std::string encode(const WebhookPayload& payload);
[[nodiscard]] Result<EmailPayload> decode_email(std::string_view bytes);
[[nodiscard]] Result<WebhookPayload> decode_webhook(std::string_view bytes);

/// What shares a queue and a circuit breaker for webhooks: the URL up to its path,
/// "https://hooks.example.com:8443", in lower case, without credentials. The whole text when it is
/// no http(s) URL.
[[nodiscard]] std::string origin_of(std::string_view url);

}  // namespace attune::delivery
