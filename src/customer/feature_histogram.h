#pragma once

#include <functional>

#include "customer/feature.h"

namespace attune::customer {

// Quantile: counts of numbers that agree in their leading bits, by tile. See feature.h for the
// contracts and docs/adr/0050 for why it is not a sampling sketch.

void apply_to_histogram(
    const FeatureShape& shape, Blob& blob, std::size_t section, Timestamp time, const Value& value
);
[[nodiscard]] Value read_histogram(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
);
void merge_histogram(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
);
[[nodiscard]] std::size_t histogram_bytes_max(const FeatureShape& shape);
/// Calls `use` with the tile of every cell.
void each_histogram_tile(std::string_view section, const std::function<void(std::uint32_t)>& use);

}  // namespace attune::customer
