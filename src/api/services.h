#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/responder.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "runtime/runtime.h"

namespace attune::api {

/// The erasure of customers, and what is held of them: a port, as it takes the log's rewriting and
/// a record of its own. From any thread; answers on a thread of its own.
class Erasures {
public:
    Erasures() = default;
    Erasures(const Erasures&) = delete;
    Erasures& operator=(const Erasures&) = delete;
    Erasures(Erasures&&) = delete;
    Erasures& operator=(Erasures&&) = delete;
    virtual ~Erasures() = default;

    /// Erases the customer whom the first of `identifiers` that leads to one leads to; when none
    /// does, what is left of all of them. `done` with the erasure's id once nothing can be asked
    /// any more and that is durable; the log follows.
    virtual void erase(
        std::vector<engine::OwnedIdentifier> identifiers,
        std::function<void(Result<std::string>)> done
    ) = 0;

    /// Whether an erasure is complete, the log included; nothing when there is none of that id.
    [[nodiscard]] virtual std::optional<bool> complete(const std::string& id) const = 0;

    /// What is kept of a customer beside the profile, each as JSON.
    struct History {
        std::vector<std::string> decisions;
        std::vector<std::string> quarantined;
        std::vector<std::string> events;  ///< From the log, as they came.
        std::optional<Position> next;     ///< There is more: ask again from here on.
    };
    /// `identifiers`: hashes of all that lead to the customer.
    virtual void history(
        std::vector<std::uint64_t> identifiers,
        Position from,
        std::function<void(Result<History>)> done
    ) = 0;
};

/// What the routes work with. Outlives the server.
struct Services {
    runtime::Runtime* runtime = nullptr;
    const Clock* clock = nullptr;
    Metrics* metrics = nullptr;
    Erasures* erasures = nullptr;
    /// Reads the workspace again, checks it and publishes it, away from the loops; answers when
    /// done.
    std::function<void(Responder)> publish;
    /// False while the server starts or drains; the reason is for people.
    std::function<bool(std::string& reason)> ready;
};

}  // namespace attune::api
