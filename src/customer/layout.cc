#include "customer/layout.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/hash.h"
#include "customer/attributes.h"
#include "customer/held.h"
#include "customer/identifiers.h"
#include "customer/inbox.h"
#include "customer/instances.h"
#include "customer/limits.h"
#include "customer/memberships.h"
#include "customer/merges.h"
#include "customer/recent_ids.h"
#include "customer/sections.h"
#include "customer/waiting.h"

namespace attune::customer {

namespace {

void merge_instances(Blob& into, const Blob& other, const InstancesMax& instances_max) {
    std::vector<Instance> all = instances(into);
    const std::vector<Instance> theirs = instances(other);
    all.insert(all.end(), theirs.begin(), theirs.end());
    const auto key = [](const Instance& one) {
        return std::tuple(one.pattern, one.start, one.step, one.deadline, one.key, one.count);
    };
    std::sort(all.begin(), all.end(), [&](const Instance& lhs, const Instance& rhs) {
        return key(lhs) < key(rhs);
    });
    std::vector<Instance> kept;
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::size_t end = i;
        while (end < all.size() && all[end].pattern == all[i].pattern) {
            ++end;
        }
        const std::size_t newest = std::min(end - i, instances_max(all[i].pattern));
        kept.insert(
            kept.end(),
            all.begin() + static_cast<std::ptrdiff_t>(end - newest),
            all.begin() + static_cast<std::ptrdiff_t>(end)
        );
        i = end - 1;
    }
    set_instances(into, kept);
}

}  // namespace

Layout Layout::of(std::vector<Feature> features) {
    std::uint64_t hash = hash_combine(features.size(), 1);
    for (const Feature& feature : features) {
        hash = hash_combine(hash, feature.definition);
    }
    return {hash, std::move(features), kRecentIdsMax, 0};
}

Blob Layout::empty_blob() const {
    Blob blob(hash, kFeatures + features.size());
    blob.set_judged_by(segments);
    return blob;
}

std::size_t Layout::bytes_max(
    std::size_t instances_max,
    std::size_t segment_count,
    std::size_t limit_bytes_max,
    std::size_t ordered_patterns
) const {
    constexpr std::size_t kHeaderBytes = 32;
    std::size_t bytes = kHeaderBytes + 2 * (kFeatures + features.size());
    bytes += kIdentifiersBytesMax + kTraitsBytesMax + kConsentBytesMax + kInboxBytesMax;
    bytes += 1 + recent_ids_max * sizeof(std::uint64_t) + segment_count * kMembershipBytes;
    bytes += instances_max * kInstanceBytes + limit_bytes_max + kMergesBytesMax;
    bytes += ordered_patterns * kWaitingMax * kWaitingBytes;
    for (const Feature& feature : features) {
        bytes += section_bytes_max(feature.shape);
    }
    return bytes;
}

Blob migrate(const Blob& blob, const Layout& from, const Layout& to) {
    Blob migrated = to.empty_blob();
    migrated.set_newest(blob.newest());
    migrated.set_advanced_to(blob.advanced_to());
    migrated.set_judged_by(blob.judged_by());
    for (std::size_t i = 0; i < kFeatures; ++i) {
        migrated.assign(i, blob.section(i));
    }
    for (std::size_t i = 0; i < to.features.size(); ++i) {
        const auto same = std::find_if(
            from.features.begin(),
            from.features.end(),
            [&](const Layout::Feature& old) { return old.definition == to.features[i].definition; }
        );
        if (same != from.features.end()) {
            const auto old_index = static_cast<std::size_t>(same - from.features.begin());
            migrated.assign(kFeatures + i, blob.section(kFeatures + old_index));
        }
    }
    return migrated;
}

void merge(const Layout& layout, Blob& into, const Blob& other, const InstancesMax& instances_max) {
    into.set_newest(std::max(into.newest(), other.newest()));
    into.set_advanced_to(std::max(into.advanced_to(), other.advanced_to()));
    for (const Identifier& identifier : identifiers(other)) {
        add_identifier(into, identifier);
    }
    merge_attributes(into, kTraits, other.section(kTraits));
    merge_attributes(into, kConsent, other.section(kConsent));
    merge_recent_ids(into, other.section(kRecentIds), layout.recent_ids_max);
    merge_memberships(into, other.section(kSegments));
    merge_instances(into, other, instances_max);
    merge_limits(into, other.section(kLimits));
    merge_inbox(into, other.section(kInbox));
    merge_held(into, other.section(kHeld));
    merge_merges(into, other.section(kMerges));
    merge_waiting(into, other.section(kWaiting));
    for (std::size_t i = 0; i < layout.features.size(); ++i) {
        merge(layout.features[i].shape, into, kFeatures + i, other.section(kFeatures + i));
    }
}

}  // namespace attune::customer
