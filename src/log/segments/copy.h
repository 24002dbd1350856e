#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "files/file_system.h"
#include "log/log.h"

/// A log's folder copied while a server may be writing it: for backups, and back again.
namespace attune::segments {

/// Where a copy ends: with the last whole batch before both.
struct CopyUntil {
    std::optional<Position> position{};  ///< Only what lies before this place.
    std::optional<Timestamp> time{};     ///< Only batches up to the first one taken after this.
    /// Another log from here on: what it takes next must not pass for what the original took.
    bool own_identity = false;
};

struct LogCopy {
    Position begin;
    Position end;
    Timestamp latest_now;  ///< Of the last batch.
    std::uint64_t segments_copied = 0;
    std::uint64_t bytes_copied = 0;
};

/// Copies what is durable of the log in `from` and not in `to` yet, checking every batch of it.
/// Segments that `to` has already, whole, are left alone; those that `from` no longer has are kept.
/// `to` is made when missing (not its parent); after a crash it holds an earlier copy or this one.
///
/// Errors: Conflict when `to` holds another log or more than `from` does; Corrupt, with file and
/// offset, for damage in `from`; NotFound when a server has trimmed what was to be copied.
[[nodiscard]] Result<LogCopy> copy_log(
    files::FileSystem& files, const std::string& from, const std::string& to, const CopyUntil& until
);

}  // namespace attune::segments
