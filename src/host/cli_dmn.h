#pragma once

#include <span>
#include <string>

namespace attune::host {

/// `attune dmn run | check | test | analyse | diff | show`: decision models on the command line.
/// `args` are the words behind `dmn`. Returns the exit code: 0 all is well, 1 something was found
/// or failed, 2 wrong usage.
[[nodiscard]] int run_dmn(std::span<const std::string> args);

}  // namespace attune::host
