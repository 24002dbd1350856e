#pragma once

#include <optional>

#include "api/http_message.h"
#include "runtime/runtime.h"

namespace attune::api {

/// Why the caller may not ask about the customer that `identifier` names; nothing when they may, as
/// far as that can be told from the name: a user about themself, a source about a device.
[[nodiscard]] std::optional<Problem> may_name(
    const Caller& caller, const engine::OwnedIdentifier& identifier
);

/// The same once it is known whom the identifier leads to: a source may not ask about a customer
/// who has a userId, since who knows a device's id is not thereby that user.
[[nodiscard]] std::optional<Problem> may_ask(const Caller& caller, const runtime::Seat& seat);

}  // namespace attune::api
