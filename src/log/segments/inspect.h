#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "files/file_system.h"
#include "log/log.h"
#include "log/segments/packing.h"

/// What a person may want to know of a log's folder, for `attune log`. Reads only; a server may
/// have it open.
namespace attune::segments {

struct SegmentSummary {
    std::string path;
    Position first;
    Position end;
    std::uint64_t bytes = 0;  ///< On disk, room reserved for what is to come included.
    Timestamp latest_now;     ///< Of everything up to its end.
    Packing packing = Packing::None;
    Epoch epoch = 0;
};

[[nodiscard]] Result<std::vector<SegmentSummary>> list_segments(
    files::FileSystem& files, const std::string& folder
);

struct LogVerification {
    std::uint64_t segments = 0;
    std::uint64_t batches = 0;
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;        ///< Of the batches, as stored.
    std::uint64_t plain_bytes = 0;  ///< The same, unpacked.
    Position begin;
    Position end;
    std::string
        unfinished;  ///< What a write under way or a crash has left behind the end; often empty.
};

/// Checks every checksum, every position and every entry; Corrupt, with file and offset, for
/// damage.
[[nodiscard]] Result<LogVerification> verify_log(
    files::FileSystem& files, const std::string& folder
);

/// The log in `folder` as it is now, to be read only: it ends where it ends at this moment, even if
/// a server goes on writing it. What a crash has left unfinished is not part of it.
[[nodiscard]] Result<std::unique_ptr<Log>> open_to_read(
    files::FileSystem& files, const std::string& folder
);

}  // namespace attune::segments
