#pragma once

#include <string>
#include <vector>

#include "dmn/model.h"

namespace attune::dmn {

/// A decision table laid out as cells, in its preferred orientation.
struct Grid {
    std::vector<std::vector<std::string>> rows;
    std::size_t header_rows = 1;
    std::size_t header_columns = 1;
    /// Columns (rules as rows) or rows (rules as columns) before which a double line stands: where
    /// outputs begin.
    std::size_t outputs_at = 0;
    bool rules_as_rows = true;
};

[[nodiscard]] Grid grid_of(const DecisionTable& table);

/// The columns that one code point of a terminal takes are one; so the width is their number.
[[nodiscard]] std::size_t width_of(std::string_view text);

/// Boxed with lines.
[[nodiscard]] std::string to_text(const Grid& grid);
[[nodiscard]] std::string to_svg(const Grid& grid, std::string_view title);

/// Text for XML.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace attune::dmn
