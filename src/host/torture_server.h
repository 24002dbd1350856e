#pragma once

#include <cstdint>
#include <string>

#include "log/segments/mutant.h"
#include "runtime/mutant.h"

namespace attune::host {

struct ServerTorture {
    std::uint64_t seed = 1;
    std::uint64_t cuts = 100;
    segments::Mutant log_mutant = segments::Mutant::None;
    runtime::Mutant mutant = runtime::Mutant::None;
};

struct ServerTortureReport {
    std::uint64_t cuts = 0;          ///< Power cuts, and kills of the process alone.
    std::uint64_t acknowledged = 0;  ///< Events.
    std::uint64_t effects = 0;       ///< Webhooks that arrived, each counted once.
    std::uint64_t attempts = 0;      ///< Of webhooks; repeated ones carry the same id.
    std::uint64_t erased = 0;        ///< Customers; they may come back.
    std::uint64_t lost = 0;          ///< Acknowledged events, or effects of events, that were gone.
    std::uint64_t duplicated = 0;    ///< Events counted twice, effects sent again after their mark.
    std::uint64_t wrong =
        0;  ///< Events nobody sent, other ids, caps exceeded, state not the log's.
    std::uint64_t refused = 0;  ///< Times that the folder would not open or read, though it had to.
    std::string first_failure;  ///< Empty: none. With the arguments that show it again.

    [[nodiscard]] std::uint64_t failures() const { return lost + duplicated + wrong + refused; }
    void add(const ServerTortureReport& other);
};

/// The whole server but for HTTP, on a simulated disk: segment log, RocksDB, workers, outbox.
/// Clients send events, and send them again under the same message id until they are acknowledged;
/// webhooks succeed, fail, or hang; the power is cut at any call, also while recovering. An oracle
/// knows each event and each effect:
///   - acknowledged events are in the state of their customer, each once, and no others;
///   - an effect that went out has its cause in the state; the same cause has the same id; it
///   arrives
///     at least once, and never again once the log has its mark;
///   - of customers who were erased nothing is left on the disk, in a state or in an effect; who
///     comes back has what came after, and nothing from before;
///   - no customer gets more than the campaign's limit;
///   - the stored state is the fold of the log, byte for byte.
[[nodiscard]] ServerTortureReport torture_server(const ServerTorture& options);

}  // namespace attune::host
