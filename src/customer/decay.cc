#include "customer/decay.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace attune::customer {

double exp2_exact(double exponent) {
    exponent = std::clamp(exponent, -1000.0, 1000.0);
    // Round to the nearest whole number without libm; the conversion truncates.
    const auto whole = static_cast<std::int64_t>(exponent + (exponent < 0 ? -0.5 : 0.5));
    const double x = (exponent - static_cast<double>(whole)) * 0.693147180559945309417;
    // e^x on [-0.35, 0.35]; Horner's rule with separate multiply and add (-ffp-contract=off).
    double sum = 1.0 / 362880.0;
    for (const double term :
         {1.0 / 40320.0,
          1.0 / 5040.0,
          1.0 / 720.0,
          1.0 / 120.0,
          1.0 / 24.0,
          1.0 / 6.0,
          0.5,
          1.0,
          1.0}) {
        sum = sum * x + term;
    }
    const auto bits = static_cast<std::uint64_t>(whole + 1023) << 52U;
    double power = 0;
    std::memcpy(&power, &bits, sizeof(power));
    return sum * power;
}

}  // namespace attune::customer
