#pragma once

#include <functional>

#include "replication/messages.h"

namespace attune::replication {

/// Asks the leader whether its log is the same as this one up to the end of a batch.
using SameUpTo = std::function<Result<bool>(Position end, std::uint64_t trace)>;

/// The last place up to which two logs are the same: where the own one would have to be cut. Asks a
/// number of questions that grows with the logarithm of the log; reads it once. The log's begin()
/// when not even the first batch is the same.
[[nodiscard]] Result<Position> common_end(Log& log, const SameUpTo& same);

}  // namespace attune::replication
