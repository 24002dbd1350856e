#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "api/http_message.h"
#include "api/responder.h"
#include "runtime/runtime.h"

namespace attune::api {

/// The identifiers that a path's `{id}`, or `identifier` of the query, may mean: of the kind that
/// `by` names, else a userId, an anonymousId, or any kind with its name in front
/// (`email:ada@example.com`), in this order. Empty, and answered, if there are none.
[[nodiscard]] std::vector<engine::OwnedIdentifier> named_customer(
    const program::Identity& identity, const Request& request, Responder& responder
);

/// Hashes of all that is known to lead to the customer at `place`: the identifier under which they
/// were found, and their own.
[[nodiscard]] std::vector<std::uint64_t> hashes_leading_to(
    const runtime::Seat& seat, engine::Place place
);

/// Looks a customer up by each of `left` in turn and calls `found` on the worker's thread, with
/// everything that was due done; answers 404 when there is nobody.
void find_customer(
    runtime::Runtime& runtime,
    std::shared_ptr<Responder> responder,
    std::vector<engine::OwnedIdentifier> left,
    std::function<void(Responder&, const runtime::Seat&, engine::Place)> found
);

}  // namespace attune::api
