#pragma once

#include "customer/blob.h"

namespace attune::customer {

/// A blob of version 1, whose bytes have been found whole, in the present form: without held
/// campaigns and merges, and with patterns' instances that have neither key nor count.
[[nodiscard]] Result<Blob> upgraded_from_1(const Blob& old);

}  // namespace attune::customer
