#pragma once

#include <string>

#include "dmn/model.h"

namespace attune::dmn {

/// The graph of a model, goals first, each with what it requires below it.
[[nodiscard]] std::string graph_text(const Definitions& definitions);

/// A decision's (or knowledge model's) logic: tables as grids, everything else as text. Empty if
/// there is no such element.
[[nodiscard]] std::string logic_text(const Definitions& definitions, std::string_view name);

/// The same drawn as SVG.
[[nodiscard]] std::string graph_svg(const Definitions& definitions);
[[nodiscard]] std::string logic_svg(const Definitions& definitions, std::string_view name);

}  // namespace attune::dmn
