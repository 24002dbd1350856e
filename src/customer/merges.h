#pragma once

#include <string_view>
#include <vector>

#include "base/time.h"
#include "customer/blob.h"
#include "customer/identifiers.h"

namespace attune::customer {

/// That another customer was joined to this one.
struct Merge {
    Timestamp at;
    Identifier from;  ///< By which the other was found to be the same; views into the blob.
};

/// Bounds of what is remembered: the latest merges, and how much of an identifier.
constexpr std::size_t kMergesMax = 8;
constexpr std::size_t kMergeTextBytesMax = 64;
constexpr std::size_t kMergesBytesMax = kMergesMax * (8 + 1 + 1 + kMergeTextBytesMax);

/// Oldest first.
[[nodiscard]] std::vector<Merge> merges(const Blob& blob);
void note_merge(Blob& blob, const Merge& one);
void merge_merges(Blob& into, std::string_view other);

}  // namespace attune::customer
