#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "customer/blob.h"
#include "customer/identifiers.h"

namespace attune::customer {

/// What became of it when two customers seemed to be one. The numbers are stored.
enum class MergeOutcome : std::uint8_t {
    Merged,
    TwoUsers,  ///< Refused: each has a userId of its own.
    TooMany,   ///< Refused: one customer may not have so many identifiers of a kind.
    TooOften,  ///< Refused: the customer was joined with others as often as a day allows.
    Never,     ///< Refused: identifiers of this kind merge nobody.
};

/// "merged", "two users", "too many identifiers", "too many merges", "never merges".
[[nodiscard]] std::string_view to_string(MergeOutcome outcome);

/// That another customer was joined to this one, or was not.
struct Merge {
    Timestamp at;
    Identifier from;  ///< By which the other was found to be the same; views into the blob.
    MergeOutcome outcome = MergeOutcome::Merged;
};

/// Bounds of what is remembered: the latest merges, as many of those that were refused, and how
/// much of an identifier.
constexpr std::size_t kMergesMax = 8;
constexpr std::size_t kMergeTextBytesMax = 64;
constexpr std::size_t kMergesBytesMax = 2 * kMergesMax * (8 + 1 + 1 + kMergeTextBytesMax);

/// Oldest first.
[[nodiscard]] std::vector<Merge> merges(const Blob& blob);
void note_merge(Blob& blob, const Merge& one);
void merge_merges(Blob& into, std::string_view other);

/// Whether an identifier has been refused to the customer within the last `kRefusedFor`, so that it
/// need not be asked for again.
constexpr Duration kRefusedFor{std::int64_t{24} * 3600 * 1000};
[[nodiscard]] bool refused_lately(const Blob& blob, const Identifier& identifier, Timestamp now);

}  // namespace attune::customer
