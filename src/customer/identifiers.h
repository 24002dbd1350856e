#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "customer/blob.h"

namespace attune::customer {

/// What a source calls a customer by. The numbers of the kinds are stored.
struct Identifier {
    enum class Kind : std::uint8_t {
        UserId,
        AnonymousId,
        Email,
        Phone,
        Other,  ///< One that the workspace has named; the text is `name:value`.
    };

    Kind kind = Kind::UserId;
    std::string_view text;

    friend bool operator==(const Identifier&, const Identifier&) = default;
};

/// An identifier that owns its text.
struct OwnedIdentifier {
    Identifier::Kind kind = Identifier::Kind::UserId;
    std::string text;

    [[nodiscard]] Identifier view() const { return {kind, text}; }
    friend bool operator==(const OwnedIdentifier&, const OwnedIdentifier&) = default;
};

/// "userId", "anonymousId", "email", "phone"; "other" for those that have a name of their own.
[[nodiscard]] std::string_view to_string(Identifier::Kind kind);

/// What the workspace calls such identifiers, and what this one is: "loyalty" and "123".
[[nodiscard]] std::string_view name_of(const Identifier& identifier);
[[nodiscard]] std::string_view value_of(const Identifier& identifier);

/// The same on every machine and in every version: it names the customer and picks the shard.
[[nodiscard]] std::uint64_t hash_of(const Identifier& identifier);

/// Bounds of the identifiers that a customer keeps. An anonymousId beyond them takes the place of
/// the oldest one: that one still leads to the customer, the customer only no longer lists it.
constexpr std::size_t kIdentifiersMax = 64;
constexpr std::size_t kIdentifierBytesMax = 256;
constexpr std::size_t kIdentifiersBytesMax = std::size_t{4} * 1024;

/// Reads and writes the identifiers section: all that lead to this customer, in the order in which
/// they were met.
[[nodiscard]] bool has_identifier(const Blob& blob, const Identifier& identifier);
/// Views into the blob; invalid after its next change.
[[nodiscard]] std::vector<Identifier> identifiers(const Blob& blob);
/// False if it was there already, is longer than kIdentifierBytesMax, or there is no room and no
/// older anonymousId to make it.
bool add_identifier(Blob& blob, const Identifier& identifier);

}  // namespace attune::customer
