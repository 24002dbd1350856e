#include "host/erase_copy.h"

#include <utility>
#include <vector>

#include "engine/shard.h"
#include "host/store_wipe.h"
#include "log/segments/inspect.h"
#include "log/segments/rewrite.h"
#include "state/rocksdb/rocks_store.h"

namespace attune::host {

namespace {

void erase(Family family, const std::vector<std::string>& keys, StateBatch& batch) {
    for (const std::string& key : keys) {
        batch.erase(family, key);
    }
}

Status erase_in_state(
    files::FileSystem& files, const std::string& folder, const runtime::ErasureFilter& filter
) {
    rocks::StoreOptions options;
    options.folder = folder;
    options.files = &files;
    const Result<std::unique_ptr<StateStore>> store = rocks::open_store(options);
    if (!store.ok()) {
        return store.error();
    }
    const Result<StoreKeys> keys = keys_of(*store.value(), filter);
    if (!keys.ok()) {
        return keys.error();
    }
    StateBatch batch;
    for (const std::uint64_t id : filter.customers_in(store.value()->position())) {
        batch.erase(Family::Customers, engine::Shard::key_of(id));
        batch.erase(Family::Identifiers, engine::Shard::key_of(id));
    }
    erase(Family::Outbox, keys.value().deliveries, batch);
    erase(Family::Decisions, keys.value().decisions, batch);
    erase(Family::Quarantine, keys.value().quarantined, batch);
    if (Status written = store.value()->write(batch, store.value()->position()); !written.ok()) {
        return written;
    }
    return purge(*store.value(), keys.value());
}

}  // namespace

std::set<std::string> complete_in(const ErasureRecord& record) {
    std::set<std::string> ids;
    for (const runtime::Erasure& erasure : record.at(ErasureStage::Complete)) {
        ids.insert(erasure.id);
    }
    return ids;
}

Status erase_in_copy(
    files::FileSystem& files, const std::string& folder, const std::set<std::string>& final
) {
    Result<ErasureRecord> record = ErasureRecord::open(files, folder);
    if (!record.ok()) {
        return record.error();
    }
    std::vector<runtime::Erasure> pending = record.value().at(ErasureStage::Asked);
    if (pending.empty()) {
        return Done{};
    }
    runtime::ErasureFilter filter(pending);
    const Result<std::unique_ptr<Log>> log = segments::open_to_read(files, folder + "/log");
    if (!log.ok()) {
        return log.error();
    }
    if (Status read = filter.read(*log.value()); !read.ok()) {
        return read;
    }
    if (files.list(folder + "/state").ok()) {
        if (Status erased = erase_in_state(files, folder + "/state", filter); !erased.ok()) {
            return erased;
        }
    }
    Status rewritten = segments::rewrite_log(
        files,
        folder + "/log",
        {.end = filter.end(),
         .edit = [&](Position position,
                     std::span<char> entry) { return filter.edit(position, entry); }}
    );
    if (!rewritten.ok()) {
        return rewritten;
    }
    std::erase_if(pending, [&](const runtime::Erasure& one) { return !final.contains(one.id); });
    return record.value().note_complete(pending);
}

}  // namespace attune::host
