#pragma once

#include <optional>

#include "base/arena.h"
#include "feel/type.h"
#include "value/value.h"

namespace attune::feel {

/// FEEL's `instance of` (DMN 1.5, Table 61): null is an instance of Null only (and of Any: no),
/// lists and contexts are looked into.
[[nodiscard]] bool instance_of(const Value& value, const Type& type);

/// As `instance_of`, but null belongs to every type: what 10.3.2.9.4 calls "conforms".
[[nodiscard]] bool conforms(const Value& value, const Type& type);

/// The implicit conversions of DMN 1.5, 10.3.2.9.4: to and from lists of one item, date to date and
/// time (midnight UTC). Nothing if the value does not conform even so; the standard then wants null
/// and a warning.
[[nodiscard]] std::optional<Value> convert(const Value& value, const Type& type, Arena& arena);

}  // namespace attune::feel
