#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "customer/feature.h"

namespace attune::customer {

// How many different values there are in a window: counted while they are at most `keep`, estimated
// while they are more, and counted again once they have become fewer. Which it is follows from the
// values and the tiles in which they were last seen, not from their order. See feature.h for the
// contracts.

/// Notes a value, by its hash, as seen in `tile`.
void see_distinct(
    const FeatureShape& shape,
    Blob& blob,
    std::size_t section,
    std::uint32_t tile,
    std::uint64_t hash
);
[[nodiscard]] std::int64_t count_distinct(
    const FeatureShape& shape, std::string_view section, std::uint32_t newest
);
void merge_distinct(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
);
/// Calls `use` with the tile of every value held.
void each_distinct_tile(std::string_view section, const std::function<void(std::uint32_t)>& use);
[[nodiscard]] std::size_t distinct_bytes_max(const FeatureShape& shape);

}  // namespace attune::customer
