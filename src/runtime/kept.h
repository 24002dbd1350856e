#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/position.h"
#include "base/result.h"
#include "runtime/kept_order.h"
#include "state/state_store.h"

namespace attune::runtime {

/// How many records are kept, and for how long.
struct KeptLimits {
    KeptLimit decisions{};
    KeptLimit quarantine{};
};

/// Decisions and quarantined events: written once, looked up later. New ones can be read at once
/// and rest in the state store with the next write-behind. Safe from any thread; not on the path of
/// an ordinary event.
class Kept {
public:
    explicit Kept(StateStore& store)
        : store_(store),
          decision_order_(store, Family::Decisions),
          quarantine_order_(store, Family::Quarantine) {}

    void keep_decision(const std::string& id, const std::string& json);
    void keep_quarantined(Position position, const std::string& json);

    [[nodiscard]] Result<std::optional<std::string>> decision(const std::string& id) const;
    /// Quarantined events behind `after`, oldest first.
    struct Quarantined {
        Position position;
        std::string json;
    };
    [[nodiscard]] Result<std::vector<Quarantined>> quarantined(
        std::optional<Position> after, std::size_t limit
    ) const;

    /// Finds again in which order the store's records came. Once, before anything is kept. A store
    /// of a version that did not note it gets the order of the keys, as if all came `now`.
    [[nodiscard]] Status restore(Timestamp now, StateBatch& batch);

    /// Moves what is new into `batch`, as kept `now`. It stays readable here until `stored`.
    void collect(Timestamp now, StateBatch& batch);
    /// What was collected last is in the store.
    void stored();

    /// Erases, with `batch`, the oldest records that are over a limit at `now`, and quarantined
    /// events before `log_begin`, whose call is gone too. As many at a time as kForgottenAtOnceMax.
    [[nodiscard]] Status forget(
        const KeptLimits& limits, Timestamp now, Position log_begin, StateBatch& batch
    );
    static constexpr std::size_t kForgottenAtOnceMax = 100'000;

    /// How many there are in the store; one that a restart has kept again counts twice.
    [[nodiscard]] std::uint64_t decision_count() const { return decision_order_.count(); }
    [[nodiscard]] std::uint64_t quarantined_count() const { return quarantine_order_.count(); }

private:
    using Records = std::map<std::pair<Family, std::string>, std::string>;

    [[nodiscard]] std::optional<std::string> find(Family family, const std::string& key) const;

    StateStore& store_;
    mutable std::mutex mutex_;
    Records fresh_;
    Records collected_;
    KeptOrder decision_order_;  ///< Both for one thread: who collects and forgets.
    KeptOrder quarantine_order_;
};

}  // namespace attune::runtime
