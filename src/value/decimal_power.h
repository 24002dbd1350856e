#pragma once

#include <cstdint>

#include "value/decimal_parts.h"

// Whole powers of numbers with up to 34 digits, for the files of Decimal. For nobody else.

namespace attune::detail {

/// The greatest exponent, and the least negated, that `power_wide` takes.
constexpr std::int64_t kPowerMax = 999'999'999;

/// A power whose exponent is too large to be that of a number.
constexpr int kPowerExponentMax = 20'000;

/// `base` to the power of `exponent`, rounded half to even once, to 34 digits. The base is not zero
/// and has an exponent of decimal128; `exponent` is within kPowerMax on both sides. Where the
/// power's exponent lies beyond kPowerExponentMax on either side, that limit stands for it.
///
/// Ties and exact powers are found exactly. Everything else is computed with an error of less than
/// a unit of the 34th digit times 2^-40, so only a power as close as that to the middle between two
/// numbers may be rounded to the other one.
[[nodiscard]] Parts power_wide(Parts base, std::int64_t exponent);

}  // namespace attune::detail
