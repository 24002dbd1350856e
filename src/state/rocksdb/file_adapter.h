#pragma once

#include <memory>

#include <rocksdb/env.h>

#include "files/file_system.h"

namespace attune::rocks {

/// An Env whose files are those of `files`, so that RocksDB, too, can be run on a simulated disk.
/// Its clock and its threads are the machine's. `files` must live longer.
[[nodiscard]] std::unique_ptr<rocksdb::Env> make_env(files::FileSystem& files);

/// Says nothing; RocksDB insists on a log of its own.
[[nodiscard]] std::shared_ptr<rocksdb::Logger> make_silent_logger();

}  // namespace attune::rocks
