#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "delivery/secret.h"

namespace attune::delivery {

/// A key of Standard Webhooks 1.0.0: symmetric, HMAC-SHA256.
class SigningKey {
public:
    /// Reads `whsec_` and base64 of 24 to 64 bytes.
    static Result<SigningKey> create(const Secret& secret);

    /// "v1," and the signature in base64.
    [[nodiscard]] std::string sign(std::string_view id, Timestamp at, std::string_view body) const;

private:
    explicit SigningKey(Secret key) : key_(std::move(key)) {}

    Secret key_;  // the bytes
};

/// The value of `webhook-signature`: one signature a key, separated by spaces.
[[nodiscard]] std::string sign(
    const std::vector<SigningKey>& keys, std::string_view id, Timestamp at, std::string_view body
);

/// Seconds since 1970, as `webhook-timestamp` carries them.
[[nodiscard]] std::string webhook_timestamp(Timestamp at);

}  // namespace attune::delivery
