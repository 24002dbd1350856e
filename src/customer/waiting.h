#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "customer/blob.h"

namespace attune::customer {

/// An event that a pattern judges in the order of time, and not before others may have come that
/// lie before it.
struct Waiting {
    Timestamp due;              ///< When it is judged: its own time and the pattern's lateness.
    std::uint64_t cause = 0;    ///< The event's; of two of one time the lesser one comes first.
    std::uint64_t pattern = 0;  ///< The hash of the pattern's definition.
    std::uint64_t steps = 0;    ///< Which steps of the pattern it is, a bit each.
    std::uint64_t key = 0;      ///< The value that the pattern's events share.

    friend bool operator==(const Waiting&, const Waiting&) = default;
};

constexpr std::size_t kWaitingBytes = 40;

/// So many events of one pattern wait, at most.
constexpr std::size_t kWaitingMax = 32;

/// By `due`, then cause, then pattern.
[[nodiscard]] std::vector<Waiting> waiting(const Blob& blob);
/// Lets one more wait; false if one of its pattern, the last, had to go.
bool wait(Blob& blob, const Waiting& one);
/// Takes out those whose time has come.
[[nodiscard]] std::vector<Waiting> take_waiting(Blob& blob, Timestamp until);
/// When the first one's time comes, or kNever.
[[nodiscard]] Timestamp earliest_waiting(const Blob& blob);
/// Lets wait what waited for either, each once.
void merge_waiting(Blob& into, std::string_view other);

}  // namespace attune::customer
