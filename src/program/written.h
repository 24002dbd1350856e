#pragma once

#include <cstdint>

#include "feel/expression.h"

namespace attune::program {

/// What a value may come to when it is written as text or JSON: one for each item and entry, and
/// the bytes of its texts. Values share their parts, so a list that was doubled 60 times takes a
/// few hundred bytes of memory, and more than all disks once written.
constexpr std::uint64_t kWrittenSizeMax = 1'000'000;

/// Whether `value` may be written.
[[nodiscard]] bool may_be_written(const Value& value);

/// The value of `expression`, for writing: null, with a warning, where it is too large for that.
[[nodiscard]] Value evaluate_to_write(
    const feel::Expression& expression, feel::Evaluation& evaluation
);

}  // namespace attune::program
