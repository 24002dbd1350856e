#pragma once

#include <optional>
#include <string>

#include "files/file_system.h"
#include "log/log.h"

/// Entries changed where they stand, so that what they held is on the disk no longer.
namespace attune::segments {

/// Writes to a new file at `draft`, durably, the segment at `path` with its entries as `rewrite`
/// leaves them, if it changes any; false, and no file, if it does not. Places, times and
/// sizes of batches stay, except that packed ones are packed anew. An unfinished batch at the end
/// is left out. An older file at `draft` is removed first. Corrupt if the segment does not end at
/// `end`, where there is a next one: what a damaged one still holds is not thrown away.
[[nodiscard]] Result<bool> rewrite_segment(
    files::FileSystem& files,
    const std::string& path,
    const std::string& draft,
    const LogRewrite& rewrite,
    std::optional<Position> end
);

/// The same for all of a log that nobody writes: each segment is replaced in one durable step.
[[nodiscard]] Status rewrite_log(
    files::FileSystem& files, const std::string& folder, const LogRewrite& rewrite
);

}  // namespace attune::segments
