#pragma once

#include <string>

#include "dmn/model.h"

namespace attune::dmn {

/// The file as DMN 1.5, whatever version it was read from; as 1.6 if it uses what only that has
/// (B-FEEL, ONNX functions). Everything else stays as it was: diagrams, vendors' extensions,
/// comments, white space.
[[nodiscard]] std::string write_definitions(const Definitions& definitions);

}  // namespace attune::dmn
