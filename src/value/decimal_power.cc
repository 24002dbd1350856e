#include "value/decimal_power.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/assert.h"
#include "value/decimal_wide.h"

namespace attune::detail {

namespace {

using Word = std::uint64_t;

constexpr std::size_t kDigits = 34;
/// 2^112 is below 10^34: so many bits are always a coefficient.
constexpr unsigned kCoefficientBits = 112;

/// A positive number in binary: 192 bits, the highest of them set, times two to `exponent`. Rates
/// of interest compounded over years take a dozen multiplications; here each is a few instructions,
/// where decimal digits would have to be counted and cut every time, and the digits behind the 34th
/// are kept until the end.
struct Binary {
    Word high = 0;
    Word middle = 0;
    Word low = 0;
    std::int64_t exponent = 0;
};

constexpr Word low_word(UnsignedWide number) {
    return static_cast<Word>(number);
}

constexpr UnsignedWide high_word(UnsignedWide number) {
    return number >> 64U;
}

constexpr UnsignedWide joined(Word high, Word low) {
    return (static_cast<UnsignedWide>(high) << 64U) | low;
}

constexpr UnsignedWide times(Word lhs, Word rhs) {
    return static_cast<UnsignedWide>(lhs) * rhs;
}

/// The upper half of the product of two mantissas, short of the lowest of nine partial products:
/// too small by less than one.
constexpr Binary upper_half(const Binary& lhs, const Binary& rhs) {
    const UnsignedWide low_high = times(lhs.low, rhs.high);
    const UnsignedWide both_middle = times(lhs.middle, rhs.middle);
    const UnsignedWide high_low = times(lhs.high, rhs.low);
    const UnsignedWide middle_high = times(lhs.middle, rhs.high);
    const UnsignedWide high_middle = times(lhs.high, rhs.middle);
    const UnsignedWide both_high = times(lhs.high, rhs.high);
    const UnsignedWide second = high_word(times(lhs.low, rhs.middle)) +
                                high_word(times(lhs.middle, rhs.low)) + low_word(low_high) +
                                low_word(both_middle) + low_word(high_low);
    const UnsignedWide third = high_word(second) + high_word(low_high) + high_word(both_middle) +
                               high_word(high_low) + low_word(middle_high) + low_word(high_middle);
    const UnsignedWide fourth =
        high_word(third) + high_word(middle_high) + high_word(high_middle) + low_word(both_high);
    const UnsignedWide fifth = high_word(fourth) + high_word(both_high);
    return {low_word(fifth), low_word(fourth), low_word(third), lhs.exponent + rhs.exponent + 192};
}

/// The product: too small by less than two units of its last bit.
constexpr Binary multiply(const Binary& lhs, const Binary& rhs) {
    const Binary product = upper_half(lhs, rhs);
    if ((product.high >> 63U) != 0) {
        return product;
    }
    return {
        (product.high << 1U) | (product.middle >> 63U),
        (product.middle << 1U) | (product.low >> 63U),
        product.low << 1U,
        product.exponent - 1};
}

constexpr unsigned leading_zeros(UnsignedWide number) {
    const auto high = low_word(high_word(number));
    return high != 0 ? static_cast<unsigned>(std::countl_zero(high))
                     : 64U + static_cast<unsigned>(std::countl_zero(low_word(number)));
}

/// A number that is not zero, exactly.
constexpr Binary to_binary(UnsignedWide number) {
    const unsigned shift = leading_zeros(number);
    const UnsignedWide normal = number << shift;
    return {
        low_word(high_word(normal)), low_word(normal), 0, -64 - static_cast<std::int64_t>(shift)};
}

/// A tenth of a number of four words, the highest bit of which is set, and so again. The fourth
/// word keeps what repeated division loses away from the other three.
struct Tenth {
    std::array<Word, 4> words;  ///< The highest first.
    std::int64_t exponent;
};

constexpr Tenth divided_by_ten(Tenth number) {
    Word rest = 0;
    for (Word& word : number.words) {
        const UnsignedWide part = (static_cast<UnsignedWide>(rest) << 64U) | word;
        word = low_word(part / 10);
        rest = low_word(part % 10);
    }
    const auto shift = static_cast<unsigned>(std::countl_zero(number.words[0]));
    for (std::size_t at = 0; at < number.words.size(); ++at) {
        const Word next = at + 1 < number.words.size() ? number.words[at + 1] : 0;
        number.words[at] = (number.words[at] << shift) | (next >> (64U - shift));
    }
    number.exponent -= shift;
    return number;
}

/// Ten to the powers 0, -1, … -34.
constexpr std::array<Binary, kDigits + 1> kTenths = [] {
    std::array<Binary, kDigits + 1> tenths{};
    Tenth power{{Word{1} << 63U, 0, 0, 0}, -191};
    for (Binary& each : tenths) {
        each = {power.words[0], power.words[1], power.words[2], power.exponent};
        power = divided_by_ten(power);
    }
    return tenths;
}();

/// Ten to the powers -1, -2, -4, … -16384.
constexpr std::array<Binary, 15> kTenthSquares = [] {
    std::array<Binary, 15> squares{};
    Binary power = kTenths[1];
    for (Binary& each : squares) {
        each = power;
        power = multiply(power, power);
    }
    return squares;
}();

constexpr UnsignedWide power_of_ten(std::size_t exponent) {
    UnsignedWide power = 1;
    for (std::size_t at = 0; at < exponent; ++at) {
        power *= 10;
    }
    return power;
}

constexpr UnsignedWide kLimit = power_of_ten(kDigits);

/// The number divided by ten to `digits`, which is below 2^15.
Binary divided_by_tens(Binary number, std::uint64_t digits) {
    if (digits <= kDigits) {
        return digits == 0 ? number : multiply(number, kTenths[digits]);
    }
    for (std::size_t bit = 0; bit < kTenthSquares.size(); ++bit) {
        if (((digits >> bit) & 1U) != 0) {
            number = multiply(number, kTenthSquares[bit]);
        }
    }
    return number;
}

/// The exponent of the highest bit.
std::int64_t twos_of(const Binary& number) {
    return number.exponent + 191;
}

/// The decimal exponent of the highest digit, or one less; of a number from 1 on.
std::int64_t tens_of(const Binary& number) {
    // The logarithm of 1 + x to base two is at least x.
    const double twos = static_cast<double>(twos_of(number)) - 1;
    return static_cast<std::int64_t>(
        (twos + static_cast<double>(number.high) * 0x1p-63) * 0.30102999566398
    );
}

/// The whole part of a number below 128.
Word whole_part(const Binary& number) {
    const std::int64_t twos = twos_of(number);
    return twos < 0 ? 0 : number.high >> static_cast<unsigned>(63 - twos);
}

/// One through the number, by Newton's method from below: each of two steps doubles the bits that
/// are right, of which the division of the highest word gives 62.
Binary reciprocal(const Binary& number) {
    constexpr Word kHalf = Word{1} << 63U;
    if (number.high == kHalf && (number.middle | number.low) == 0) {
        return {kHalf, 0, 0, -382 - number.exponent};
    }
    // As fractions of 2^192 the number is in [1/2, 1), and its reciprocal is halved.
    const UnsignedWide above = static_cast<UnsignedWide>(number.high) + 1;
    Binary result{low_word((UnsignedWide{1} << 127U) / above), 0, 0, -383 - number.exponent};
    for (int step = 0; step < 2; ++step) {
        const Binary product = upper_half(number, result);
        if (product.high >= kHalf) {
            break;
        }
        // 1/2 less the product, word by word.
        const UnsignedWide lower = -joined(product.middle, product.low);
        const Word borrow = (product.middle | product.low) != 0 ? 1 : 0;
        const Binary missing{
            kHalf - product.high - borrow, low_word(high_word(lower)), low_word(lower), 0};
        const Binary half_step = upper_half(result, missing);
        const UnsignedWide added_low =
            joined(half_step.middle << 1U | half_step.low >> 63U, half_step.low << 1U);
        const UnsignedWide sum_low = joined(result.middle, result.low) + added_low;
        const Word carry = sum_low < added_low ? 1 : 0;
        result.high += (half_step.high << 1U | half_step.middle >> 63U) + carry;
        result.middle = low_word(high_word(sum_low));
        result.low = low_word(sum_low);
    }
    return result;
}

Binary whole_power(Binary base, std::uint64_t exponent) {
    std::uint64_t left = exponent;
    for (; (left & 1U) == 0; left >>= 1U) {
        base = multiply(base, base);
    }
    Binary power = base;
    while ((left >>= 1U) != 0) {
        base = multiply(base, base);
        if ((left & 1U) != 0) {
            power = multiply(power, base);
        }
    }
    return power;
}

/// The whole number next to a number between 2^64 and 2^127.
UnsignedWide nearest(const Binary& number) {
    const auto fraction = static_cast<unsigned>(127 - twos_of(number));
    const UnsignedWide doubled = joined(number.high, number.middle) >> (fraction - 1);
    return (doubled >> 1U) + (doubled & 1U);
}

UnsignedWide exact_power(UnsignedWide base, std::uint64_t exponent) {
    UnsignedWide power = 1;
    for (std::uint64_t left = exponent; left > 0; left >>= 1U) {
        power *= (left & 1U) != 0 ? base : 1;
        base *= base;  // What runs over is not used.
    }
    return power;
}

int limited(std::int64_t exponent) {
    constexpr std::int64_t kMax = kPowerExponentMax;
    return static_cast<int>(std::clamp(exponent, -kMax, kMax));
}

/// Brings a number from 1 on below 10; `tens` is the power of ten that was taken off.
Binary normalized(const Binary& number, std::int64_t& tens) {
    const Binary divided = divided_by_tens(number, static_cast<std::uint64_t>(tens));
    if (whole_part(divided) < 10) {
        return divided;
    }
    ++tens;
    return multiply(divided, kTenths[1]);
}

/// A power with more than 34 digits, of a base that does not end in a zero: it never lies in the
/// middle between two numbers of 34 digits. (Powers of 1/2 do, but only where `power_wide` computes
/// exactly.)
Parts rounded_power(const Parts& base, std::int64_t exponent) {
    // Powers are taken of a number between 1 and 4, which may be one through that of the base, so
    // that they are beyond all range only where the result is, too.
    Binary start = to_binary(base.coefficient);
    std::int64_t digits = tens_of(start);
    start = normalized(start, digits);
    bool inverse = exponent < 0;
    if (whole_part(start) >= 4) {
        start = reciprocal(multiply(start, kTenths[1]));
        ++digits;
        inverse = !inverse;
    }
    const auto count = static_cast<std::uint64_t>(exponent < 0 ? -exponent : exponent);
    Binary power = whole_power(start, count);
    std::int64_t tens = tens_of(power);
    const std::int64_t shift = (base.exponent + digits) * exponent;
    const bool negative = base.negative && (count & 1U) != 0;
    if (tens >= kPowerExponentMax) {
        return {negative, 1, limited(inverse ? shift - 2 * tens : shift + 2 * tens)};
    }
    power = normalized(power, tens);
    constexpr std::int64_t kShift = kDigits;
    const UnsignedWide coefficient = nearest(
        inverse ? multiply(reciprocal(power), to_binary(kLimit))
                : multiply(power, to_binary(kLimit / 10))
    );
    const int scale = limited(inverse ? shift - tens - kShift : shift + tens - kShift + 1);
    return coefficient < kLimit ? Parts{negative, coefficient, scale}
                                : Parts{negative, kLimit / 10, scale + 1};
}

}  // namespace

Parts power_wide(Parts base, std::int64_t exponent) {
    ATTUNE_ASSERT(base.coefficient != 0);
    strip_zeros(base);
    const auto count = static_cast<std::uint64_t>(exponent < 0 ? -exponent : exponent);
    const bool negative = base.negative && (count & 1U) != 0;
    if (count == 0 || base.coefficient == 1) {
        return {negative, 1, limited(base.exponent * exponent)};
    }
    const std::uint64_t bits = 128 - leading_zeros(base.coefficient);
    const int scale = limited(base.exponent * exponent);
    if (exponent < 0 && bits * count <= kCoefficientBits) {
        return divide_wide({negative, 1, scale}, {false, exact_power(base.coefficient, count), 0});
    }
    const std::uint64_t upper = count - count / 2;
    if (exponent > 0 && (upper == 1 || bits * upper <= kCoefficientBits)) {
        return multiply_wide(
            {negative, exact_power(base.coefficient, upper), scale},
            {false, exact_power(base.coefficient, count / 2), 0}
        );
    }
    return rounded_power(base, exponent);
}

}  // namespace attune::detail
