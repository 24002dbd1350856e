#pragma once

#include <cstdint>

#include "customer/blob.h"

namespace attune::customer {

/// How many events back a repeat is recognised, per customer, where the workspace does not say
/// otherwise; it may say from 1 to 255.
constexpr std::size_t kRecentIdsMax = 64;

/// True if an event with this id hash is among the last accepted ones that are remembered.
[[nodiscard]] bool seen_before(const Blob& blob, std::uint64_t id_hash);
/// Remembers an id in place of the oldest beyond `ids_max`.
void remember(Blob& blob, std::uint64_t id_hash, std::size_t ids_max = kRecentIdsMax);
/// Remembers another customer's ids too, up to the bound.
void merge_recent_ids(Blob& into, std::string_view other, std::size_t ids_max = kRecentIdsMax);

}  // namespace attune::customer
