#include "runtime/kept.h"

#include <algorithm>

#include "base/bytes.h"

namespace attune::runtime {

namespace {

std::string position_key(Position position) {
    return big_endian(position.index);
}

Position position_of(std::string_view key) {
    return {read_big_endian(key)};
}

}  // namespace

void Kept::keep_decision(const std::string& id, const std::string& json) {
    const std::lock_guard lock(mutex_);
    fresh_[{Family::Decisions, id}] = json;
}

void Kept::keep_quarantined(Position position, const std::string& json) {
    const std::lock_guard lock(mutex_);
    fresh_[{Family::Quarantine, position_key(position)}] = json;
}

std::optional<std::string> Kept::find(Family family, const std::string& key) const {
    const std::lock_guard lock(mutex_);
    for (const Records* records : {&fresh_, &collected_}) {
        const auto found = records->find({family, key});
        if (found != records->end()) {
            return found->second;
        }
    }
    return std::nullopt;
}

Result<std::optional<std::string>> Kept::decision(const std::string& id) const {
    if (auto found = find(Family::Decisions, id)) {
        return found;
    }
    return store_.get(Family::Decisions, id);
}

Result<std::vector<Kept::Quarantined>> Kept::quarantined(
    std::optional<Position> after, std::size_t limit
) const {
    const std::string from = after ? position_key(*after + 1) : position_key(Position{});
    std::map<std::string, std::string> found;
    const Status scanned =
        store_.scan(Family::Quarantine, {.prefix = {}, .from = from}, [&](auto key, auto value) {
            found.emplace(key, value);
            return found.size() < limit;
        });
    if (!scanned) {
        return scanned.error();
    }
    {
        const std::lock_guard lock(mutex_);
        for (const Records* records : {&collected_, &fresh_}) {
            for (auto at = records->lower_bound({Family::Quarantine, from});
                 at != records->end() && at->first.first == Family::Quarantine;
                 ++at) {
                found.emplace(at->first.second, at->second);
            }
        }
    }
    std::vector<Quarantined> items;
    for (const auto& [key, json] : found) {
        if (items.size() == limit) {
            break;
        }
        items.push_back({position_of(key), json});
    }
    return items;
}

Status Kept::restore(Timestamp now, StateBatch& batch) {
    for (KeptOrder* order : {&decision_order_, &quarantine_order_}) {
        if (Status restored = order->restore(now, batch); !restored) {
            return restored;
        }
    }
    return Done{};
}

void Kept::collect(Timestamp now, StateBatch& batch) {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, json] : fresh_) {
        (key.first == Family::Decisions ? decision_order_ : quarantine_order_)
            .add(key.second, now, batch);
    }
    collected_.merge(fresh_);
    fresh_.clear();
    for (const auto& [key, json] : collected_) {
        batch.put(key.first, key.second, json);
    }
}

Status Kept::forget(
    const KeptLimits& limits, Timestamp now, Position log_begin, StateBatch& batch
) {
    const auto never = [](std::string_view) { return false; };
    const auto gone = [&](std::string_view key) { return position_of(key) < log_begin; };
    Status forgotten = decision_order_.forget(limits.decisions, now, never, batch);
    return forgotten ? quarantine_order_.forget(limits.quarantine, now, gone, batch) : forgotten;
}

void Kept::stored() {
    const std::lock_guard lock(mutex_);
    collected_.clear();
}

}  // namespace attune::runtime
