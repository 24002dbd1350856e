#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "value/decimal.h"

// The library's by-value flavour without global state: rounding and flags are arguments.
#define DECIMAL_CALL_BY_REFERENCE 0
#define DECIMAL_GLOBAL_ROUNDING 0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0
#include <bid_conf.h>
#include <bid_functions.h>

// What the files of Decimal share: numbers taken apart and put together. For nobody else.

namespace attune::detail {

using Wide = __int128;
using UnsignedWide = unsigned __int128;

constexpr int kExponentMax = 18;
constexpr int kBias = 6176;
constexpr int kBidExponentMax = 6111;
constexpr std::uint64_t kSignBit = 1ULL << 63U;
constexpr std::uint64_t kCoefficientMask = (1ULL << 49U) - 1;
constexpr unsigned kHalfEven = BID_ROUNDING_TO_NEAREST;

constexpr std::array<Wide, 20> kPowers = [] {
    std::array<Wide, 20> powers{};
    Wide power = 1;
    for (Wide& entry : powers) {
        entry = power;
        power *= 10;
    }
    return powers;
}();

/// A finite number taken apart: (-1)^negative * coefficient * 10^exponent.
struct Parts {
    bool negative;
    UnsignedWide coefficient;
    int exponent;
};

[[nodiscard]] bool fits_int64(Wide number);
[[nodiscard]] bool small_exponent(int exponent);
[[nodiscard]] BID_UINT128 to_bid(const Parts& parts);
/// An infinity or no number.
[[nodiscard]] bool special(const BID_UINT128& bid);
[[nodiscard]] Parts parts_of(const BID_UINT128& bid);
[[nodiscard]] Parts parts_of(Decimal number);
void strip_zeros(Parts& parts);
[[nodiscard]] BID_UINT128 bid_of(Decimal number);
/// Back to the small form where the number allows it.
[[nodiscard]] Decimal from_parts(Parts parts);
/// Nothing for what is special.
[[nodiscard]] std::optional<Decimal> from_bid(const BID_UINT128& bid);

}  // namespace attune::detail
