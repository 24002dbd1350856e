#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "files/file_system.h"
#include "log/log.h"
#include "log/segments/mutant.h"
#include "log/segments/packing.h"

namespace attune::segments {

struct LogOptions {
    std::string
        folder;  ///< Holds the segments and nothing else; created when missing (not its parent).
    files::FileSystem* files = nullptr;  ///< nullptr: the machine's own.

    std::uint64_t segment_bytes = 64U << 20U;
    /// What may wait for the disk, and what may be written meanwhile, each. At most half a segment.
    std::uint64_t buffer_bytes = 16U << 20U;
    std::uint64_t batch_bytes_max = 4U << 20U;
    /// Segments are prepared only while the disk has this much beyond, so that a full log leaves
    /// the state and the operator room to act.
    std::uint64_t free_bytes_min = 64U << 20U;
    Packing packing = Packing::None;  ///< By batch, on the thread that appends.

    /// The place up to which something else (the state) already has the log: a log that ends before
    /// it has lost its tail and is refused as Corrupt.
    Position reaches{};

    enum class Sync : std::uint8_t {
        Always,
        Never,  ///< For benchmarks alone: the next power cut loses what was acknowledged.
    };
    Sync sync = Sync::Always;

    /// false: no thread of its own; flush() writes, syncs and publishes on the caller's thread.
    bool own_thread = true;

    /// Called when a write or a sync has failed and nobody knows what the disk holds. Empty: the
    /// reason goes to stderr and the process stops. If it returns, the log stays failed: durable()
    /// stands still and append() is Unavailable.
    std::function<void(const Error&)> on_failure{};

    Mutant mutant = Mutant::None;  ///< For tests alone.
};

/// Opens the log in a folder, or starts one. Finds its end, cuts off a tail that a crash left
/// unfinished, and takes the folder's lock for the life of the log.
///
/// Errors: Conflict when another process has the folder (with its id) or a newer version of Attune
/// wrote it; Corrupt, with file and offset, when bytes that were durable are not what was written;
/// InvalidInput when the folder cannot be written or the options contradict each other.
[[nodiscard]] Result<std::unique_ptr<Log>> open_log(LogOptions options);

}  // namespace attune::segments
