#pragma once

#include "files/file_system.h"

namespace attune::files {

/// The machine's own files: open, pread, pwrite, fallocate, fdatasync, flock. Files are made for
/// their owner only (0600, folders 0700): they hold personal data. Without state; one for the
/// process.
[[nodiscard]] FileSystem& posix();

}  // namespace attune::files
