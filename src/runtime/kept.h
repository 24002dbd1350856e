#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/position.h"
#include "base/result.h"
#include "state/state_store.h"

namespace attune::runtime {

/// Decisions and quarantined events: written once, looked up later. New ones can be read at once
/// and rest in the state store with the next write-behind. Safe from any thread; not on the path of
/// an ordinary event.
class Kept {
public:
    explicit Kept(StateStore& store) : store_(store) {}

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

    /// Moves what is new into `batch`. It stays readable here until `stored`.
    void collect(StateBatch& batch);
    /// What was collected last is in the store.
    void stored();

private:
    using Records = std::map<std::pair<Family, std::string>, std::string>;

    [[nodiscard]] std::optional<std::string> find(Family family, const std::string& key) const;

    StateStore& store_;
    mutable std::mutex mutex_;
    Records fresh_;
    Records collected_;
};

}  // namespace attune::runtime
