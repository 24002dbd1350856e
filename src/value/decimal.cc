#include "value/decimal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/assert.h"
#include "base/hash.h"

// The library's by-value flavour without global state: rounding and flags are arguments.
#define DECIMAL_CALL_BY_REFERENCE 0
#define DECIMAL_GLOBAL_ROUNDING 0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0
#include <bid_conf.h>
#include <bid_functions.h>

namespace attune {

namespace {

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
    while (parts.coefficient != 0 && parts.coefficient % 10 == 0) {
        parts.coefficient /= 10;
        ++parts.exponent;
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

/// Back to the small form where the number allows it.
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

/// An exact quotient of two small numbers; nothing if it has more digits than an int64 holds.
std::optional<Decimal> divide_small(Decimal lhs, Decimal rhs) {
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

/// The digits of `text` without the point, and where the point was; nothing if it is no number.
struct Digits {
    std::string digits;
    std::int64_t exponent = 0;
    bool negative = false;
};

std::optional<std::int64_t> parse_exponent(std::string_view text) {
    if (!text.empty() && text.front() == '+') {
        text.remove_prefix(1);
    }
    std::int64_t exponent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc() || end != text.data() + text.size() ||
        std::abs(exponent) > 1'000'000'000) {
        return std::nullopt;
    }
    return exponent;
}

std::optional<Digits> scan(std::string_view text) {
    Digits scanned;
    std::size_t at = 0;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        scanned.negative = text[0] == '-';
        at = 1;
    }
    bool point = false;
    for (; at < text.size(); ++at) {
        if (text[at] == '.' && !point) {
            point = true;
        } else if (text[at] >= '0' && text[at] <= '9') {
            scanned.digits.push_back(text[at]);
            scanned.exponent -= point ? 1 : 0;
        } else {
            break;
        }
    }
    if (scanned.digits.empty() || text[at - 1] == '.') {
        return std::nullopt;
    }
    if (at < text.size()) {
        const bool exponent_sign = text[at] == 'e' || text[at] == 'E';
        const auto exponent = exponent_sign ? parse_exponent(text.substr(at + 1)) : std::nullopt;
        if (!exponent) {
            return std::nullopt;
        }
        scanned.exponent += *exponent;
    }
    return scanned;
}

/// A whole power by repeated squaring. The multiplications round to 34 digits each, so the exponent
/// is bounded.
std::optional<Decimal> whole_power(Decimal base, std::int64_t exponent) {
    std::optional<Decimal> result = Decimal(1);
    std::optional<Decimal> square = base;
    for (std::int64_t left = std::abs(exponent); left > 0; left >>= 1) {
        if ((left & 1) != 0) {
            result = square && result ? Decimal::multiply(*result, *square) : std::nullopt;
        }
        square = square && left > 1 ? Decimal::multiply(*square, *square) : square;
    }
    return result && exponent < 0 ? Decimal::divide(1, *result) : result;
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
    std::optional<Digits> scanned = scan(text);
    if (!scanned) {
        return std::nullopt;
    }
    if (scanned->digits.size() <= 18 &&
        small_exponent(static_cast<int>(std::clamp<std::int64_t>(scanned->exponent, -99, 99)))) {
        std::int64_t coefficient = 0;
        for (const char digit : scanned->digits) {
            coefficient = coefficient * 10 + (digit - '0');
        }
        return Decimal(
            scanned->negative ? -coefficient : coefficient, static_cast<int>(scanned->exponent)
        );
    }
    // The library rounds half to even and knows the range.
    std::string normal =
        (scanned->negative ? "-" : "") + scanned->digits + "E" + std::to_string(scanned->exponent);
    _IDEC_flags flags = 0;
    return from_bid(bid128_from_string(normal.data(), kHalfEven, &flags));
}

std::optional<Decimal> Decimal::from_double(double number) {
    if (!std::isfinite(number)) {
        return std::nullopt;
    }
    std::array<char, 64> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
    ATTUNE_ASSERT(error == std::errc());
    return parse({text.data(), static_cast<std::size_t>(end - text.data())});
}

std::optional<Decimal> Decimal::add(Decimal lhs, Decimal rhs) {
    if (lhs.small() && rhs.small()) {
        if (const auto sum = add_small(lhs, rhs)) {
            return sum;
        }
    }
    return by_bid(lhs, rhs, [](auto left, auto right, auto... rest) {
        return bid128_add(left, right, rest...);
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
    return by_bid(lhs, rhs, [](auto left, auto right, auto... rest) {
        return bid128_mul(left, right, rest...);
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
    return by_bid(lhs, rhs, [](auto left, auto right, auto... rest) {
        return bid128_div(left, right, rest...);
    });
}

std::optional<Decimal> Decimal::power(Decimal base, Decimal exponent) {
    const std::optional<std::int64_t> whole = exponent.to_int64();
    if (whole && std::abs(*whole) <= 1'000) {
        return base.sign() == 0 && *whole < 0 ? std::nullopt : whole_power(base, *whole);
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

double Decimal::to_double() const {
    const std::string text = to_string();
    return std::strtod(text.c_str(), nullptr);
}

std::string Decimal::to_string() const {
    Parts parts = parts_of(*this);
    if (parts.coefficient == 0) {
        return "0";
    }
    strip_zeros(parts);
    std::string digits;
    for (UnsignedWide rest = parts.coefficient; rest != 0; rest /= 10) {
        digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
    }
    std::reverse(digits.begin(), digits.end());
    const auto count = static_cast<int>(digits.size());
    const int point = count + parts.exponent;  // Digits before the point.
    if (parts.exponent >= 0 && point <= 40) {
        digits.append(static_cast<std::size_t>(parts.exponent), '0');
    } else if (parts.exponent < 0 && point > 0) {
        digits.insert(static_cast<std::size_t>(point), ".");
    } else if (parts.exponent < 0 && point > -6) {
        digits.insert(0, "0." + std::string(static_cast<std::size_t>(-point), '0'));
    } else {
        if (count > 1) {
            digits.insert(1, ".");
        }
        digits += (point > 0 ? "E+" : "E") + std::to_string(point - 1);
    }
    return parts.negative ? "-" + digits : digits;
}

std::uint64_t Decimal::hash() const {
    Parts parts = parts_of(*this);
    strip_zeros(parts);
    if (parts.coefficient == 0) {
        return hash_combine(0, 0);
    }
    const std::uint64_t high = static_cast<std::uint64_t>(parts.coefficient >> 64U);
    const auto exponent = static_cast<std::uint64_t>(static_cast<std::int64_t>(parts.exponent));
    const std::uint64_t low = hash_combine(static_cast<std::uint64_t>(parts.coefficient), high);
    return hash_combine(low, (exponent << 1U) | (parts.negative ? 1U : 0U));
}

std::strong_ordering Decimal::compare_slowly(Decimal lhs, Decimal rhs) {
    if (lhs.sign() != rhs.sign()) {
        return lhs.sign() <=> rhs.sign();
    }
    if (lhs.small() && rhs.small()) {
        const int gap = lhs.exponent() - rhs.exponent();
        if (std::abs(gap) < static_cast<int>(kPowers.size())) {
            const Wide left =
                lhs.coefficient() * (gap > 0 ? kPowers[static_cast<std::size_t>(gap)] : 1);
            const Wide right =
                rhs.coefficient() * (gap < 0 ? kPowers[static_cast<std::size_t>(-gap)] : 1);
            return left <=> right;
        }
    }
    _IDEC_flags flags = 0;
    const BID_UINT128 left = bid_of(lhs);
    const BID_UINT128 right = bid_of(rhs);
    if (bid128_quiet_equal(left, right, &flags) != 0) {
        return std::strong_ordering::equal;
    }
    return bid128_quiet_less(left, right, &flags) != 0 ? std::strong_ordering::less
                                                       : std::strong_ordering::greater;
}

}  // namespace attune
