#pragma once

#include <span>
#include <string>

namespace attune::host {

/// `attune simulate`: the seeded shop, to a file, to standard output or to a server. `args` are the
/// words behind `simulate`. Returns the exit code: 0 done, 1 it could not, 2 wrong usage.
[[nodiscard]] int run_simulate(std::span<const std::string> args);

}  // namespace attune::host
