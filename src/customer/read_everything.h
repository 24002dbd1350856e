#pragma once

#include <cstddef>
#include <string>

#include "customer/attributes.h"
#include "customer/feature.h"
#include "customer/held.h"
#include "customer/identifiers.h"
#include "customer/inbox.h"
#include "customer/instances.h"
#include "customer/layout.h"
#include "customer/limits.h"
#include "customer/memberships.h"
#include "customer/merges.h"
#include "customer/recent_ids.h"
#include "customer/sections.h"
#include "customer/waiting.h"
#include "value/json.h"

namespace attune::customer {

/// A feature of every aggregate, with and without a window; for tests and fuzzing.
[[nodiscard]] inline Layout layout_of_everything() {
    std::vector<Layout::Feature> features;
    for (auto aggregate = 0U; aggregate <= static_cast<unsigned>(Aggregate::Quantile);
         ++aggregate) {
        for (const bool windowed : {false, true}) {
            FeatureShape shape;
            shape.aggregate = static_cast<Aggregate>(aggregate);
            shape.tile = Duration(windowed ? 1'000 : 0);
            shape.tile_count = windowed ? 10 : 1;
            shape.keep = shape.aggregate == Aggregate::Quantile ? 64 : 3;
            shape.half_life = Duration(windowed && shape.aggregate == Aggregate::Top ? 60'000 : 0);
            shape.rate_per = Duration(1'000);
            shape.gap = Duration(4'000);
            shape.quantile_ppm = 500'000;
            features.push_back({2 * aggregate + (windowed ? 1 : 0) + 1, shape});
        }
    }
    return Layout::of(std::move(features));
}

/// Reads all that a blob holds, as far as `layout` names it; how much there was.
inline std::size_t read_everything(const Layout& layout, const Blob& blob) {
    if (blob.section_count() != kFeatures + layout.features.size()) {
        return 0;
    }
    Arena arena;
    const Timestamp now(1'000'000);
    std::size_t bytes = identifiers(blob).size() + memberships(blob).size();
    bytes += json::to_json(read_attributes(blob.section(kTraits), arena)).size();
    bytes += json::to_json(read_attributes(blob.section(kConsent), arena)).size();
    bytes += held(blob).size() + merges(blob).size() + (earliest_held(blob) == kNever ? 0U : 1U);
    bytes += waiting(blob).size() + (earliest_waiting(blob) == kNever ? 0U : 1U);
    bytes += instances(blob).size() + (earliest_deadline(blob) == kNever ? 0U : 1U);
    bytes += used(blob, {7, 3, Duration(1'000)}, now) + (seen_before(blob, 7) ? 1U : 0U);
    bytes += is_member(blob, 7) ? 1U : 0U;
    for (const Message& message : messages_after(blob, 0)) {
        bytes += message.body.size();
    }
    for (std::size_t i = 0; i < layout.features.size(); ++i) {
        const FeatureShape& shape = layout.features[i].shape;
        const std::string_view section = blob.section(kFeatures + i);
        bytes += json::to_json(read(shape, section, now, arena)).size();
        bytes += next_change(shape, section, now) ? 1U : 0U;
    }
    return bytes;
}

}  // namespace attune::customer
