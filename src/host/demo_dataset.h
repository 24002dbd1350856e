#pragma once

#include <string>

namespace attune::host {

/// Replays recorded behaviour (see read_dataset) in memory, in its own time and as fast as it goes,
/// deciding where it can be judged, and prints what came of it: segments, patterns, decisions, and
/// of coupons how often the one decided on was really redeemed. `workspaces` is the folder that
/// holds the workspaces `grocer` and `clicks`. An exit code.
int replay_dataset(const std::string& folder, const std::string& workspaces);

}  // namespace attune::host
