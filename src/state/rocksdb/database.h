#pragma once

#include <memory>
#include <string>

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include "base/result.h"
#include "state/rocksdb/rocks_store.h"

namespace attune::rocks {

/// An open RocksDB and what it needs to live.
struct Database {
    files::FileSystem* files = nullptr;
    std::unique_ptr<rocksdb::Env> env;  ///< Only on a disk other than the machine's own.
    std::unique_ptr<files::Lock> lock;
    std::shared_ptr<rocksdb::Cache> cache;
    std::unique_ptr<rocksdb::DB> db;
};

enum class Access : std::uint8_t {
    Write,
    Read,
    Watch,  ///< Reads without the lock what is flushed at this moment; a server may be writing.
};

/// Checks the folder's version, takes its lock and opens what it holds.
[[nodiscard]] Result<Database> open_database(const StoreOptions& options, Access access);

/// `cannot ACT the state in "FOLDER": what RocksDB says`.
[[nodiscard]] Error error_of(
    const rocksdb::Status& status, const char* act, const std::string& folder
);

}  // namespace attune::rocks
