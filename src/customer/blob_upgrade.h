#pragma once

#include <cstdint>

#include "base/result.h"
#include "customer/blob.h"

namespace attune::customer {

/// Blob::judged_by of a blob of an earlier version: by whichever program its owner had.
constexpr std::uint32_t kJudgedByItsProgram = 1;

/// A blob of an earlier version as one of this version; Corrupt if that version wrote no such blob.
[[nodiscard]] Result<Blob> upgraded(const Blob& old, std::uint16_t version);

}  // namespace attune::customer
