#pragma once

#include "base/arena.h"
#include "dmn/decision_model.h"
#include "feel/type.h"
#include "value/value.h"

namespace attune::dmn {

/// `value` with text read as what `type` wants: dates, times and durations, which JSON has no form
/// for, and numbers and booleans, which CSV has none for either. Lists and contexts are looked
/// into; text that is not of the wanted form stays text.
[[nodiscard]] Value read_as(const Value& value, const feel::Type& type, Arena& arena);

/// The context `inputs` with every entry read as the parameter of `goal` that it is for.
[[nodiscard]] Value read_inputs(const Value& inputs, const Goal& goal, Arena& arena);

}  // namespace attune::dmn
