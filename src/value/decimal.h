#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace attune {

/// A decimal number as FEEL knows it (DMN 1.5, 10.3.2.3.1): 34 significant digits, rounding half to
/// even, exponents of IEEE 754 decimal128, no infinity, no NaN, no negative zero. 16 bytes,
/// trivially copyable.
///
/// Numbers of everyday size are held as an int64 coefficient and a power of ten, and most
/// arithmetic stays there; the rest is decimal128 in Intel's binary encoding. Which form a number
/// has never shows: 1.0 equals 1, and equal numbers hash and print alike.
class Decimal {
public:
    constexpr Decimal() : Decimal(0, 0) {}
    // NOLINTNEXTLINE(google-explicit-constructor): a whole number is a number
    constexpr Decimal(std::int64_t whole) : Decimal(whole, 0) {}

    /// `coefficient` times ten to the power of `exponent`; the exponent lies in -18..18.
    static constexpr Decimal scaled(std::int64_t coefficient, int exponent) {
        return {coefficient, exponent};
    }

    /// Reads "-12.5", ".5", "1e3". Nothing for any other text, or a number out of range. Digits
    /// beyond the 34th are rounded half to even.
    [[nodiscard]] static std::optional<Decimal> parse(std::string_view text);

    /// The shortest decimal that reads back as `number`; nothing for infinities and NaN.
    [[nodiscard]] static std::optional<Decimal> from_double(double number);

    /// Arithmetic; nothing where the result is out of range or undefined (division by zero).
    [[nodiscard]] static std::optional<Decimal> add(Decimal lhs, Decimal rhs);
    [[nodiscard]] static std::optional<Decimal> subtract(Decimal lhs, Decimal rhs);
    [[nodiscard]] static std::optional<Decimal> multiply(Decimal lhs, Decimal rhs);
    [[nodiscard]] static std::optional<Decimal> divide(Decimal lhs, Decimal rhs);
    /// `base` to the power of `exponent`; a whole exponent gives the correctly rounded result.
    [[nodiscard]] static std::optional<Decimal> power(Decimal base, Decimal exponent);
    [[nodiscard]] static std::optional<Decimal> square_root(Decimal number);
    [[nodiscard]] static std::optional<Decimal> exp(Decimal number);
    [[nodiscard]] static std::optional<Decimal> log(Decimal number);
    /// `lhs - rhs * floor(lhs / rhs)`: the sign is the divisor's (FEEL's `modulo`).
    [[nodiscard]] static std::optional<Decimal> modulo(Decimal lhs, Decimal rhs);

    enum class Rounding : std::uint8_t { HalfEven, HalfUp, HalfDown, Up, Down, Floor, Ceiling };

    /// Rounded to `scale` digits behind the point (negative: before it); HalfUp, HalfDown, Up and
    /// Down look at the magnitude, as FEEL's `round up` and its siblings do. Nothing if `scale` is
    /// outside -6111..6176.
    [[nodiscard]] static std::optional<Decimal> round(
        Decimal number, std::int64_t scale, Rounding rounding
    );

    [[nodiscard]] Decimal negated() const;
    [[nodiscard]] Decimal absolute() const;
    [[nodiscard]] int sign() const;  ///< -1, 0 or 1
    [[nodiscard]] bool whole() const;

    /// The number as an int64 if it is whole and fits.
    [[nodiscard]] std::optional<std::int64_t> to_int64() const;
    [[nodiscard]] double to_double() const;

    /// Without exponent while it has at most 40 characters ("0.0001", "1200"), else as "1.5E+300".
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] std::uint64_t hash() const;

    friend std::strong_ordering operator<=>(Decimal lhs, Decimal rhs) { return compare(lhs, rhs); }
    friend bool operator==(Decimal lhs, Decimal rhs) { return compare(lhs, rhs) == 0; }

    /// True if held as coefficient and exponent; then those may be read.
    [[nodiscard]] constexpr bool small() const { return (high_ & kSmallMask) == kSmallTag; }
    [[nodiscard]] constexpr std::int64_t coefficient() const {
        return static_cast<std::int64_t>(low_);
    }
    [[nodiscard]] constexpr int exponent() const {
        return static_cast<int>(static_cast<std::int8_t>(high_ & 0xffU));
    }

    /// The two words of the representation, for storing a number inside this process.
    [[nodiscard]] constexpr std::uint64_t low_word() const { return low_; }
    [[nodiscard]] constexpr std::uint64_t high_word() const { return high_; }
    static constexpr Decimal from_words(std::uint64_t low, std::uint64_t high) {
        Decimal number;
        number.low_ = low;
        number.high_ = high;
        return number;
    }

private:
    // The bit pattern of a decimal128 NaN, which is never stored, marks the small form.
    static constexpr std::uint64_t kSmallTag = 0x7c00'0000'0000'0000U;
    static constexpr std::uint64_t kSmallMask = 0xfc00'0000'0000'0000U;

    constexpr Decimal(std::int64_t coefficient, int exponent)
        : low_(static_cast<std::uint64_t>(coefficient)),
          high_(kSmallTag | static_cast<std::uint8_t>(static_cast<std::int8_t>(exponent))) {}

    static std::strong_ordering compare(Decimal lhs, Decimal rhs) {
        if (lhs.small() && rhs.small() && lhs.exponent() == rhs.exponent()) {
            return lhs.coefficient() <=> rhs.coefficient();
        }
        return compare_slowly(lhs, rhs);
    }

    static std::strong_ordering compare_slowly(Decimal lhs, Decimal rhs);

    std::uint64_t low_;
    std::uint64_t high_;
};

}  // namespace attune
