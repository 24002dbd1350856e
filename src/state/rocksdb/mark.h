#pragma once

#include <string>

#include "base/position.h"
#include "base/result.h"
#include "files/file_system.h"

/// The position of the last flush, kept apart from RocksDB: it may silently drop the end of a
/// damaged manifest, and then opens with an older state.
namespace attune::rocks {

[[nodiscard]] Status write_mark(
    files::FileSystem& files, const std::string& folder, Position flushed
);

/// Corrupt when the store is behind its mark, or the mark is damaged.
[[nodiscard]] Status check_mark(
    files::FileSystem& files, const std::string& folder, Position found
);

/// LimitExceeded when the disk has less than `free_bytes_min` free.
[[nodiscard]] Status check_room(
    files::FileSystem& files, const std::string& folder, std::uint64_t free_bytes_min
);

}  // namespace attune::rocks
