#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/position.h"
#include "base/result.h"

namespace attune {

/// Which part of the state a key belongs to. The numbers are stored.
enum class Family : std::uint8_t {
    Customers = 1,    ///< One packed blob by customer.
    Identifiers = 2,  ///< Identifier to customer.
    Outbox = 3,
    Decisions = 4,
    Quarantine = 5,
    Meta = 6,
    KeptOrder = 7,  ///< The order in which decisions and quarantined events came.
};

inline constexpr std::array kFamilies{
    Family::Customers,
    Family::Identifiers,
    Family::Outbox,
    Family::Decisions,
    Family::Quarantine,
    Family::Meta,
    Family::KeptOrder};

/// Puts and erasures that happen together or not at all; the last one of a key wins. Keeps copies.
/// Reused: clear() keeps the memory.
class StateBatch {
public:
    void put(Family family, std::string_view key, std::string_view value) {
        add(family, true, key, value);
    }
    void erase(Family family, std::string_view key) { add(family, false, key, {}); }

    void clear() {
        bytes_.clear();
        changes_.clear();
    }

    struct Change {
        Family family;
        bool put;  ///< Otherwise an erasure, without value.
        std::string_view key;
        std::string_view value;
    };

    [[nodiscard]] std::size_t size() const { return changes_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }

    /// The i-th change; valid until the batch changes.
    [[nodiscard]] Change at(std::size_t i) const {
        const Stored& change = changes_[i];
        const std::string_view all = bytes_;
        return {
            change.family,
            change.put,
            all.substr(change.offset, change.key_bytes),
            all.substr(change.offset + change.key_bytes, change.value_bytes)};
    }

private:
    struct Stored {
        std::size_t offset;
        std::uint32_t key_bytes;
        std::uint32_t value_bytes;
        Family family;
        bool put;
    };

    void add(Family family, bool put, std::string_view key, std::string_view value) {
        changes_.push_back(
            {bytes_.size(),
             static_cast<std::uint32_t>(key.size()),
             static_cast<std::uint32_t>(value.size()),
             family,
             put}
        );
        bytes_.append(key).append(value);
    }

    std::string bytes_;
    std::vector<Stored> changes_;
};

/// Which keys to scan, in byte order: those that start with `prefix`, from `from` on.
struct StateRange {
    std::string_view prefix{};
    std::string_view from{};  ///< A whole key, prefix included; empty: from the first.
};

/// Where the state rests: a sorted map by family, written behind the fold.
///
/// Each write carries the position of the log up to which the state is then complete. What survives
/// a crash is always the state as of some write, whole, with that position; so the fold resumes
/// from position(). The caller writes only what the log already has durably: `position <=
/// log.durable()`. Safe from any thread; a scan sees the store as it was when the scan began.
class StateStore {
public:
    StateStore() = default;
    StateStore(const StateStore&) = delete;
    StateStore& operator=(const StateStore&) = delete;
    StateStore(StateStore&&) = delete;
    StateStore& operator=(StateStore&&) = delete;
    virtual ~StateStore() = default;

    /// Applies the batch at once; durable later, in order. `position` never goes back (asserted).
    /// After an error the store refuses writes until it is opened again, as nobody knows what it
    /// has.
    virtual Status write(const StateBatch& batch, Position position) = 0;

    /// Makes everything written before the call durable.
    virtual Status flush() = 0;

    /// That of the last write; after opening, of the last one that survived.
    [[nodiscard]] virtual Position position() const = 0;

    /// That of the last write known to be durable: the log is needed from here on, not before.
    [[nodiscard]] virtual Position durable() const = 0;

    [[nodiscard]] virtual Result<std::optional<std::string>> get(
        Family family, std::string_view key
    ) const = 0;

    /// As many answers as keys, in their order.
    [[nodiscard]] virtual Result<std::vector<std::optional<std::string>>> multi_get(
        Family family, std::span<const std::string_view> keys
    ) const = 0;

    /// Returns whether to go on. Key and value are valid during the call.
    using Visit = std::function<bool(std::string_view key, std::string_view value)>;

    [[nodiscard]] virtual Status scan(Family family, const StateRange& range, const Visit& visit)
        const = 0;

    /// Leaves on the disk nothing of what these keys of a family, or without keys any of them, held
    /// before it was erased or replaced. Flushes first, and rewrites what lies around them.
    virtual Status purge(Family family, std::span<const std::string> keys) = 0;

    /// Bytes on disk and in memory, roughly, for metrics.
    struct Size {
        std::uint64_t disk_bytes = 0;
        std::uint64_t memory_bytes = 0;
    };
    [[nodiscard]] virtual Size size() const = 0;
};

}  // namespace attune
