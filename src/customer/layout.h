#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "customer/blob.h"
#include "customer/feature.h"
#include "customer/recent_ids.h"

namespace attune::customer {

/// Which feature each section behind the fixed ones belongs to. A program has one; its blobs carry
/// its hash.
struct Layout {
    struct Feature {
        std::uint64_t definition =
            0;  ///< A hash of all that makes the feature's value; the name is not part of it.
        FeatureShape shape;
    };

    std::uint64_t hash = 0;
    std::vector<Feature> features;
    /// Ids remembered against repeats; no part of the hash, as it changes nothing about the
    /// sections.
    std::size_t recent_ids_max = kRecentIdsMax;
    /// Blob::judged_by of a customer who is new: there is nothing to be caught up with. No part of
    /// the hash either.
    std::uint32_t segments = 0;

    /// A layout of these features; its hash follows from their definitions, in order.
    [[nodiscard]] static Layout of(std::vector<Feature> features);

    [[nodiscard]] Blob empty_blob() const;

    /// The most bytes that a blob of this layout can grow to, patterns' instances included.
    [[nodiscard]] std::size_t bytes_max(
        std::size_t instances_max,
        std::size_t segment_count,
        std::size_t limit_bytes_max,
        std::size_t ordered_patterns = 0
    ) const;
};

/// The same customer in another layout: features with an unchanged definition keep their state,
/// others start empty.
[[nodiscard]] Blob migrate(const Blob& blob, const Layout& from, const Layout& to);

/// Adds everything known of one customer to another, both in `layout`. Features, ids, limits and
/// attributes merge so that the order of merging does not matter, up to ties of time and what a
/// bound leaves out; of one pattern at most `instances_max(its id)` instances remain, the newest.
using InstancesMax = std::function<std::size_t(std::uint64_t pattern)>;
void merge(const Layout& layout, Blob& into, const Blob& other, const InstancesMax& instances_max);

}  // namespace attune::customer
