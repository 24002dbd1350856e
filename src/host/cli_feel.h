#pragma once

#include <span>
#include <string>

namespace attune::host {

/// `attune feel`: evaluates an expression, describes the built-ins, or reads expressions line by
/// line. `args` are the words behind `feel`; returns an exit code.
[[nodiscard]] int run_feel(std::span<const std::string> args);

}  // namespace attune::host
