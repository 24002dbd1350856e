#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "customer/blob.h"

namespace attune::customer {

/// One segment that the customer is in.
struct Membership {
    std::uint64_t segment = 0;  ///< The hash of the segment's name.
    Timestamp since;
};

[[nodiscard]] bool is_member(const Blob& blob, std::uint64_t segment);
[[nodiscard]] std::vector<Membership> memberships(const Blob& blob);
void enter(Blob& blob, std::uint64_t segment, Timestamp since);
void leave(Blob& blob, std::uint64_t segment);
/// The customer is in what either was in, since the earlier of both.
void merge_memberships(Blob& into, std::string_view other);

constexpr std::size_t kMembershipBytes = 16;

}  // namespace attune::customer
