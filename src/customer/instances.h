#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/time.h"
#include "customer/blob.h"

namespace attune::customer {

/// A deadline that never comes.
constexpr Timestamp kNever{std::numeric_limits<std::int64_t>::max()};

/// A pattern under way. No instance exists for a customer who has not begun one.
struct Instance {
    std::uint64_t pattern = 0;  ///< The hash of the pattern's definition.
    std::uint8_t step = 0;      ///< The step that is waited for.
    Timestamp start;            ///< The time of the event that began it.
    Timestamp deadline = kNever;
    std::uint64_t key =
        0;  ///< Of a pattern with `same:`, the hash of the value that its events share.
    std::uint8_t count = 0;  ///< Events that the step has had, of those that it needs.

    friend bool operator==(const Instance&, const Instance&) = default;
};

constexpr std::size_t kInstanceBytes = 34;

/// In order of pattern, then of start.
/// The same into a list that is used again and again.
void read_instances(const Blob& blob, std::vector<Instance>& all);
[[nodiscard]] std::vector<Instance> instances(const Blob& blob);
void set_instances(Blob& blob, const std::vector<Instance>& all);

/// The earliest deadline armed, or kNever.
[[nodiscard]] Timestamp earliest_deadline(const Blob& blob);

}  // namespace attune::customer
