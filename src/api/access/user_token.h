#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/access/signature.h"
#include "base/result.h"
#include "base/time.h"

namespace attune::api::access {

/// What a token must say beside who its bearer is.
struct TokenRules {
    std::string issuer = {};                     ///< `iss`; empty: any.
    std::string audience = {};                   ///< One of `aud`; empty: any.
    Duration leeway = std::chrono::seconds(60);  ///< By which clocks may differ.
};

/// The keys that user tokens may be signed with: a JWK Set (RFC 7517). Immutable; for any thread.
class UserTokens {
public:
    static constexpr std::size_t kTokenBytesMax = 8'192;
    static constexpr std::size_t kKeysMax = 64;

    /// Keys of kinds or for uses that tokens do not have are left out. InvalidInput when the text
    /// is no JWK Set, a key is broken, or none is left.
    [[nodiscard]] static Result<UserTokens> create(std::string_view jwk_set, TokenRules rules);

    /// The `sub` of a token (RFC 7519, compact, signed by HS256, ES256, RS256 or EdDSA) that is
    /// good at `now`; `exp` is required. InvalidInput says what is wrong with it.
    [[nodiscard]] Result<std::string> verify(std::string_view token, Timestamp now) const;

private:
    struct Key {
        std::string id;  ///< `kid`; may be empty.
        SignatureKey key;
    };

    explicit UserTokens(TokenRules rules) : rules_(std::move(rules)) {}

    [[nodiscard]] bool signed_by_one(
        std::string_view id,
        std::string_view algorithm,
        std::string_view text,
        std::string_view signature
    ) const;

    TokenRules rules_;
    std::vector<Key> keys_;
};

/// The public half of a key as a JWK Set.
[[nodiscard]] std::string jwk_set_of(const SigningKey& key);

/// A token for `subject`.
[[nodiscard]] std::string make_user_token(
    const SigningKey& key, std::string_view subject, Timestamp now, Duration life
);

}  // namespace attune::api::access
