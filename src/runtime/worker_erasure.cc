#include <algorithm>

#include "runtime/worker.h"

// Customers erased: in the fold, which a replay repeats. What the log still holds of them is
// rewritten elsewhere; host/eraser.h.

namespace attune::runtime {

std::vector<std::string> Worker::erase_in(
    engine::Shard& shard, const EraseEntry& customers, Position position
) {
    std::vector<std::uint64_t> ids = shard.erase(customers.identifiers);
    // Those too that were joined to somebody: their deliveries stay under the id that they had.
    for (const std::uint64_t hash : customers.identifiers) {
        if (engine::shard_of(hash) == shard.number() &&
            std::find(ids.begin(), ids.end(), hash) == ids.end()) {
            ids.push_back(hash);
        }
    }
    std::vector<std::string> deliveries;
    for (const std::uint64_t id : ids) {
        const std::string customer = program::customer_text(id);
        // One that the log has not taken yet would come behind the erasure.
        std::erase_if(marks_, [&](const delivery::Mark& mark) {
            return mark.customer == customer;
        });
        std::vector<std::string> erased = outbox_.erase(customer, position.index);
        std::move(erased.begin(), erased.end(), std::back_inserter(deliveries));
        if (running_) {
            move_listeners(id);
        }
    }
    return deliveries;
}

void Worker::erase(
    std::shared_ptr<const EraseEntry> customers,
    std::function<void(Result<std::vector<std::string>>)> done
) {
    std::vector<engine::Shard*> touched;
    for (const auto& shard : shards_) {
        if (shard &&
            std::any_of(
                customers->identifiers.begin(),
                customers->identifiers.end(),
                [&](std::uint64_t hash) { return engine::shard_of(hash) == shard->number(); }
            )) {
            touched.push_back(shard.get());
        }
    }
    if (touched.empty()) {
        return done(std::vector<std::string>{});
    }
    LogEntries entries;
    for (const engine::Shard* shard : touched) {
        const EntryHead head{EntryKind::Erase, static_cast<std::uint8_t>(shard->number())};
        entries.add(head.bytes(), encode(*customers));
    }
    const Result<LogRange> range = append(entries, now());
    if (!range) {
        return done(range.error());
    }
    std::vector<std::string> deliveries;
    Position position = range.value().first;
    for (engine::Shard* shard : touched) {
        std::vector<std::string> erased = erase_in(*shard, *customers, position);
        std::move(erased.begin(), erased.end(), std::back_inserter(deliveries));
        position = position + 1;
    }
    when_durable(range.value().end, [deliveries = std::move(deliveries), done = std::move(done)] {
        done(deliveries);
    });
}

}  // namespace attune::runtime
