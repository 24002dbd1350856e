#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "customer/blob.h"

namespace attune::customer {

/// A campaign that was started in quiet hours and runs when they end.
struct Held {
    std::uint64_t campaign = 0;  ///< The hash of what names it.
    std::uint64_t cause = 0;
    Timestamp until;

    friend bool operator==(const Held&, const Held&) = default;
};

constexpr std::size_t kHeldBytes = 24;

/// In order of campaign.
[[nodiscard]] std::vector<Held> held(const Blob& blob);
/// Holds a campaign; one that is held already stays as it is.
void hold(Blob& blob, const Held& one);
/// Takes out those whose time has come.
[[nodiscard]] std::vector<Held> take_held(Blob& blob, Timestamp until);
/// When the first one's time comes, or kNever.
[[nodiscard]] Timestamp earliest_held(const Blob& blob);
/// Holds what either held; of one campaign what comes first.
void merge_held(Blob& into, std::string_view other);

}  // namespace attune::customer
