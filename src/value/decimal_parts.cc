#include "value/decimal_parts.h"

#include <limits>

namespace attune::detail {

bool fits_int64(Wide number) {
    return number >= std::numeric_limits<std::int64_t>::min() + 1 &&
           number <= std::numeric_limits<std::int64_t>::max();
}

bool small_exponent(int exponent) {
    return exponent >= -kExponentMax && exponent <= kExponentMax;
}

BID_UINT128 to_bid(const Parts& parts) {
    BID_UINT128 bid;
    const auto high = static_cast<std::uint64_t>(parts.coefficient >> 64U);
    bid.w[0] = static_cast<std::uint64_t>(parts.coefficient);
    bid.w[1] = (parts.negative ? kSignBit : 0) |
               (static_cast<std::uint64_t>(parts.exponent + kBias) << 49U) | high;
    return bid;
}

bool special(const BID_UINT128& bid) {
    return (bid.w[1] & 0x7800'0000'0000'0000U) == 0x7800'0000'0000'0000U;
}

Parts parts_of(const BID_UINT128& bid) {
    const bool large_steering = (bid.w[1] & 0x6000'0000'0000'0000U) == 0x6000'0000'0000'0000U;
    if (large_steering) {
        return {false, 0, 0};  // A non-canonical zero (IEEE 754-2008, 3.5.2).
    }
    const int exponent = static_cast<int>((bid.w[1] >> 49U) & 0x3fffU) - kBias;
    const UnsignedWide coefficient =
        (static_cast<UnsignedWide>(bid.w[1] & kCoefficientMask) << 64U) | bid.w[0];
    return {(bid.w[1] & kSignBit) != 0, coefficient, exponent};
}

Parts parts_of(Decimal number) {
    if (!number.small()) {
        BID_UINT128 bid;
        bid.w[0] = number.low_word();
        bid.w[1] = number.high_word();
        return parts_of(bid);
    }
    const bool negative = number.coefficient() < 0;
    const Wide coefficient = number.coefficient();
    return {
        negative,
        static_cast<UnsignedWide>(negative ? -coefficient : coefficient),
        number.exponent()};
}

void strip_zeros(Parts& parts) {
    // 2^64 is 1 modulo 5, so the words' remainders add up; most numbers stop here.
    const std::uint64_t fives = static_cast<std::uint64_t>(parts.coefficient >> 64U) % 5 +
                                static_cast<std::uint64_t>(parts.coefficient) % 5;
    if ((parts.coefficient & 1U) != 0 || fives % 5 != 0 || parts.coefficient == 0) {
        return;
    }
    for (const int step : {16, 8, 4, 2, 1}) {
        const auto unit = static_cast<UnsignedWide>(kPowers[static_cast<std::size_t>(step)]);
        // What ten to the `step` divides has as many factors of two.
        const UnsignedWide twos = (UnsignedWide{1} << static_cast<unsigned>(step)) - 1;
        while ((parts.coefficient & twos) == 0 && parts.coefficient % unit == 0) {
            parts.coefficient /= unit;
            parts.exponent += step;
        }
    }
}

BID_UINT128 bid_of(Decimal number) {
    if (number.small()) {
        return to_bid(parts_of(number));
    }
    BID_UINT128 bid;
    bid.w[0] = number.low_word();
    bid.w[1] = number.high_word();
    return bid;
}

Decimal from_parts(Parts parts) {
    if (parts.coefficient == 0) {
        return {};
    }
    if (!fits_int64(static_cast<Wide>(parts.coefficient)) || !small_exponent(parts.exponent)) {
        strip_zeros(parts);
        while (parts.exponent > kExponentMax &&
               parts.coefficient < static_cast<UnsignedWide>(kPowers[18])) {
            parts.coefficient *= 10;
            --parts.exponent;
        }
        // decimal128 has no larger exponent; 9E+6144 is held as 9000…E+6111.
        for (; parts.exponent > kBidExponentMax; --parts.exponent) {
            parts.coefficient *= 10;
        }
    }
    if (fits_int64(static_cast<Wide>(parts.coefficient)) && small_exponent(parts.exponent)) {
        const auto coefficient = static_cast<std::int64_t>(parts.coefficient);
        return Decimal::scaled(parts.negative ? -coefficient : coefficient, parts.exponent);
    }
    const BID_UINT128 bid = to_bid(parts);
    return Decimal::from_words(bid.w[0], bid.w[1]);
}

std::optional<Decimal> from_bid(const BID_UINT128& bid) {
    if (special(bid)) {
        return std::nullopt;
    }
    return from_parts(parts_of(bid));
}

}  // namespace attune::detail
