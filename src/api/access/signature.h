#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_pkey_st;

namespace attune::api::access {

/// The signatures of tokens that are understood (RFC 7518, RFC 8037). One key has one of them: what
/// a token says of itself never chooses how its signature is read.
enum class Algorithm : std::uint8_t { Hs256, Es256, Rs256, EdDsa };

/// "HS256"
[[nodiscard]] std::string_view to_string(Algorithm algorithm);

/// Checks signatures of one key. For any thread.
class SignatureKey {
public:
    /// A secret of at least 32 bytes, shared with who signs.
    [[nodiscard]] static Result<SignatureKey> hs256(std::string secret);
    /// A point of P-256, 32 bytes each.
    [[nodiscard]] static Result<SignatureKey> es256(std::string_view x, std::string_view y);
    /// Modulus of 2,048 to 8,192 bits and exponent, big-endian.
    [[nodiscard]] static Result<SignatureKey> rs256(std::string_view n, std::string_view e);
    /// A key of Ed25519, 32 bytes.
    [[nodiscard]] static Result<SignatureKey> eddsa(std::string_view x);

    [[nodiscard]] Algorithm algorithm() const { return algorithm_; }

    /// Whether `signature`, as tokens carry it, is one of `text`. In a time that does not tell how
    /// much of it is right.
    [[nodiscard]] bool verify(std::string_view text, std::string_view signature) const;

private:
    SignatureKey(Algorithm algorithm, std::string secret, std::shared_ptr<evp_pkey_st> key)
        : algorithm_(algorithm), secret_(std::move(secret)), key_(std::move(key)) {}

    Algorithm algorithm_;
    std::string secret_;
    std::shared_ptr<evp_pkey_st> key_;
};

/// The private half of an ES256 key, to sign with.
class SigningKey {
public:
    /// Makes a new one.
    [[nodiscard]] static Result<SigningKey> make();
    /// Reads what to_pem() wrote.
    [[nodiscard]] static Result<SigningKey> from_pem(const std::string& pem);

    [[nodiscard]] std::string to_pem() const;
    /// The coordinates of the public half, 32 bytes each.
    [[nodiscard]] std::pair<std::string, std::string> point() const;
    [[nodiscard]] std::string sign(std::string_view text) const;

private:
    explicit SigningKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}

    std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace attune::api::access
