#include "api/find_customer.h"

#include <algorithm>
#include <utility>

#include "api/ask.h"
#include "customer/identifiers.h"

namespace attune::api {

using engine::OwnedIdentifier;
using runtime::Seat;

namespace {

std::string names_of(const program::Identity& identity) {
    std::string names;
    for (const program::IdentifierKind& kind : identity.kinds) {
        names += (names.empty() ? "" : ", ") + kind.name;
    }
    return names;
}

}  // namespace

std::vector<OwnedIdentifier> named_customer(
    const program::Identity& identity, const Request& request, Responder& responder
) {
    using Kind = customer::Identifier::Kind;
    const std::string id =
        request.query_value("identifier").value_or(std::string(request.parameter("id")));
    const std::string by = request.query_value("by").value_or("");
    std::vector<OwnedIdentifier> tries;
    const auto add = [&](std::optional<OwnedIdentifier> identifier) {
        if (identifier) {
            tries.push_back(std::move(*identifier));
        }
    };
    if (!by.empty()) {
        const program::IdentifierKind* const kind = identity.kind_named(by);
        if (kind != nullptr) {
            add(program::make_identifier(*kind, id));
        }
    } else {
        add(OwnedIdentifier{Kind::UserId, id});
        add(OwnedIdentifier{Kind::AnonymousId, id});
        add(identity.parse(id));
    }
    if (tries.empty()) {
        responder.send(Problem{
            400,
            "invalid-question",
            "cannot look a customer up by \"" + by + "\" with \"" + id + "\"; `by` is one of " +
                names_of(identity) + ", and the id has its form",
            "by"});
    }
    return tries;
}

std::vector<std::uint64_t> hashes_leading_to(const Seat& seat, engine::Place place) {
    std::vector<std::uint64_t> hashes{customer::hash_of(seat.identifier.view())};
    for (const customer::Identifier& one : customer::identifiers(seat.shard.blob(place))) {
        const std::uint64_t hash = customer::hash_of(one);
        if (std::find(hashes.begin(), hashes.end(), hash) == hashes.end()) {
            hashes.push_back(hash);
        }
    }
    return hashes;
}

void find_customer(
    runtime::Runtime& runtime,
    std::shared_ptr<Responder> responder,
    std::vector<OwnedIdentifier> left,
    std::function<void(Responder&, const Seat&, engine::Place)> found
) {
    const OwnedIdentifier first = left.front();
    left.erase(left.begin());
    ask(runtime,
        first,
        [&runtime, responder, first, found = std::move(found), left = std::move(left)](Seat seat
        ) mutable {
            if (seat.place) {
                if (seat.worker.fold().next_wake(seat.shard.blob(*seat.place)) < seat.now) {
                    seat.worker.run_due(seat.now);
                }
                found(*responder, seat, *seat.place);
            } else if (!left.empty()) {
                find_customer(runtime, std::move(responder), std::move(left), std::move(found));
            } else {
                responder->send(Problem{
                    404,
                    "not-found",
                    "there is no customer with the identifier \"" + first.text + "\"",
                    ""});
            }
        });
}

}  // namespace attune::api
