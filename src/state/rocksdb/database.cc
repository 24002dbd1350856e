#include "state/rocksdb/database.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <rocksdb/cache.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include "files/posix.h"
#include "state/rocksdb/file_adapter.h"

namespace attune::rocks {

namespace {

constexpr int kFormatVersion = 1;
constexpr std::string_view kVersionPrefix = "attune state ";
constexpr std::size_t kVersionBytesMax = 64;

Error::Kind kind_of(const rocksdb::Status& status) {
    if (status.IsCorruption()) {
        return Error::Kind::Corrupt;
    }
    if (status.IsNoSpace()) {
        return Error::Kind::LimitExceeded;
    }
    if (status.IsInvalidArgument() || status.IsNotSupported()) {
        return Error::Kind::InvalidInput;
    }
    return Error::Kind::Unavailable;
}

std::string version_path(const StoreOptions& options) {
    return options.folder + "/version";
}
std::string database_path(const StoreOptions& options) {
    return options.folder + "/db";
}

Status check_version(const std::string& text, const std::string& path) {
    int version = 0;
    const bool plausible = text.starts_with(kVersionPrefix) && text.ends_with('\n');
    if (plausible) {
        const char* end = text.data() + text.size() - 1;
        const auto [stop, code] =
            std::from_chars(text.data() + kVersionPrefix.size(), end, version);
        version = stop == end && code == std::errc() ? version : 0;
    }
    if (version < 1) {
        return Error{
            Error::Kind::Corrupt,
            "cannot open the state: \"" + path + "\" does not hold the version of a state"};
    }
    if (version > kFormatVersion) {
        return Error{
            Error::Kind::Conflict,
            "cannot open the state: a newer version of Attune wrote \"" + path + "\" (format " +
                std::to_string(version) + ", this one reads up to " +
                std::to_string(kFormatVersion) + ")"};
    }
    return Done{};
}

/// Checks the marker; a folder that is new gets one first, before there is anything to misread.
Status settle_version(files::FileSystem& files, const StoreOptions& options, Access access) {
    const std::string path = version_path(options);
    const Result<std::string> text = files::read_file(files, path, kVersionBytesMax);
    if (text.ok()) {
        return check_version(text.value(), path);
    }
    if (text.error().kind != Error::Kind::NotFound) {
        return text.error();
    }
    if (files.list(database_path(options)).ok()) {
        return Error{
            Error::Kind::Corrupt,
            "cannot open the state: \"" + path + "\", which names its version, is missing"};
    }
    if (access != Access::Write) {
        return text.error();
    }
    return files::replace_file(
        files, path, std::string(kVersionPrefix) + std::to_string(kFormatVersion) + "\n"
    );
}

rocksdb::BlockBasedTableOptions table_options(std::shared_ptr<rocksdb::Cache> cache) {
    constexpr std::size_t kBlockBytes = 16U << 10U;  // Some twenty blobs.
    constexpr double kFilterBitsPerKey = 10;
    rocksdb::BlockBasedTableOptions table;
    table.block_size = kBlockBytes;
    table.block_cache = std::move(cache);
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
    table.format_version = 5;
    table.checksum = rocksdb::kXXH3;
    return table;
}

/// What the known bugs of RocksDB 7.8.3 ask for; docs/formats/state.md has the list.
void avoid_known_bugs(rocksdb::Options& options) {
    options.paranoid_checks = true;
    options.recycle_log_file_num = 0;
    options.manual_wal_flush = false;
    options.track_and_verify_wals_in_manifest = false;
    options.WAL_ttl_seconds = 0;
    options.max_bgerror_resume_count = 0;  // Nothing is resumed behind our back.
    // A new manifest for each change of it: one that is appended to may have its tail torn by a
    // power cut, and is then refused. A new one counts only once it is whole.
    options.max_manifest_file_size = 1;
    options.verify_sst_unique_id_in_manifest = true;
    options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
}

rocksdb::Options database_options(
    const StoreOptions& store, const std::shared_ptr<rocksdb::Cache>& cache
) {
    constexpr std::uint64_t kWriteBufferBytesMin = 64U << 10U;
    constexpr std::uint64_t kWriteBufferBytesMax = 64U << 20U;
    rocksdb::Options options;
    options.create_if_missing = true;
    // A quarter of the memory for what is being written: one filling, one or two on their way.
    options.write_buffer_size =
        std::clamp(store.memory_bytes / 8, kWriteBufferBytesMin, kWriteBufferBytesMax);
    options.max_write_buffer_number = 3;
    options.max_background_jobs = std::max(store.background_threads, 1);
    options.level_compaction_dynamic_level_bytes = true;
    options.compression = rocksdb::kLZ4Compression;
    options.bytes_per_sync = 1U << 20U;
    options.max_open_files = 512;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options(cache)));
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    options.info_log = make_silent_logger();
    avoid_known_bugs(options);
    return options;
}

}  // namespace

Error error_of(const rocksdb::Status& status, const char* act, const std::string& folder) {
    std::string why = status.ToString();
    // RocksDB finds out by making a file there, and keeps to itself why that has failed.
    if (why.find("Direct I/O is not supported") != std::string::npos) {
        why += " This is what RocksDB says whenever it cannot make a file there: look at the disk.";
    }
    return {
        kind_of(status), "cannot " + std::string(act) + " the state in \"" + folder + "\": " + why};
}

Result<Database> open_database(const StoreOptions& options, Access access) {
    files::FileSystem& files = options.files != nullptr ? *options.files : files::posix();
    if (access == Access::Write) {
        if (Status made = files::create_durable_directory(files, options.folder); !made.ok()) {
            return made.error();
        }
    }
    Database database;
    database.files = &files;
    if (access != Access::Watch) {
        Result<std::unique_ptr<files::Lock>> lock = files.lock(options.folder + "/lock");
        if (!lock.ok()) {
            return lock.error();
        }
        database.lock = std::move(lock).value();
    }
    if (Status settled = settle_version(files, options, access); !settled.ok()) {
        return settled.error();
    }
    database.cache = rocksdb::NewLRUCache(options.memory_bytes / 2);
    rocksdb::Options rocks = database_options(options, database.cache);
    if (options.files != nullptr && options.files != &files::posix()) {
        database.env = make_env(*options.files);
        rocks.env = database.env.get();
    }
    if (access == Access::Watch) {
        rocks.max_open_files = -1;  // All at once: a compaction may remove them afterwards.
    }
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status =
        access == Access::Write ? rocksdb::DB::Open(rocks, database_path(options), &db)
                                : rocksdb::DB::OpenForReadOnly(rocks, database_path(options), &db);
    if (!status.ok()) {
        return error_of(status, "open", options.folder);
    }
    database.db.reset(db);
    if (access == Access::Write) {
        if (Status named = files.sync_directory(options.folder); !named.ok()) {
            return named.error();
        }
    }
    return database;
}

}  // namespace attune::rocks
