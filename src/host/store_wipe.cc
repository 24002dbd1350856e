#include "host/store_wipe.h"

#include <utility>

#include "base/bytes.h"
#include "engine/shard.h"

namespace attune::host {

namespace {

Error stopped() {
    return {Error::Kind::Unavailable, "cannot wipe the state: it was told to stop"};
}

}  // namespace

Result<StoreKeys> keys_of(
    const StateStore& store,
    const runtime::ErasureFilter& filter,
    const VisitKept& visit,
    const std::function<bool()>& go_on
) {
    StoreKeys keys;
    for (const std::uint64_t id : filter.customers()) {
        keys.customers.push_back(engine::Shard::key_of(id));
        keys.identifiers.push_back(engine::Shard::key_of(id));
    }
    keys.deliveries = filter.deliveries();
    Status scanned =
        store.scan(Family::Decisions, {}, [&](std::string_view key, std::string_view json) {
            if (filter.has_decision(json)) {
                keys.decisions.emplace_back(key);
                visit(Family::Decisions, json);
            }
            return go_on();
        });
    if (!scanned || !go_on()) {
        return scanned ? stopped() : scanned.error();
    }
    scanned = store.scan(Family::Quarantine, {}, [&](std::string_view key, std::string_view json) {
        if (filter.calls().contains({read_big_endian(key)})) {
            keys.quarantined.emplace_back(key);
            visit(Family::Quarantine, json);
        }
        return go_on();
    });
    if (!go_on()) {
        return stopped();
    }
    return scanned ? Result<StoreKeys>(std::move(keys)) : scanned.error();
}

Status purge(StateStore& store, const StoreKeys& keys, const std::function<bool()>& go_on) {
    for (const auto& [family, of_it] :
         {std::pair{Family::Customers, &keys.customers},
          {Family::Identifiers, &keys.identifiers}}) {
        if (Status done = of_it->empty() ? Status(Done{}) : store.purge(family, *of_it); !done) {
            return done;
        }
    }
    for (const Family family : {Family::Outbox, Family::Decisions, Family::Quarantine}) {
        if (!go_on()) {
            return stopped();
        }
        if (Status done = store.purge(family, {}); !done) {
            return done;
        }
    }
    return Done{};
}

}  // namespace attune::host
