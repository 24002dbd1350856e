#pragma once

#include "customer/feature.h"

namespace attune::customer {

// Grouped features: one feature of the same shape for each key. See feature.h for the contracts.

void apply_to_group(
    const FeatureShape& shape,
    Blob& blob,
    std::size_t section,
    Timestamp time,
    const Value& value,
    const Value& key
);
[[nodiscard]] Value read_groups(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
);
void merge_groups(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
);
[[nodiscard]] std::size_t groups_bytes_max(const FeatureShape& shape);
[[nodiscard]] std::optional<Timestamp> next_group_change(
    const FeatureShape& shape, std::string_view section, Timestamp time
);

}  // namespace attune::customer
