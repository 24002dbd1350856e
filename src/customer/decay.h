#pragma once

namespace attune::customer {

/// 2 to the power of `exponent`, for exponents in -1000..1000. Our own, because the result is
/// stored: libm's differs between versions in the last bit. Relative error below 1e-9 (a degree-7
/// Taylor polynomial on half a unit).
[[nodiscard]] double exp2_exact(double exponent);

}  // namespace attune::customer
