#pragma once

#include <functional>

#include "customer/feature.h"

namespace attune::customer {

// Distinct, Last, First, Top, Since and Set: values with the time at which they were seen. See
// feature.h for the contracts.

void apply_to_values(
    const FeatureShape& shape, Blob& blob, std::size_t section, Timestamp time, const Value& value
);
[[nodiscard]] Value read_values(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
);
void merge_values(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
);
[[nodiscard]] std::size_t values_bytes_max(const FeatureShape& shape);

/// Calls `use` with the tile of every value held.
void each_value_tile(
    const FeatureShape& shape,
    std::string_view section,
    const std::function<void(std::uint32_t)>& use
);

/// A hash of what a value is, for telling values apart: equal numbers hash alike whatever their
/// scale.
[[nodiscard]] std::uint64_t hash_of(const Value& value);

}  // namespace attune::customer
