#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dmn/table.h"

namespace attune::dmn {

/// Something about a table that its author would want to know.
struct Finding {
    enum class Kind : std::uint8_t {
        Gap,          ///< Inputs that no row covers, and there is no default output.
        Conflict,     ///< Rows that match together against the hit policy.
        Unreachable,  ///< A row that never decides.
        Redundant,    ///< A row without which all answers stay the same.
        NotExact,     ///< Conditions that the analysis does not understand.
    };

    struct Example {
        std::string column;
        std::string value;  ///< FEEL.
    };

    Kind kind = Kind::Gap;
    std::string element;
    std::vector<std::size_t> rows;  ///< From 0.
    std::vector<Example> example;   ///< An input that shows it; empty if there is none.
    std::string message;
};

struct AnalysisLimits {
    std::size_t findings_max = 100;         ///< Of each kind.
    std::size_t rows_max = 100'000;         ///< Larger tables are not analysed.
    std::uint64_t steps_max = 200'000'000;  ///< Rows, or pairs of rows, looked at in each search.
};

/// Finds gaps, conflicts, rows that are unreachable or redundant. Exact for conditions over
/// intervals, enumerations and booleans; other conditions are assumed neither to match nor to
/// refuse, so that what is found is true but may not be all, and a finding of NotExact says so, as
/// it does where a search had to be given up. Inputs are taken not to be null.
[[nodiscard]] std::vector<Finding> analyse(const Table& table, const AnalysisLimits& limits = {});

/// `decision "Discount": gap: no row matches; for example age = 17, segment = "new"`
[[nodiscard]] std::string to_string(const Finding& finding);
[[nodiscard]] std::string_view to_string(Finding::Kind kind);

}  // namespace attune::dmn
