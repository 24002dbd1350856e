#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/erasure.h"
#include "state/state_store.h"

/// What a state store holds of erased customers.
namespace attune::host {

/// Its keys, whether there is still something under them or not.
struct StoreKeys {
    std::vector<std::string> customers;
    std::vector<std::string> identifiers;
    std::vector<std::string> deliveries;
    std::vector<std::string> decisions;
    std::vector<std::string> quarantined;
};

/// Both below are Unavailable when they are not to `go_on`, which is asked now and then.

/// Called for each decision and quarantined event.
using VisitKept = std::function<void(Family family, std::string_view json)>;

[[nodiscard]] Result<StoreKeys> keys_of(
    const StateStore& store,
    const runtime::ErasureFilter& filter,
    const VisitKept& visit = [](Family, std::string_view) {},
    const std::function<bool()>& go_on = [] { return true; }
);

/// Leaves nothing on the disk of what these keys held. The store has been told to erase them. What
/// comes and goes all the time is purged whole: rows that were let go before may lie there still.
[[nodiscard]] Status purge(
    StateStore& store,
    const StoreKeys& keys,
    const std::function<bool()>& go_on = [] { return true; }
);

}  // namespace attune::host
