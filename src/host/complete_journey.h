#pragma once

#include <string>

#include "base/result.h"
#include "host/datasets.h"

namespace attune::host {

/// Reads the files of the Complete Journey; see read_dataset.
[[nodiscard]] Result<Dataset> read_complete_journey(const std::string& folder);

}  // namespace attune::host
