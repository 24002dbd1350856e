#pragma once

#include <compare>

#include "value/decimal_parts.h"

// Arithmetic of numbers with up to 34 digits, for the files of Decimal. For nobody else.

namespace attune::detail {

/// The product, rounded half to even to 34 digits. Exponents add up unchecked; coefficients are
/// below 10^34.
[[nodiscard]] Parts multiply_wide(const Parts& lhs, const Parts& rhs);

/// The sum, rounded in the same way; nothing where aligning the two takes more than 38 digits.
[[nodiscard]] std::optional<Parts> add_wide(Parts lhs, Parts rhs);

/// The quotient, rounded in the same way; the divisor is not zero.
[[nodiscard]] Parts divide_wide(const Parts& lhs, const Parts& rhs);

/// The order of the numbers without their signs; neither is zero.
[[nodiscard]] std::strong_ordering compare_magnitudes(const Parts& lhs, const Parts& rhs);

/// Whether a number with 34 digits and this exponent is certainly within the range of decimal128.
[[nodiscard]] constexpr bool well_in_range(int exponent) {
    return exponent > -6000 && exponent < 6000;
}

}  // namespace attune::detail
