#include "host/store_wipe.h"

#include "engine/shard.h"
#include "runtime/kept_order.h"

namespace attune::host {

namespace {

/// As engine::Shard writes them.
std::string shard_key(std::uint64_t id) {
    return std::string{'\0', static_cast<char>(engine::shard_of(id))} + runtime::big_endian(id);
}

}  // namespace

Result<StoreKeys> keys_of(
    const StateStore& store, const runtime::ErasureFilter& filter, const VisitKept& visit
) {
    StoreKeys keys;
    for (const std::uint64_t id : filter.customers()) {
        keys.customers.push_back(shard_key(id));
        keys.identifiers.push_back(shard_key(id));
    }
    keys.deliveries = filter.deliveries();
    Status scanned =
        store.scan(Family::Decisions, {}, [&](std::string_view key, std::string_view json) {
            if (filter.has_decision(json)) {
                keys.decisions.emplace_back(key);
                visit(Family::Decisions, json);
            }
            return true;
        });
    if (!scanned) {
        return scanned.error();
    }
    scanned = store.scan(Family::Quarantine, {}, [&](std::string_view key, std::string_view json) {
        if (filter.calls().contains({runtime::read_big_endian(key)})) {
            keys.quarantined.emplace_back(key);
            visit(Family::Quarantine, json);
        }
        return true;
    });
    return scanned ? Result<StoreKeys>(std::move(keys)) : scanned.error();
}

Status purge(StateStore& store, const StoreKeys& keys, PurgeKept kept) {
    const std::vector<std::string> all;
    const bool everything = kept == PurgeKept::Everything;
    const auto purged = [&](Family family, const std::vector<std::string>& of_it, bool whole) {
        return of_it.empty() && !whole ? Status(Done{}) : store.purge(family, whole ? all : of_it);
    };
    for (const auto& [family, of_it, whole] :
         {std::tuple{Family::Customers, &keys.customers, false},
          {Family::Identifiers, &keys.identifiers, false},
          {Family::Outbox, &keys.deliveries, false},
          {Family::Decisions, &keys.decisions, everything},
          {Family::Quarantine, &keys.quarantined, everything}}) {
        if (Status done = purged(family, *of_it, whole); !done) {
            return done;
        }
    }
    return Done{};
}

}  // namespace attune::host
