#pragma once

#include <span>
#include <string>

namespace attune::host {

/// `attune log ls | verify | dump | tail`: looks into a log on this machine, without a server or
/// beside one. `args` are the words behind `log`. Returns the exit code: 0 fine, 1 it could not, or
/// the log is damaged, 2 wrong usage.
[[nodiscard]] int run_log(std::span<const std::string> args);

}  // namespace attune::host
