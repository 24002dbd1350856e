#include "api/caller.h"

#include <algorithm>

#include "customer/identifiers.h"

namespace attune::api {

using IdentifierKind = customer::Identifier::Kind;

std::optional<Problem> may_name(const Caller& caller, const engine::OwnedIdentifier& identifier) {
    switch (caller.kind) {
    case Caller::Kind::Server:
        return std::nullopt;
    case Caller::Kind::Source:
        if (identifier.kind == IdentifierKind::AnonymousId) {
            return std::nullopt;
        }
        return Problem{
            403,
            "token-needed",
            "cannot answer: only a user's own token may ask as a user",
            "userId"};
    case Caller::Kind::User:
        if (identifier.kind == IdentifierKind::UserId && identifier.text == caller.user) {
            return std::nullopt;
        }
        return Problem{
            403,
            "somebody-else",
            "cannot answer: the token is good for the `userId` that it names, and for nobody else",
            "userId"};
    }
    return std::nullopt;
}

std::optional<Problem> may_ask(const Caller& caller, const runtime::Seat& seat) {
    if (caller.kind != Caller::Kind::Source || !seat.place) {
        return std::nullopt;
    }
    const std::vector<customer::Identifier> all =
        customer::identifiers(seat.shard.blob(*seat.place));
    const bool known = std::any_of(all.begin(), all.end(), [](const customer::Identifier& one) {
        return one.kind == IdentifierKind::UserId;
    });
    if (!known) {
        return std::nullopt;
    }
    return Problem{
        403,
        "token-needed",
        "cannot answer: this device belongs to a user by now; ask with the user's own token",
        "anonymousId"};
}

}  // namespace attune::api
