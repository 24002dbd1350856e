#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "customer/blob.h"
#include "customer/identifiers.h"
#include "customer/merges.h"
#include "program/identity.h"

namespace attune::engine {

/// What the rules of joining need to know of a customer.
struct Standing {
    bool named = false;  ///< Has a userId.
    bool merges_left = true;
    std::uint32_t identifiers = 0;
    std::vector<std::uint32_t> taken;  ///< Of these, by Identity::kinds.

    /// Whether one more identifier is listed for sure.
    [[nodiscard]] bool room() const { return identifiers < customer::kIdentifiersMax; }
};

/// Of somebody of whom nothing is known yet: what `known_as` alone says.
[[nodiscard]] Standing standing_of(
    const program::Identity& identity, const customer::Identifier& known_as
);
[[nodiscard]] Standing standing_of(
    const program::Identity& identity, const customer::Blob& blob, Timestamp now
);

/// That an event names a customer by one more identifier.
struct Claim {
    customer::OwnedIdentifier identifier;
    customer::OwnedIdentifier to;  ///< The customer's own first identifier; they wait meanwhile.
    bool alias = false;            ///< An alias call says so outright.
    Standing standing;             ///< The customer's.

    /// Whether the identifier stands for whoever it leads to, however far. A device's or a user's
    /// own identifier stands for itself: once it leads on, it is only pointed elsewhere.
    [[nodiscard]] bool follows() const {
        using Kind = customer::Identifier::Kind;
        return identifier.kind != Kind::UserId && identifier.kind != Kind::AnonymousId;
    }
};

/// What comes of a claim.
struct Ruling {
    enum class Act : std::uint8_t {
        Leads,  ///< The identifier leads to the claimant from now on; nobody is joined.
        Gives,  ///< Who had it is joined to the claimant.
        Takes,  ///< The claimant is joined to who has it.
        Stays,  ///< Refused; it leads where it led.
    };

    Act act = Act::Leads;
    customer::MergeOutcome refused = customer::MergeOutcome::Merged;  ///< Why, of Stays.
};

/// Decides on a claim. `owner` is who has the identifier: null for nobody, and for a device or user
/// whose state is with somebody already.
///
/// A device that belongs to one user and is used by a second is pointed to the second, and nobody
/// is joined: one device, two people. Of two customers the one with a userId goes on living; two
/// with a userId each are joined by an alias call only, or by identifiers that may join users.
[[nodiscard]] Ruling judge(
    const program::Identity& identity, const Claim& claim, const Standing* owner
);

}  // namespace attune::engine
