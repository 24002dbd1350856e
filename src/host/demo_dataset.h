#pragma once

#include <cstdint>
#include <string>

namespace attune::host {

/// Replays recorded behaviour from `folder` through a server, faster than life, and prints what came of it. An ExitCode.
int replay_dataset(const std::string& folder, std::uint16_t port);

}  // namespace attune::host
