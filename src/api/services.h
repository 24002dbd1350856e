#pragma once

#include <functional>
#include <string>

#include "api/responder.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "runtime/runtime.h"

namespace attune::api {

/// What the routes work with. Outlives the server.
struct Services {
    runtime::Runtime* runtime = nullptr;
    const Clock* clock = nullptr;
    Metrics* metrics = nullptr;
    /// Reads the workspace again, checks it and publishes it, away from the loops; answers when
    /// done.
    std::function<void(Responder)> publish;
    /// False while the server starts or drains; the reason is for people.
    std::function<bool(std::string& reason)> ready;
};

}  // namespace attune::api
