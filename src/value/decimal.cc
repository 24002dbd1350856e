#include "value/decimal.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "base/hash.h"
#include "value/decimal_parts.h"
#include "value/decimal_power.h"
#include "value/decimal_wide.h"

namespace attune {

namespace {

using detail::add_wide;
using detail::bid_of;
using detail::compare_magnitudes;
using detail::divide_wide;
using detail::fits_int64;
using detail::from_bid;
using detail::from_parts;
using detail::kExponentMax;
using detail::kHalfEven;
using detail::kPowerMax;
using detail::kPowers;
using detail::kSignBit;
using detail::multiply_wide;
using detail::Parts;
using detail::parts_of;
using detail::power_wide;
using detail::small_exponent;
using detail::strip_zeros;
using detail::to_bid;
using detail::UnsignedWide;
using detail::well_in_range;
using detail::Wide;

template <typename Operation>
std::optional<Decimal> by_bid(Decimal lhs, Decimal rhs, Operation operation) {
    _IDEC_flags flags = 0;
    return from_bid(operation(bid_of(lhs), bid_of(rhs), kHalfEven, &flags));
}

/// `coefficient * 10^exponent` in the small form, if it fits.
std::optional<Decimal> small_if_fits(Wide coefficient, int exponent) {
    if (!fits_int64(coefficient) || !small_exponent(exponent)) {
        return std::nullopt;
    }
    return Decimal::scaled(static_cast<std::int64_t>(coefficient), exponent);
}

/// The sum of two small numbers; nothing if it needs the large form.
std::optional<Decimal> add_small(Decimal lhs, Decimal rhs) {
    if (lhs.exponent() < rhs.exponent()) {
        std::swap(lhs, rhs);
    }
    const auto gap = static_cast<std::size_t>(lhs.exponent() - rhs.exponent());
    if (gap >= kPowers.size()) {
        return std::nullopt;
    }
    return small_if_fits(lhs.coefficient() * kPowers[gap] + rhs.coefficient(), rhs.exponent());
}

/// Whether `lhs / rhs` ends: what the divisor is made of besides twos and fives divides it.
bool quotient_ends(std::int64_t lhs, std::int64_t rhs) {
    std::int64_t others = rhs >> std::countr_zero(static_cast<std::uint64_t>(rhs));
    while (others % 5 == 0) {
        others /= 5;
    }
    return lhs % others == 0;
}

/// An exact quotient of two small numbers; nothing if it has more digits than an int64 holds.
std::optional<Decimal> divide_small(Decimal lhs, Decimal rhs) {
    if (!quotient_ends(lhs.coefficient(), rhs.coefficient())) {
        return std::nullopt;
    }
    Wide numerator = lhs.coefficient();
    int exponent = lhs.exponent() - rhs.exponent();
    for (int step = 0; step < 19; ++step, --exponent) {
        if (numerator % rhs.coefficient() == 0) {
            return small_if_fits(numerator / rhs.coefficient(), exponent);
        }
        numerator *= 10;
    }
    return std::nullopt;
}

/// Whether rounding away from zero is due, given the digit string's remainder against one unit of
/// the last place.
bool rounds_away(
    Decimal::Rounding rounding, bool negative, bool odd, std::strong_ordering to_half, bool exact
) {
    if (exact) {
        return false;
    }
    switch (rounding) {
    case Decimal::Rounding::HalfEven:
        return to_half > 0 || (to_half == 0 && odd);
    case Decimal::Rounding::HalfUp:
        return to_half >= 0;
    case Decimal::Rounding::HalfDown:
        return to_half > 0;
    case Decimal::Rounding::Up:
        return true;
    case Decimal::Rounding::Down:
        return false;
    case Decimal::Rounding::Floor:
        return negative;
    case Decimal::Rounding::Ceiling:
        return !negative;
    }
    return false;
}

/// A number with up to 34 digits and any exponent: nothing above the range, rounded once more in
/// the range of fewer digits below 1E-6143.
std::optional<Decimal> in_range(const Parts& parts) {
    if (well_in_range(parts.exponent)) {
        return from_parts(parts);
    }
    constexpr int kScale = 5'400;
    const int rest = std::clamp(parts.exponent, -11'000, 11'000);
    const int scale = rest < 0 ? -kScale : kScale;
    _IDEC_flags flags = 0;
    return from_bid(bid128_mul(
        to_bid({parts.negative, parts.coefficient, scale}),
        to_bid({false, 1, rest - scale}),
        kHalfEven,
        &flags
    ));
}

}  // namespace

std::optional<Decimal> Decimal::add(Decimal lhs, Decimal rhs) {
    if (lhs.small() && rhs.small()) {
        if (const auto sum = add_small(lhs, rhs)) {
            return sum;
        }
    }
    const Parts left = parts_of(lhs);
    const Parts right = parts_of(rhs);
    if (well_in_range(left.exponent) && well_in_range(right.exponent)) {
        if (const auto sum = add_wide(left, right)) {
            return from_parts(*sum);
        }
    }
    return by_bid(lhs, rhs, [](auto one, auto other, auto... rest) {
        return bid128_add(one, other, rest...);
    });
}

std::optional<Decimal> Decimal::subtract(Decimal lhs, Decimal rhs) {
    return add(lhs, rhs.negated());
}

std::optional<Decimal> Decimal::multiply(Decimal lhs, Decimal rhs) {
    if (lhs.small() && rhs.small()) {
        const Wide product = static_cast<Wide>(lhs.coefficient()) * rhs.coefficient();
        if (const auto small = small_if_fits(product, lhs.exponent() + rhs.exponent())) {
            return small;
        }
    }
    const Parts left = parts_of(lhs);
    const Parts right = parts_of(rhs);
    if (well_in_range(left.exponent + right.exponent)) {
        return from_parts(multiply_wide(left, right));
    }
    return by_bid(lhs, rhs, [](auto one, auto other, auto... rest) {
        return bid128_mul(one, other, rest...);
    });
}

std::optional<Decimal> Decimal::divide(Decimal lhs, Decimal rhs) {
    if (rhs.sign() == 0) {
        return std::nullopt;
    }
    if (lhs.small() && rhs.small()) {
        if (const auto quotient = divide_small(lhs, rhs)) {
            return quotient;
        }
    }
    const Parts left = parts_of(lhs);
    const Parts right = parts_of(rhs);
    if (well_in_range(left.exponent - right.exponent)) {
        return from_parts(divide_wide(left, right));
    }
    return by_bid(lhs, rhs, [](auto one, auto other, auto... rest) {
        return bid128_div(one, other, rest...);
    });
}

std::optional<Decimal> Decimal::power(Decimal base, Decimal exponent) {
    const std::optional<std::int64_t> whole = exponent.to_int64();
    if (whole && std::abs(*whole) <= kPowerMax) {
        if (base.sign() != 0) {
            return in_range(power_wide(parts_of(base), *whole));
        }
        return *whole < 0 ? std::nullopt : std::optional<Decimal>(*whole == 0 ? 1 : 0);
    }
    return by_bid(base, exponent, [](auto left, auto right, auto... rest) {
        return bid128_pow(left, right, rest...);
    });
}

std::optional<Decimal> Decimal::square_root(Decimal number) {
    _IDEC_flags flags = 0;
    return from_bid(bid128_sqrt(bid_of(number), kHalfEven, &flags));
}

std::optional<Decimal> Decimal::exp(Decimal number) {
    _IDEC_flags flags = 0;
    return from_bid(bid128_exp(bid_of(number), kHalfEven, &flags));
}

std::optional<Decimal> Decimal::log(Decimal number) {
    if (number.sign() <= 0) {
        return std::nullopt;
    }
    _IDEC_flags flags = 0;
    return from_bid(bid128_log(bid_of(number), kHalfEven, &flags));
}

std::optional<Decimal> Decimal::modulo(Decimal lhs, Decimal rhs) {
    if (rhs.sign() == 0) {
        return std::nullopt;
    }
    _IDEC_flags flags = 0;
    // fmod is exact for every pair of exponents; its sign is the dividend's.
    const std::optional<Decimal> remainder =
        from_bid(bid128_fmod(bid_of(lhs), bid_of(rhs), &flags));
    if (remainder && remainder->sign() != 0 && remainder->sign() != rhs.sign()) {
        return add(*remainder, rhs);
    }
    return remainder;
}

std::optional<Decimal> Decimal::round(Decimal number, std::int64_t scale, Rounding rounding) {
    if (scale < -6111 || scale > 6176) {
        return std::nullopt;
    }
    Parts parts = parts_of(number);
    const std::int64_t drop = -scale - parts.exponent;
    if (drop <= 0 || parts.coefficient == 0) {
        return number;
    }
    // 10^35 exceeds twice any coefficient: beyond it every digit is dropped and less than half a
    // unit.
    UnsignedWide unit = 1;
    for (std::int64_t i = 0; i < std::min<std::int64_t>(drop, 36); ++i) {
        unit *= 10;
    }
    const UnsignedWide rest = parts.coefficient % unit;
    UnsignedWide kept = parts.coefficient / unit;
    const std::strong_ordering to_half = rest <=> (unit / 2);
    const bool odd = (kept & 1U) != 0;
    kept += rounds_away(rounding, parts.negative, odd, to_half, rest == 0) ? 1 : 0;
    return from_parts({parts.negative, kept, static_cast<int>(-scale)});
}

Decimal Decimal::negated() const {
    if (small()) {
        return scaled(-coefficient(), exponent());
    }
    return from_words(low_, high_ ^ kSignBit);
}

Decimal Decimal::absolute() const {
    return sign() < 0 ? negated() : *this;
}

int Decimal::sign() const {
    if (small()) {
        return coefficient() > 0 ? 1 : (coefficient() < 0 ? -1 : 0);
    }
    return (high_ & kSignBit) != 0 ? -1 : 1;
}

bool Decimal::whole() const {
    Parts parts = parts_of(*this);
    strip_zeros(parts);
    return parts.coefficient == 0 || parts.exponent >= 0;
}

std::optional<std::int64_t> Decimal::to_int64() const {
    if (small() && exponent() == 0) {
        return coefficient();
    }
    Parts parts = parts_of(*this);
    strip_zeros(parts);
    if (parts.coefficient == 0) {
        return 0;
    }
    if (parts.exponent < 0 || parts.exponent > kExponentMax) {
        return std::nullopt;
    }
    if (!fits_int64(static_cast<Wide>(parts.coefficient))) {
        return std::nullopt;
    }
    const Wide number =
        static_cast<Wide>(parts.coefficient) * kPowers[static_cast<std::size_t>(parts.exponent)];
    if (!fits_int64(number)) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(parts.negative ? -number : number);
}

std::uint64_t Decimal::hash() const {
    Parts parts = parts_of(*this);
    strip_zeros(parts);
    if (parts.coefficient == 0) {
        return hash_combine(0, 0);
    }
    const auto high = static_cast<std::uint64_t>(parts.coefficient >> 64U);
    const auto exponent = static_cast<std::uint64_t>(static_cast<std::int64_t>(parts.exponent));
    const std::uint64_t low = hash_combine(static_cast<std::uint64_t>(parts.coefficient), high);
    return hash_combine(low, (exponent << 1U) | (parts.negative ? 1U : 0U));
}

std::strong_ordering Decimal::compare_slowly(Decimal lhs, Decimal rhs) {
    if (lhs.sign() != rhs.sign()) {
        return lhs.sign() <=> rhs.sign();
    }
    if (lhs.sign() == 0) {
        return std::strong_ordering::equal;
    }
    const Parts left = parts_of(lhs);
    const Parts right = parts_of(rhs);
    return lhs.sign() > 0 ? compare_magnitudes(left, right) : compare_magnitudes(right, left);
}

}  // namespace attune
