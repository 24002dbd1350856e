#pragma once

#include <span>
#include <string>

namespace attune::host {

/// `attune backup`, `attune restore`, `attune verify`. Each returns an ExitCode.
int run_backup(std::span<const std::string> args);
int run_restore(std::span<const std::string> args);
int run_verify(std::span<const std::string> args);

}  // namespace attune::host
