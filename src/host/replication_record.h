#pragma once

#include <string>

#include "base/result.h"
#include "files/file_system.h"
#include "log/log.h"

namespace attune::host {

/// What a data folder knows of its place among the servers of one log, beyond what the log says:
/// the file `replication`; docs/formats/replication.md.
struct ReplicationRecord {
    Epoch promoted = 0;     ///< The epoch that this folder's server was promoted to begin; 0: none.
    Epoch fenced = 0;       ///< The highest epoch that another one is known to have begun; 0: none.
    std::string fenced_by;  ///< In words; may be empty.

    /// Whether this folder's server is the one that writes, as far as it knows.
    [[nodiscard]] bool was_promoted() const { return promoted > 0 && promoted > fenced; }

    /// An empty one where there is none; Corrupt, Conflict for one that cannot be read.
    [[nodiscard]] static Result<ReplicationRecord> read(
        files::FileSystem& files, const std::string& folder
    );
    /// Durable when it returns.
    Status write(files::FileSystem& files, const std::string& folder) const;
};

}  // namespace attune::host
