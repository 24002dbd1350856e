#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "state/state_store.h"

namespace attune::runtime {

/// How many records of a kind are kept, and for how long; 0 means without limit.
struct KeptLimit {
    std::uint64_t number_max = 0;
    Duration age_max{0};
};

/// The order in which the records of a family came, so that the oldest are found without reading
/// the others: numbers from 0, each leading to a record's key and its time. It rests in the store
/// beside them; docs/formats/state.md. One thread at a time.
class KeptOrder {
public:
    KeptOrder(const StateStore& store, Family family) : store_(store), family_(family) {}

    /// See Kept::restore.
    [[nodiscard]] Status restore(Timestamp now, StateBatch& batch);

    void add(std::string_view key, Timestamp now, StateBatch& batch);

    /// Erases the oldest records, and their places here, while they are over the limit or
    /// `gone(key)`.
    [[nodiscard]] Status forget(
        const KeptLimit& limit,
        Timestamp now,
        const std::function<bool(std::string_view key)>& gone,
        StateBatch& batch
    );

    [[nodiscard]] std::uint64_t count() const { return next_ - first_; }

private:
    [[nodiscard]] std::string place_key(std::uint64_t number) const;
    [[nodiscard]] std::string meta_key() const;
    void note_bounds(StateBatch& batch) const;

    const StateStore& store_;
    Family family_;
    std::uint64_t first_ = 0;
    std::uint64_t next_ = 0;
};

}  // namespace attune::runtime
