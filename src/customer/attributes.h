#pragma once

#include <string_view>

#include "base/arena.h"
#include "base/time.h"
#include "customer/blob.h"
#include "value/value.h"

namespace attune::customer {

/// Bounds of the traits and of the consent section. What goes over is not kept, and `set_attribute`
/// says so.
constexpr std::size_t kTraitsBytesMax = std::size_t{12} * 1024;
constexpr std::size_t kConsentBytesMax = std::size_t{2} * 1024;

/// Sets an entry of the traits or consent section as of `time`; null removes it. The newest time
/// wins, whatever the order of arrival; of equal times the one that comes later. False if the
/// section has no room.
bool set_attribute(
    Blob& blob, std::size_t section, std::string_view key, Timestamp time, const Value& value
);

/// All entries as one context, by key. Text refers to the section's bytes: valid until the blob's
/// next change.
[[nodiscard]] Value read_attributes(std::string_view section, Arena& arena);

/// Takes over what is newer in another customer's section.
void merge_attributes(Blob& into, std::size_t section, std::string_view other);

}  // namespace attune::customer
