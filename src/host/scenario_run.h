#pragma once

#include <memory>
#include <string>
#include <vector>

#include "program/program.h"

namespace attune::host {

/// Where and how a scenario's expectation was not met.
struct Mismatch {
    program::Location at;
    std::string what;  ///< `feature "views_1h": expected 3, got 2`
};

/// Runs one scenario against the engine, in memory, on the scenario's own time. Empty: passed.
[[nodiscard]] std::vector<Mismatch> run_scenario(
    const std::shared_ptr<const program::Program>& program, const program::Scenario& scenario
);

}  // namespace attune::host
