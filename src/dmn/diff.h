#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dmn/decision_model.h"
#include "dmn/model.h"

namespace attune::dmn {

/// How two versions of a model differ.
struct Difference {
    enum class Kind : std::uint8_t { Added, Removed, Changed, Answer };

    Kind kind = Kind::Changed;
    std::string element;  ///< `decision "Approval"`
    std::string message;  ///< `row 3 changed: Age ">= 18" became ">= 21"`
};

struct DiffLimits {
    std::size_t answers_max = 20;       ///< Inputs with different answers, for each table.
    std::size_t pairs_max = 1'000'000;  ///< Pairs of rows looked at, for each table.
};

/// Elements and rows added, removed and changed; then, for tables that exist in both with the same
/// inputs, inputs for which the answers differ, found where a row of one meets a row of the other.
/// Every such input has been evaluated in both.
[[nodiscard]] std::vector<Difference> diff(
    const Definitions& before_source,
    const Model& before,
    const Definitions& after_source,
    const Model& after,
    const DiffLimits& limits = {}
);

[[nodiscard]] std::string to_string(const Difference& difference);

}  // namespace attune::dmn
