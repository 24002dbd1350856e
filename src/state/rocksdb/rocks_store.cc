#include "state/rocksdb/rocks_store.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "state/rocksdb/database.h"
#include "state/rocksdb/mark.h"

namespace attune::rocks {

namespace {

using rocksdb::Slice;

/// Sorts before every family; the position of the last write stands there.
constexpr std::string_view kPositionKey = std::string_view("\0position", 9);

Slice slice(std::string_view text) {
    return {text.data(), text.size()};
}
std::string_view view(const Slice& text) {
    return {text.data(), text.size()};
}

std::string key_of(Family family, std::string_view key) {
    std::string full;
    full.reserve(key.size() + 1);
    full.push_back(static_cast<char>(family));
    full.append(key);
    return full;
}

/// The first key behind all that start with `prefix`, which starts with a family and so is not all
/// 0xff.
std::string end_of_prefix(std::string prefix) {
    while (static_cast<unsigned char>(prefix.back()) == 0xff) {
        prefix.pop_back();
    }
    prefix.back() = static_cast<char>(prefix.back() + 1);
    return prefix;
}

/// All families share one key space, told apart by their first byte, rather than being RocksDB's
/// column families: then what a flush makes durable is a prefix of the writes by construction, and
/// the bug of atomic flushes without a write-ahead log cannot touch us.
class RocksStore final : public StateStore {
public:
    RocksStore(Database database, const StoreOptions& options, Position position)
        : database_(std::move(database)),
          folder_(options.folder),
          free_bytes_min_(options.free_bytes_min),
          position_(position),
          durable_(position) {}

    Status write(const StateBatch& batch, Position position) override {
        rocksdb::WriteBatch writes;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const StateBatch::Change change = batch.at(i);
            const std::string key = key_of(change.family, change.key);
            const rocksdb::Status added =
                change.put ? writes.Put(key, slice(change.value)) : writes.Delete(key);
            ATTUNE_ASSERT(added.ok());  // It has no limits that a StateBatch could reach.
        }
        std::string bytes;
        ByteWriter(bytes).fixed(position.index);
        ATTUNE_ASSERT(writes.Put(slice(kPositionKey), bytes).ok());

        const std::scoped_lock guard(mutex_);
        ATTUNE_ASSERT(position >= position_);
        if (Status status = able(); !status.ok()) {
            return status;
        }
        rocksdb::WriteOptions options;
        options.disableWAL = true;  // The log is the truth.
        if (const rocksdb::Status written = database_.db->Write(options, &writes); !written.ok()) {
            return fail(written, "write to");
        }
        position_ = position;
        return Done{};
    }

    Status flush() override {
        Position position;
        {
            const std::scoped_lock guard(mutex_);
            if (Status status = able(); !status.ok()) {
                return status;
            }
            position = position_;
        }
        // Unlocked: writes go on into the next memtable meanwhile.
        rocksdb::FlushOptions options;
        options.wait = true;
        options.allow_write_stall = true;
        const rocksdb::Status status = database_.db->Flush(options);
        const std::scoped_lock guard(mutex_);
        if (!status.ok()) {
            return fail(status, "flush");
        }
        if (Status marked = write_mark(*database_.files, folder_, position); !marked.ok()) {
            return marked;
        }
        durable_ = std::max(durable_, position);
        return Done{};
    }

    [[nodiscard]] Position position() const override {
        const std::scoped_lock guard(mutex_);
        return position_;
    }

    [[nodiscard]] Position durable() const override {
        const std::scoped_lock guard(mutex_);
        return durable_;
    }

    [[nodiscard]] Result<std::optional<std::string>> get(Family family, std::string_view key)
        const override {
        std::string value;
        const rocksdb::Status status = database_.db->Get({}, key_of(family, key), &value);
        return answer(status, std::move(value));
    }

    [[nodiscard]] Result<std::vector<std::optional<std::string>>> multi_get(
        Family family, std::span<const std::string_view> keys
    ) const override {
        std::vector<std::string> full;
        full.reserve(keys.size());
        std::vector<Slice> slices;
        slices.reserve(keys.size());
        for (const std::string_view key : keys) {
            slices.push_back(slice(full.emplace_back(key_of(family, key))));
        }
        std::vector<std::string> found;
        const std::vector<rocksdb::Status> statuses = database_.db->MultiGet({}, slices, &found);
        std::vector<std::optional<std::string>> values;
        values.reserve(keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i) {
            Result<std::optional<std::string>> value = answer(statuses[i], std::move(found[i]));
            if (!value.ok()) {
                return value.error();
            }
            values.push_back(std::move(value).value());
        }
        return values;
    }

    [[nodiscard]] Status scan(Family family, const StateRange& range, const Visit& visit)
        const override {
        const std::string prefix = key_of(family, range.prefix);
        const std::string end = end_of_prefix(prefix);
        const Slice end_slice(end);
        rocksdb::ReadOptions options;
        options.iterate_upper_bound = &end_slice;
        options.fill_cache = false;  // A scan of everything must not push out what is read often.
        options.readahead_size = 2U << 20U;
        const std::unique_ptr<rocksdb::Iterator> at(database_.db->NewIterator(options));
        for (at->Seek(std::max(prefix, key_of(family, range.from))); at->Valid(); at->Next()) {
            if (!visit(view(at->key()).substr(1), view(at->value()))) {
                return Done{};
            }
        }
        if (!at->status().ok()) {
            return error_of(at->status(), "scan", folder_);
        }
        return Done{};
    }

    Status purge(Family family, std::span<const std::string> keys) override {
        if (Status flushed = flush(); !flushed.ok()) {
            return flushed;
        }
        // The tables are written anew before the old ones go: a purge must not fill the disk.
        if (Status room =
                check_room(*database_.files, folder_, free_bytes_min_ + size().disk_bytes);
            !room.ok()) {
            return room;
        }
        const Result<std::vector<std::string>> tables =
            database_.files->list(database_.db->GetName());
        if (!tables.ok()) {
            return tables.error();
        }
        rocksdb::CompactRangeOptions options;
        // The last level too: there the bytes of an erased key rest until somebody rewrites it.
        options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
        options.exclusive_manual_compaction = false;
        // What lies around a key is rewritten with it, so for many keys it is done once for all.
        constexpr std::size_t kOneByOneMax = 16;
        if (keys.empty() || keys.size() > kOneByOneMax) {
            const std::string first = key_of(family, "");
            Status compacted = compact(options, first, end_of_prefix(first));
            return compacted.ok() ? sweep(tables.value()) : compacted;
        }
        for (const std::string& key : keys) {
            const std::string full = key_of(family, key);
            if (Status compacted = compact(options, full, full); !compacted.ok()) {
                return compacted;
            }
        }
        return sweep(tables.value());
    }

    [[nodiscard]] Size size() const override {
        const auto property = [this](const std::string& name) {
            std::uint64_t value = 0;
            return database_.db->GetIntProperty(name, &value) ? value : 0;
        };
        return {
            .disk_bytes = property(rocksdb::DB::Properties::kTotalSstFilesSize),
            .memory_bytes = property(rocksdb::DB::Properties::kSizeAllMemTables) +
                            property(rocksdb::DB::Properties::kEstimateTableReadersMem) +
                            database_.cache->GetUsage()};
    }

private:
    [[nodiscard]] Result<std::optional<std::string>> answer(
        const rocksdb::Status& status, std::string value
    ) const {
        if (status.ok()) {
            return std::optional<std::string>(std::move(value));
        }
        if (status.IsNotFound()) {
            return std::optional<std::string>();
        }
        return error_of(status, "read", folder_);
    }

    Status compact(
        const rocksdb::CompactRangeOptions& options,
        const std::string& first,
        const std::string& last
    ) {
        const Slice from(first);
        const Slice to(last);
        const rocksdb::Status compacted = database_.db->CompactRange(options, &from, &to);
        if (!compacted.ok()) {
            const std::scoped_lock guard(mutex_);
            return fail(compacted, "purge");
        }
        return Done{};
    }

    /// Removes what nothing refers to any more of the tables that were there. RocksDB tries once,
    /// and leaves one that it could not remove until the next start.
    Status sweep(const std::vector<std::string>& tables) {
        rocksdb::DB& db = *database_.db;
        rocksdb::Status swept = db.DisableFileDeletions();
        if (swept.ok()) {
            swept = db.EnableFileDeletions(true);  // Looks at the whole folder.
        }
        if (!swept.ok()) {
            return error_of(swept, "purge", folder_);
        }
        const Result<std::vector<std::string>> left = database_.files->list(db.GetName());
        if (!left.ok()) {
            return left.error();
        }
        std::vector<rocksdb::LiveFileMetaData> live;
        db.GetLiveFilesMetaData(&live);
        for (const std::string& table : tables) {
            const auto is_it = [&](const rocksdb::LiveFileMetaData& one) {
                return one.name.ends_with(table);
            };
            if (table.ends_with(".sst") &&
                std::find(left.value().begin(), left.value().end(), table) != left.value().end() &&
                std::none_of(live.begin(), live.end(), is_it)) {
                return Error{
                    Error::Kind::Unavailable,
                    "cannot purge the state: \"" + db.GetName() + "/" + table +
                        "\" cannot be removed; somebody may be reading it"};
            }
        }
        return Done{};
    }

    /// With mutex_ held.
    Status fail(const rocksdb::Status& status, const char* act) {
        failed_ = error_of(status, act, folder_);
        return *failed_;
    }

    /// With mutex_ held: whether the database may be touched. A failure of it is final: to resume
    /// after one loses flushed data in 7.8.3. So a full disk must not get as far as becoming one.
    [[nodiscard]] Status able() const {
        if (failed_) {
            return *failed_;
        }
        return check_room(*database_.files, folder_, free_bytes_min_);
    }

    Database database_;
    std::string folder_;
    std::uint64_t free_bytes_min_;
    mutable std::mutex mutex_;  // Writes, one at a time, and what follows.
    Position position_;
    Position durable_;
    std::optional<Error> failed_;
};

}  // namespace

namespace {

Result<std::unique_ptr<StateStore>> open_as(const StoreOptions& options, Access access) {
    Result<Database> database = open_database(options, access);
    if (!database.ok()) {
        return database.error();
    }
    std::string bytes;
    const rocksdb::Status status = database.value().db->Get({}, slice(kPositionKey), &bytes);
    if (!status.ok() && !status.IsNotFound()) {
        return error_of(status, "open", options.folder);
    }
    Position position;
    if (status.ok()) {
        if (bytes.size() != sizeof position.index) {
            return Error{
                Error::Kind::Corrupt,
                "cannot open the state in \"" + options.folder + "\": its position is malformed"};
        }
        position.index = ByteReader(bytes).fixed<std::uint64_t>();
    }
    if (Status marked = check_mark(*database.value().files, options.folder, position);
        !marked.ok()) {
        return marked.error();
    }
    return std::unique_ptr<StateStore>(
        std::make_unique<RocksStore>(std::move(database).value(), options, position)
    );
}

}  // namespace

Result<std::unique_ptr<StateStore>> open_store(const StoreOptions& options) {
    return open_as(options, Access::Write);
}

Result<std::unique_ptr<StateStore>> open_to_read(const StoreOptions& options) {
    // A server may remove a file, or flush, between two steps of an attempt.
    constexpr int kAttemptsMax = 5;
    for (int attempt = 1;; ++attempt) {
        Result<std::unique_ptr<StateStore>> store = open_as(options, Access::Watch);
        if (store.ok() || attempt == kAttemptsMax || store.error().kind == Error::Kind::NotFound ||
            store.error().kind == Error::Kind::Conflict) {
            return store;
        }
    }
}

Status verify_store(const StoreOptions& options) {
    const Result<Database> database = open_database(options, Access::Read);
    if (!database.ok()) {
        return database.error();
    }
    rocksdb::DB& db = *database.value().db;
    if (const rocksdb::Status status = db.VerifyChecksum(); !status.ok()) {
        return error_of(status, "verify", options.folder);
    }
    if (const rocksdb::Status status = db.VerifyFileChecksums({}); !status.ok()) {
        return error_of(status, "verify", options.folder);
    }
    return Done{};
}

}  // namespace attune::rocks
