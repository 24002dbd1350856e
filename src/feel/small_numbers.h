#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "value/value.h"

namespace attune::feel {

// Arithmetic on numbers that a Value holds without memory of its own: nearly all that real rules
// meet. The two numbers are scalars throughout, because a compiler that sees them in a struct packs
// them through memory. Each function gives null where the result, or one number on the scale of the
// other, does not fit; then Decimal knows better.

constexpr int kSmallExponentMax = 18;

constexpr std::array<std::int64_t, kSmallExponentMax + 1> kPowersOfTen = [] {
    std::array<std::int64_t, kSmallExponentMax + 1> powers{};
    std::int64_t power = 1;
    for (std::int64_t& each : powers) {
        each = power;
        power = power < std::numeric_limits<std::int64_t>::max() / 10 ? power * 10 : power;
    }
    return powers;
}();

[[nodiscard]] inline bool small_numbers(const Value& lhs, const Value& rhs) {
    return lhs.is_small_number() && rhs.is_small_number();
}

/// The number with this coefficient, if it is one of small numbers: the least int64 has no negative
/// and is none.
[[nodiscard]] inline Value small_or_null(std::int64_t coefficient, int exponent) {
    return coefficient != std::numeric_limits<std::int64_t>::min()
               ? Value::small_number(coefficient, exponent)
               : Value();
}

/// `then(left, right, exponent)` with both coefficients on the finer scale of the two.
template <typename Then>
[[gnu::always_inline, nodiscard]] inline Value on_one_scale(
    const Value& lhs, const Value& rhs, const Then& then
) {
    const int gap = lhs.small_exponent() - rhs.small_exponent();
    if (gap == 0) {
        return then(lhs.small_coefficient(), rhs.small_coefficient(), rhs.small_exponent());
    }
    std::int64_t scaled = 0;
    if (gap > 0) {
        const bool fits =
            gap <= kSmallExponentMax &&
            !__builtin_mul_overflow(
                lhs.small_coefficient(), kPowersOfTen[static_cast<std::size_t>(gap)], &scaled
            );
        return fits ? then(scaled, rhs.small_coefficient(), rhs.small_exponent()) : Value();
    }
    const bool fits =
        gap >= -kSmallExponentMax &&
        !__builtin_mul_overflow(
            rhs.small_coefficient(), kPowersOfTen[static_cast<std::size_t>(-gap)], &scaled
        );
    return fits ? then(lhs.small_coefficient(), scaled, lhs.small_exponent()) : Value();
}

/// -1, 0 or 1.
[[gnu::always_inline, nodiscard]] inline Value small_order(const Value& lhs, const Value& rhs) {
    return on_one_scale(lhs, rhs, [](std::int64_t left, std::int64_t right, int /*exponent*/) {
        return Value::integer(left < right ? -1 : (left > right ? 1 : 0));
    });
}

[[gnu::always_inline, nodiscard]] inline Value small_sum(const Value& lhs, const Value& rhs) {
    return on_one_scale(lhs, rhs, [](std::int64_t left, std::int64_t right, int exponent) {
        std::int64_t sum = 0;
        return __builtin_add_overflow(left, right, &sum) ? Value() : small_or_null(sum, exponent);
    });
}

[[gnu::always_inline, nodiscard]] inline Value small_difference(
    const Value& lhs, const Value& rhs
) {
    return on_one_scale(lhs, rhs, [](std::int64_t left, std::int64_t right, int exponent) {
        std::int64_t difference = 0;
        return __builtin_sub_overflow(left, right, &difference)
                   ? Value()
                   : small_or_null(difference, exponent);
    });
}

[[gnu::always_inline, nodiscard]] inline Value small_product(const Value& lhs, const Value& rhs) {
    const int exponent = lhs.small_exponent() + rhs.small_exponent();
    std::int64_t product = 0;
    const bool fits =
        !__builtin_mul_overflow(lhs.small_coefficient(), rhs.small_coefficient(), &product) &&
        exponent >= -kSmallExponentMax && exponent <= kSmallExponentMax;
    return fits ? small_or_null(product, exponent) : Value();
}

}  // namespace attune::feel
