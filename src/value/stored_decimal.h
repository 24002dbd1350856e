#pragma once

#include <cstdint>
#include <limits>

#include "value/decimal.h"

namespace attune {

/// The number whose two words were stored; zero where they are no number of ours, as after a disk
/// has changed them: what computes with it may rely on its being one.
[[nodiscard]] inline Decimal stored_decimal(std::uint64_t low, std::uint64_t high) {
    constexpr int kSmallExponentMax = 18;
    constexpr std::uint64_t kSteering = 0x6000'0000'0000'0000U;  // infinities, NaN, non-canonical
    constexpr std::uint64_t kCoefficient = 0x0001'ffff'ffff'ffffU;
    constexpr std::uint64_t kLimitHigh = 0x0001'ed09'bead'87c0U;  // of 10^34
    constexpr std::uint64_t kLimitLow = 0x378d'8e64'0000'0000U;
    const Decimal number = Decimal::from_words(low, high);
    if (number.small()) {
        const int exponent = number.exponent();
        const bool sound = exponent >= -kSmallExponentMax && exponent <= kSmallExponentMax &&
                           number.coefficient() != std::numeric_limits<std::int64_t>::min();
        return sound ? Decimal::scaled(number.coefficient(), exponent) : Decimal();
    }
    const std::uint64_t upper = high & kCoefficient;
    const bool sound = (high & kSteering) != kSteering && (low != 0 || upper != 0) &&
                       (upper < kLimitHigh || (upper == kLimitHigh && low < kLimitLow));
    return sound ? number : Decimal();
}

}  // namespace attune
