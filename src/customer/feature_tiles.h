#pragma once

#include "customer/feature.h"

namespace attune::customer {

// Count, Sum, Min, Max, Avg, Stddev and Rate: numbers in tiles. See feature.h for the contracts.

[[nodiscard]] std::size_t tile_record_bytes(Aggregate aggregate);
void apply_to_tile(
    const FeatureShape& shape, Blob& blob, std::size_t section, Timestamp time, const Value& value
);
[[nodiscard]] Value read_tiles(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
);
void merge_tiles(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
);

}  // namespace attune::customer
