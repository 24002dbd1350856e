#include "value/decimal_wide.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/assert.h"

namespace attune::detail {

namespace {

constexpr int kDigitsMax = 34;
constexpr int kSumDigitsMax = 38;  // Two numbers below 10^38 have a sum below 2^128.

constexpr unsigned bits_of(UnsignedWide number) {
    const auto high = static_cast<std::uint64_t>(number >> 64U);
    return high != 0
               ? 128U - static_cast<unsigned>(std::countl_zero(high))
               : 64U - static_cast<unsigned>(std::countl_zero(static_cast<std::uint64_t>(number)));
}

/// Ten to the power of the index, with what dividing by it needs.
struct PowerOfTen {
    UnsignedWide value;
    unsigned shift;           ///< Moves the highest bit of `value` to bit 127.
    UnsignedWide reciprocal;  ///< floor((2^256 - 1) / (value << shift)) - 2^128
};

/// By long division, a bit at a time: only the compiler does this. The quotient of
/// 2^256 - 1 - 2^128 * divisor, whose upper half is ~divisor and whose lower half is all ones.
constexpr UnsignedWide reciprocal_of(UnsignedWide divisor) {
    UnsignedWide rest = ~divisor;
    UnsignedWide quotient = 0;
    for (int bit = 0; bit < 128; ++bit) {
        const bool carry = (rest >> 127U) != 0;
        rest = (rest << 1U) | 1U;
        quotient <<= 1U;
        if (carry || rest >= divisor) {
            rest -= divisor;
            quotient |= 1U;
        }
    }
    return quotient;
}

constexpr std::array<PowerOfTen, kDigitsMax + 1> kTens = [] {
    std::array<PowerOfTen, kDigitsMax + 1> tens{};
    UnsignedWide value = 1;
    for (PowerOfTen& ten : tens) {
        const unsigned shift = 128U - bits_of(value);
        ten = {value, shift, reciprocal_of(value << shift)};
        value *= 10;
    }
    return tens;
}();

constexpr UnsignedWide kLimit = kTens[kDigitsMax].value;

const PowerOfTen& ten_to(int power) {
    return kTens[static_cast<std::size_t>(power)];
}

/// 256 bits.
struct Product {
    UnsignedWide high;
    UnsignedWide low;
};

constexpr Product multiply_full(UnsignedWide lhs, UnsignedWide rhs) {
    const auto low_of = [](UnsignedWide number) { return static_cast<std::uint64_t>(number); };
    const auto high_of = [](UnsignedWide number) {
        return static_cast<std::uint64_t>(number >> 64U);
    };
    const UnsignedWide low = static_cast<UnsignedWide>(low_of(lhs)) * low_of(rhs);
    const UnsignedWide first = static_cast<UnsignedWide>(high_of(lhs)) * low_of(rhs);
    const UnsignedWide second = static_cast<UnsignedWide>(low_of(lhs)) * high_of(rhs);
    const UnsignedWide high = static_cast<UnsignedWide>(high_of(lhs)) * high_of(rhs);
    const UnsignedWide middle =
        static_cast<UnsignedWide>(high_of(low)) + low_of(first) + low_of(second);
    return {
        high + high_of(first) + high_of(second) + high_of(middle), (middle << 64U) | low_of(low)};
}

struct Quotient {
    UnsignedWide value;
    UnsignedWide rest;
};

/// `number / ten`, where the quotient is below 2^120. The estimate by the reciprocal is too small
/// by three at most.
inline Quotient divide_by(const Product& number, const PowerOfTen& ten) {
    // From 15 to 127: no power of ten in the table has 128 bits.
    const UnsignedWide top = (number.high << ten.shift) | (number.low >> (128U - ten.shift));
    UnsignedWide quotient = top + multiply_full(top, ten.reciprocal).high;
    UnsignedWide rest = number.low - quotient * ten.value;
    while (rest >= ten.value) {
        rest -= ten.value;
        ++quotient;
    }
    return {quotient, rest};
}

/// The number of decimal digits, of a number that is not zero.
int digits_of(UnsignedWide number) {
    // 1233 / 4096 is a little less than log10(2).
    const auto least = static_cast<int>((bits_of(number) * 1233U) >> 12U);
    return least + (least > kDigitsMax || number >= ten_to(least).value ? 1 : 0);
}

/// Powers of ten as large as products: the lower 35 and, multiplied by 10^34, the upper.
constexpr std::array<Product, (2 * kDigitsMax) + 1> kProducts = [] {
    std::array<Product, (2 * kDigitsMax) + 1> products{};
    for (std::size_t at = 0; at <= kDigitsMax; ++at) {
        products[at] = {0, kTens[at].value};
        products[at + kDigitsMax] = multiply_full(kTens[at].value, kLimit);
    }
    return products;
}();

/// The same for a product of at least 10^34.
int digits_of(const Product& product) {
    const unsigned bits = product.high != 0 ? 128U + bits_of(product.high) : bits_of(product.low);
    const auto least = static_cast<std::size_t>((bits * 1233U) >> 12U);
    const Product& power = kProducts[least];
    const bool reached =
        product.high != power.high ? product.high > power.high : product.low >= power.low;
    return static_cast<int>(least) + (reached ? 1 : 0);
}

/// Rounds half to even, given what was cut off in units of `unit`; may have one digit too many.
UnsignedWide rounded(UnsignedWide kept, UnsignedWide rest, UnsignedWide unit) {
    const UnsignedWide twice = rest * 2;
    const bool up = twice > unit || (twice == unit && (kept & 1U) != 0);
    return kept + (up ? 1U : 0U);
}

/// A coefficient of one more than 34 digits can only be 10^34.
Parts settled(bool negative, UnsignedWide coefficient, int exponent) {
    if (coefficient == kLimit) {
        return {negative, ten_to(kDigitsMax - 1).value, exponent + 1};
    }
    return {negative, coefficient, exponent};
}

/// One digit of a quotient, in base 2^64, and what is left (Knuth, volume 2, 4.3.1, algorithm D);
/// the highest bit of `divisor` is set, and `rest` is below it.
std::uint64_t next_digit(UnsignedWide& rest, std::uint64_t next, UnsignedWide divisor) {
    const auto upper = static_cast<std::uint64_t>(divisor >> 64U);
    const auto lower = static_cast<std::uint64_t>(divisor);
    UnsignedWide digit = rest / upper;
    UnsignedWide left = rest % upper;
    // At most twice: the estimate is never more than two too large.
    while ((left >> 64U) == 0 && ((digit >> 64U) != 0 || digit * lower > ((left << 64U) | next))) {
        --digit;
        left += upper;
    }
    rest = ((rest << 64U) | next) - digit * divisor;
    return static_cast<std::uint64_t>(digit);
}

/// `number / divisor` for a quotient below 2^128.
Quotient divide_full(const Product& number, UnsignedWide divisor) {
    ATTUNE_ASSERT(divisor != 0);
    const unsigned shift = 128U - bits_of(divisor);
    const UnsignedWide normal = divisor << shift;
    const UnsignedWide low = number.low << shift;
    UnsignedWide rest =
        shift == 0 ? number.high : (number.high << shift) | (number.low >> (128U - shift));
    const std::uint64_t upper = next_digit(rest, static_cast<std::uint64_t>(low >> 64U), normal);
    const std::uint64_t lower = next_digit(rest, static_cast<std::uint64_t>(low), normal);
    return {(static_cast<UnsignedWide>(upper) << 64U) | lower, rest >> shift};
}

/// The digits of a product, which is at least 10^34.
int digits_of_product(const Product& product, UnsignedWide lhs, UnsignedWide rhs) {
    constexpr UnsignedWide kFull = kTens[kDigitsMax - 1].value;
    if (lhs < kFull || rhs < kFull) {
        return digits_of(product);
    }
    // Two numbers of 34 digits, as nearly all are once anything has been rounded.
    constexpr int kLeast = (2 * kDigitsMax) - 1;
    constexpr Product kOne = kProducts[kLeast];
    const bool more =
        product.high != kOne.high ? product.high > kOne.high : product.low >= kOne.low;
    return more ? kLeast + 1 : kLeast;
}

Parts product_of(const Parts& lhs, const Parts& rhs) {
    const bool negative = lhs.negative != rhs.negative;
    const int exponent = lhs.exponent + rhs.exponent;
    const Product product = multiply_full(lhs.coefficient, rhs.coefficient);
    if (product.high == 0 && product.low < kLimit) {
        return {negative, product.low, exponent};
    }
    const int drop = digits_of_product(product, lhs.coefficient, rhs.coefficient) - kDigitsMax;
    const Quotient cut = divide_by(product, ten_to(drop));
    return settled(negative, rounded(cut.value, cut.rest, ten_to(drop).value), exponent + drop);
}

/// `number / divisor` for a divisor of one word.
Quotient divide_by_word(UnsignedWide number, std::uint64_t divisor) {
    const UnsignedWide quotient = number / divisor;
    return {quotient, number - quotient * divisor};
}

}  // namespace

Parts multiply_wide(const Parts& lhs, const Parts& rhs) {
    return product_of(lhs, rhs);
}

std::optional<Parts> add_wide(Parts lhs, Parts rhs) {
    if (lhs.exponent < rhs.exponent) {
        std::swap(lhs, rhs);
    }
    const int gap = lhs.exponent - rhs.exponent;
    if (gap > kDigitsMax + 2 || digits_of(lhs.coefficient) + gap > kSumDigitsMax) {
        return std::nullopt;
    }
    // In two steps, because the table ends at 34.
    const int first = std::min(gap, kDigitsMax);
    const UnsignedWide aligned = lhs.coefficient * ten_to(first).value * ten_to(gap - first).value;
    Parts sum{lhs.negative, aligned, rhs.exponent};
    if (lhs.negative == rhs.negative) {
        sum.coefficient += rhs.coefficient;
    } else if (aligned >= rhs.coefficient) {
        sum.coefficient -= rhs.coefficient;
    } else {
        sum = {rhs.negative, rhs.coefficient - aligned, rhs.exponent};
    }
    if (sum.coefficient < kLimit) {
        return sum;
    }
    const Product wide{0, sum.coefficient};
    const int drop = digits_of(wide) - kDigitsMax;
    const Quotient cut = divide_by(wide, ten_to(drop));
    return settled(
        sum.negative, rounded(cut.value, cut.rest, ten_to(drop).value), sum.exponent + drop
    );
}

Parts divide_wide(const Parts& lhs, const Parts& rhs) {
    const bool negative = lhs.negative != rhs.negative;
    if (lhs.coefficient == 0) {
        return {false, 0, 0};
    }
    const int raise = kDigitsMax - digits_of(lhs.coefficient);
    const int digits = digits_of(rhs.coefficient);
    const int exponent = lhs.exponent - rhs.exponent - raise - digits;
    const UnsignedWide raised = lhs.coefficient * ten_to(raise).value;
    // At least 10^33 and below 10^35. A dividend of up to 38 digits fits into two words: rates and
    // prices are divided by 12 and 100 rather than by numbers of 34 digits.
    const Quotient quotient =
        digits <= kSumDigitsMax - kDigitsMax
            ? divide_by_word(
                  raised * ten_to(digits).value, static_cast<std::uint64_t>(rhs.coefficient)
              )
            : divide_full(multiply_full(raised, ten_to(digits).value), rhs.coefficient);
    if (quotient.value < kLimit) {
        return settled(negative, rounded(quotient.value, quotient.rest, rhs.coefficient), exponent);
    }
    // One digit too many: the last joins the rest, which is measured in halves so that whatever is
    // left of the division only breaks ties.
    const Quotient cut = divide_by({0, quotient.value}, ten_to(1));
    const UnsignedWide rest = cut.rest * 2 + (quotient.rest != 0 ? 1U : 0U);
    return settled(negative, rounded(cut.value, rest, 20), exponent + 1);
}

std::strong_ordering compare_magnitudes(const Parts& lhs, const Parts& rhs) {
    const int gap = lhs.exponent - rhs.exponent;
    const int lhs_end = digits_of(lhs.coefficient) + gap;
    const int rhs_end = digits_of(rhs.coefficient);
    if (lhs_end != rhs_end) {
        return lhs_end <=> rhs_end;
    }
    // The highest digits stand at one place, so the one with fewer digits has room for zeros.
    const UnsignedWide left = lhs.coefficient * ten_to(std::max(gap, 0)).value;
    const UnsignedWide right = rhs.coefficient * ten_to(std::max(-gap, 0)).value;
    return left < right   ? std::strong_ordering::less
           : left > right ? std::strong_ordering::greater
                          : std::strong_ordering::equal;
}

}  // namespace attune::detail
