#pragma once

#include <string>
#include <vector>

#include "files/file_system.h"
#include "log/segments/mutant.h"
#include "log/segments/segment_folder.h"

namespace attune::segments {

/// A log as it stands after a start.
struct Recovered {
    std::vector<Segment> segments;  ///< Of which each holds at least one batch.
    Position begin;
    Position end;
    Timestamp latest_now;
    std::uint64_t log_id = 0;
    Epoch epoch = 0;
};

/// Finds the end of the log in `folder`, which the caller has locked; cuts off behind it what a
/// crash left unfinished; and makes durable what is left, as the crash may have been of the process
/// only, with the rest still in the page cache.
///
/// Corrupt when bytes are missing or changed that were durable once. It can tell because every
/// batch says what was durable when it was written, because of the mark, and because of `reaches`,
/// up to which the state has the log.
[[nodiscard]] Result<Recovered> recover(
    files::FileSystem& files, const std::string& folder, Position reaches, Mutant mutant
);

}  // namespace attune::segments
