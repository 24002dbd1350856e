#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "customer/feature.h"

namespace attune::customer {

// How many different values there are, beyond those that can be counted: HyperLogLog over a sliding
// window (Chabchoub and Hebrail, "Sliding HyperLogLog", 2010). A register keeps, besides its
// greatest rank, the lesser ones that came later: they count once the greater has left the window.
// What is kept follows from the set of values alone, whatever their order.

/// Registers, as a power of two: 256, for a standard error of 6.5 %.
constexpr unsigned kSketchBits = 8;
constexpr std::size_t kSketchRecordBytes = sizeof(std::uint16_t) + sizeof(std::uint32_t);
/// A window's register keeps three ranks in the mean; beyond, the oldest go.
constexpr std::size_t kSketchRecordsMax = 640;
constexpr std::size_t kSketchBytesMax = 1 + kSketchRecordsMax * kSketchRecordBytes;

/// A section with a sketch is told from a list of values by its length, which is no multiple of 12:
/// 1 + 6 n, or 4 + 12 k + 6 n with the newest of the values in front (feature_distinct.h).
[[nodiscard]] bool is_sketch(std::string_view section);
/// An empty one.
[[nodiscard]] std::string new_sketch();
/// Notes a value, by its hash, as seen in `tile`.
void note(std::string& sketch, std::uint64_t hash, std::uint32_t tile);
/// Whether noting the value in that tile would change nothing: one as rare was seen no earlier.
[[nodiscard]] bool noted(std::string_view sketch, std::uint64_t hash, std::uint32_t tile);
/// Drops what is older than `oldest`.
void expire_sketch(std::string& sketch, std::uint32_t oldest);
/// Adds all that another sketch has seen.
void merge_sketch(std::string& sketch, std::string_view other);
/// How many different values were seen in these tiles, about.
[[nodiscard]] std::int64_t estimate(
    std::string_view sketch, std::uint32_t oldest, std::uint32_t newest
);
void each_sketch_tile(std::string_view sketch, const std::function<void(std::uint32_t)>& use);

}  // namespace attune::customer
