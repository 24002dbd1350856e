#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/position.h"
#include "base/result.h"
#include "base/time.h"
#include "files/file_system.h"

/// A data folder copied while its server runs, and brought back as of any place of its log.
/// What lies in a backup is described in docs/formats/backup.md.
namespace attune::host {

struct BackupReport {
    Position begin;    ///< The first place that it can be restored to is behind it.
    Position end;      ///< The last one.
    Timestamp latest;  ///< When the last batch in it was taken.
    std::uint64_t segments_copied = 0;
    std::uint64_t bytes_copied = 0;
    std::uint64_t entries = 0;  ///< Verified, in all of it.
    bool with_state = false;    ///< The log did not begin at its start, so the state came along.
    bool noted = true;          ///< Whether the data folder says so now: see backed_up_to().
};

/// Brings the backup in `to` up to date with the data folder `data`, starting one when there is
/// none, and verifies all of it. Errors: Conflict when `to` holds something else, another log or a
/// newer format; Corrupt, naming file and offset.
[[nodiscard]] Result<BackupReport> back_up(
    files::FileSystem& files, const std::string& data, const std::string& to
);

/// Up to where the last backup of a data folder has its log, as the folder notes it; 0 before the
/// first one.
[[nodiscard]] Position backed_up_to(files::FileSystem& files, const std::string& data);
[[nodiscard]] Status note_backed_up(
    files::FileSystem& files, const std::string& data, Position position
);

struct RestoreUntil {
    std::optional<Position> position{};  ///< Only what lies before this place.
    std::optional<Timestamp> time{};     ///< Only what was taken up to this moment.
    std::string erasures{};              ///< A record of erasures that the backup may not know.
};

/// Makes the data folder `data`, which must not exist, from the backup in `from`, and verifies it.
/// It appears whole or not at all. A server that starts on it folds the log.
[[nodiscard]] Result<BackupReport> restore(
    files::FileSystem& files,
    const std::string& from,
    const std::string& data,
    const RestoreUntil& until
);

}  // namespace attune::host
