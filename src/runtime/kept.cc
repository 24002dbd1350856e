#include "runtime/kept.h"

#include <algorithm>

namespace attune::runtime {

namespace {

std::string position_key(Position position) {
    std::string key;
    for (int shift = 56; shift >= 0; shift -= 8) {
        key += static_cast<char>(position.index >> static_cast<unsigned>(shift));
    }
    return key;
}

Position position_of(std::string_view key) {
    Position position;
    for (const char byte : key) {
        position.index = position.index << 8U | static_cast<unsigned char>(byte);
    }
    return position;
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

void Kept::collect(StateBatch& batch) {
    const std::lock_guard lock(mutex_);
    collected_.merge(fresh_);
    fresh_.clear();
    for (const auto& [key, json] : collected_) {
        batch.put(key.first, key.second, json);
    }
}

void Kept::stored() {
    const std::lock_guard lock(mutex_);
    collected_.clear();
}

}  // namespace attune::runtime
