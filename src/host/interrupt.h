#pragma once

#include <atomic>

namespace attune::host {

/// Becomes true once the user presses Ctrl-C or the process is asked to end (SIGINT, SIGTERM). The
/// first call starts listening; a second Ctrl-C then ends the process at once, as it would have
/// without.
[[nodiscard]] const std::atomic<bool>& interrupted();

}  // namespace attune::host
