#pragma once

#include <string>

#include "host/replication_calls.h"

namespace attune::host {

/// Makes the log in `data` a beginning of the leader's: what the leader has not got is kept aside
/// in `data`/aside-POSITION, and so is state that has it. Where they went; empty when nothing
/// had to go. The folder is not in use.
///
/// Errors: Conflict when the state would be lost with it and the log does not reach back to the
/// beginning: such a folder is made anew from a backup of the leader.
[[nodiscard]] Result<std::string> cut_tail(const std::string& data, ReplicationCalls& leader);

}  // namespace attune::host
