#pragma once

#include "customer/feature.h"

namespace attune::customer {

// Count, Sum and Rate with a half-life: one score and the time as of which it holds. See feature.h
// for the contracts.

void apply_to_score(
    const FeatureShape& shape, Blob& blob, std::size_t section, Timestamp time, const Value& value
);
[[nodiscard]] Value read_score(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
);
void merge_score(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
);

constexpr std::size_t kScoreRecordBytes = 16;

}  // namespace attune::customer
