#pragma once

#include <map>
#include <shared_mutex>
#include <string>

#include "state/state_store.h"

namespace attune {

/// A store that lasts as long as the process, for tests and in-memory runs. A scan holds the lock:
/// do not write from its visitor.
class MemoryStore final : public StateStore {
public:
    Status write(const StateBatch& batch, Position position) override;
    Status flush() override;
    [[nodiscard]] Position position() const override;
    [[nodiscard]] Position durable() const override;
    [[nodiscard]] Result<std::optional<std::string>> get(Family family, std::string_view key)
        const override;
    [[nodiscard]] Result<std::vector<std::optional<std::string>>> multi_get(
        Family family, std::span<const std::string_view> keys
    ) const override;
    [[nodiscard]] Status scan(Family family, const StateRange& range, const Visit& visit)
        const override;
    Status purge(Family, std::span<const std::string>) override { return flush(); }
    [[nodiscard]] Size size() const override;

private:
    mutable std::shared_mutex mutex_;
    std::map<std::string, std::string, std::less<>> entries_;  // Family byte, then the key.
    std::uint64_t bytes_ = 0;
    Position position_;
    Position durable_;
};

}  // namespace attune
