#pragma once

#include "customer/feature.h"

namespace attune::customer {

// Exact features: the events themselves, oldest first, at most `keep`. See feature.h for the
// contracts.

void apply_to_events(
    const FeatureShape& shape, Blob& blob, std::size_t section, Timestamp time, const Value& value
);
[[nodiscard]] Value read_events(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
);
void merge_events(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
);
[[nodiscard]] std::size_t events_bytes_max(const FeatureShape& shape);
[[nodiscard]] std::optional<Timestamp> next_event_change(
    const FeatureShape& shape, std::string_view section, Timestamp time
);

}  // namespace attune::customer
