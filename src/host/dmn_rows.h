#pragma once

#include <string>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "value/value.h"

namespace attune::host {

/// The inputs in a file, one context for each evaluation: a JSON object or array of objects, JSON
/// Lines, or CSV (by its name) whose first line names the inputs; "customer.age" names a part of
/// one, and an empty field is null. "-" reads JSON from standard input. Values live in `arena`.
[[nodiscard]] Result<std::vector<Value>> read_rows(const std::string& path, Arena& arena);

}  // namespace attune::host
