#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "files/file_system.h"
#include "state/state_store.h"

namespace attune::rocks {

struct StoreOptions {
    std::string folder;  ///< The store's own; created when missing (not its parent).
    /// For the block cache and what waits to be flushed, together.
    std::uint64_t memory_bytes = 256U << 20U;
    int background_threads = 2;
    /// Nothing is written while the disk has less than this free: RocksDB does not survive a full
    /// one. More than the log leaves (its free_bytes_min), as compactions need room of their own.
    std::uint64_t free_bytes_min = 256U << 20U;
    /// nullptr or files::posix(): the machine's own, through RocksDB itself.
    files::FileSystem* files = nullptr;
};

/// Opens the store in a folder, or starts one.
///
/// write() and flush() are LimitExceeded while the disk is nearly full, and succeed again once
/// there is room. Any other error of theirs is final: open the store anew and fold what it has not
/// got from the log.
///
/// Errors: Conflict when another process has it or a newer version of Attune wrote it; Corrupt when
/// what is stored contradicts itself (it can be folded anew from the log); InvalidInput when the
/// folder cannot be written.
[[nodiscard]] Result<std::unique_ptr<StateStore>> open_store(const StoreOptions& options);

/// What a store holds on disk at this moment, for reading only and without its lock: a server may
/// be writing it. Position and content are those of its last flush. NotFound when there is none.
[[nodiscard]] Result<std::unique_ptr<StateStore>> open_to_read(const StoreOptions& options);

/// Reads every block of a store that nobody has open and checks it.
[[nodiscard]] Status verify_store(const StoreOptions& options);

}  // namespace attune::rocks
