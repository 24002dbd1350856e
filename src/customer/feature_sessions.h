#pragma once

#include "customer/feature.h"

namespace attune::customer {

// Sessions: runs of events with pauses shorter than `gap`. See feature.h for the contracts. The
// value that an event comes with says whether it counts as a page.

/// Sessions that a late event can still lengthen or join; older ones are only counted.
constexpr std::size_t kSessionsMax = 8;

void apply_to_sessions(
    const FeatureShape& shape, Blob& blob, std::size_t section, Timestamp time, const Value& value
);
/// A context: active, start, length, events and pages of the session under way (null and zeroes
/// where there is none), and the count of sessions so far.
[[nodiscard]] Value read_sessions(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
);
void merge_sessions(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
);
[[nodiscard]] std::size_t sessions_bytes_max();
[[nodiscard]] std::optional<Timestamp> next_session_change(
    const FeatureShape& shape, std::string_view section, Timestamp time
);

}  // namespace attune::customer
