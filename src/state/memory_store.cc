#include "state/memory_store.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/assert.h"

namespace attune {

namespace {

std::string key_of(Family family, std::string_view key) {
    std::string full(1, static_cast<char>(family));
    full.append(key);
    return full;
}

}  // namespace

Status MemoryStore::write(const StateBatch& batch, Position position) {
    const std::unique_lock guard(mutex_);
    ATTUNE_ASSERT(position >= position_);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const StateBatch::Change change = batch.at(i);
        std::string key = key_of(change.family, change.key);
        if (const auto found = entries_.find(key); found != entries_.end()) {
            bytes_ -= found->first.size() + found->second.size();
            entries_.erase(found);
        }
        if (change.put) {
            bytes_ += key.size() + change.value.size();
            entries_.emplace(std::move(key), change.value);
        }
    }
    position_ = position;
    return Done{};
}

Status MemoryStore::flush() {
    const std::unique_lock guard(mutex_);
    durable_ = position_;
    return Done{};
}

Position MemoryStore::position() const {
    const std::shared_lock guard(mutex_);
    return position_;
}

Position MemoryStore::durable() const {
    const std::shared_lock guard(mutex_);
    return durable_;
}

Result<std::optional<std::string>> MemoryStore::get(Family family, std::string_view key) const {
    const std::shared_lock guard(mutex_);
    const auto found = entries_.find(key_of(family, key));
    if (found == entries_.end()) {
        return std::optional<std::string>();
    }
    return std::optional<std::string>(found->second);
}

Result<std::vector<std::optional<std::string>>> MemoryStore::multi_get(
    Family family, std::span<const std::string_view> keys
) const {
    std::vector<std::optional<std::string>> values;
    values.reserve(keys.size());
    for (const std::string_view key : keys) {
        values.push_back(get(family, key).value());
    }
    return values;
}

Status MemoryStore::scan(Family family, const StateRange& range, const Visit& visit) const {
    const std::shared_lock guard(mutex_);
    const std::string prefix = key_of(family, range.prefix);
    auto at = entries_.lower_bound(std::max(prefix, key_of(family, range.from)));
    for (; at != entries_.end() && at->first.starts_with(prefix); ++at) {
        if (!visit(std::string_view(at->first).substr(1), at->second)) {
            break;
        }
    }
    return Done{};
}

StateStore::Size MemoryStore::size() const {
    const std::shared_lock guard(mutex_);
    return {.disk_bytes = 0, .memory_bytes = bytes_};
}

}  // namespace attune
