#pragma once

#include <cstdint>

#include "customer/blob.h"

namespace attune::customer {

/// How many events back a repeat is recognised, per customer.
constexpr std::size_t kRecentIdsMax = 64;

/// True if an event with this id hash is among the last kRecentIdsMax accepted ones.
[[nodiscard]] bool seen_before(const Blob& blob, std::uint64_t id_hash);
void remember(Blob& blob, std::uint64_t id_hash);
/// Remembers another customer's ids too, up to the bound.
void merge_recent_ids(Blob& into, std::string_view other);

}  // namespace attune::customer
