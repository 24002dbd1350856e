#include <algorithm>

#include "runtime/worker.h"

// Where a work goes: to the shard that its identifier leads to, behind any link that is being made
// for its customer.

namespace attune::runtime {

using engine::OwnedIdentifier;
using engine::Shard;

namespace {

/// The key under which works wait for links to a customer.
std::string parking_key(const OwnedIdentifier& identifier) {
    return std::string(1, static_cast<char>(identifier.kind)) + identifier.text;
}

bool contains(const std::vector<OwnedIdentifier>& list, const OwnedIdentifier& one) {
    return std::find(list.begin(), list.end(), one) != list.end();
}

}  // namespace

Worker& Worker::worker_of(const OwnedIdentifier& identifier) const {
    return *commons_.workers[engine::shard_of(identifier.view()) % count_];
}

void Worker::pass_on(Work work, const OwnedIdentifier& to) {
    work.identifier = to;
    std::vector<Work> one;
    one.push_back(std::move(work));
    worker_of(to).submit(std::move(one));
}

bool Worker::ready(Work& work) {
    Worker& owner = worker_of(work.identifier);
    if (&owner != this) {
        const OwnedIdentifier to = work.identifier;
        pass_on(std::move(work), to);
        return false;
    }
    Shard& shard = *shards_[engine::shard_of(work.identifier.view())];
    const Shard::Target target = shard.find(work.identifier.view());
    if (target.forward != nullptr) {
        const OwnedIdentifier to = *target.forward;
        pass_on(std::move(work), to);
        return false;
    }
    const auto parked = parked_.find(parking_key(work.identifier));
    if (parked != parked_.end()) {
        parked->second.push_back(std::move(work));
        return false;
    }
    if (const auto link = missing_link(work, shard, target.place)) {
        const OwnedIdentifier to = work.identifier;
        parked_[parking_key(to)].push_back(std::move(work));
        request_link(*link, to);
        return false;
    }
    return true;
}

std::optional<OwnedIdentifier> Worker::missing_link(
    const Work& work, Shard& shard, std::optional<engine::Place> place
) const {
    using Kind = customer::Identifier::Kind;
    if (!work.call) {
        return std::nullopt;
    }
    const auto missing = [&](Kind kind, std::string_view text) {
        if (text.empty() || text.size() > customer::kIdentifierBytesMax) {
            return false;
        }
        const OwnedIdentifier identifier{kind, std::string(text)};
        if (identifier == work.identifier || contains(work.settled, identifier)) {
            return false;
        }
        return !place || !customer::has_identifier(shard.blob(*place), identifier.view());
    };
    const Call& call = *work.call;
    if (missing(Kind::AnonymousId, call.anonymous_id)) {
        return OwnedIdentifier{Kind::AnonymousId, std::string(call.anonymous_id)};
    }
    for (const Kind kind : {Kind::AnonymousId, Kind::UserId}) {
        if (missing(kind, call.previous_id)) {
            return OwnedIdentifier{kind, std::string(call.previous_id)};
        }
    }
    return std::nullopt;
}

void Worker::request_link(const OwnedIdentifier& from, const OwnedIdentifier& to) {
    Worker& owner = worker_of(from);
    owner.loop_.post([&owner, from, to] { owner.release(from, to); });
}

void Worker::release(const OwnedIdentifier& from, const OwnedIdentifier& to) {
    Worker& taker = worker_of(to);
    const auto refuse_link = [&] {
        taker.loop_.post([&taker, to, from] { taker.link_settled(to, from); });
    };
    // Somebody is being joined to `from` at this moment: giving it away too could lead both in a
    // ring.
    if (parked_.contains(parking_key(from))) {
        return refuse_link();
    }
    Shard& shard = *shards_[engine::shard_of(from.view())];
    LogEntries entries;
    entries.add(
        EntryHead{EntryKind::Release, static_cast<std::uint8_t>(shard.number())}.bytes(),
        encode(ReleaseEntry{from, to})
    );
    if (!append(entries, now())) {
        return refuse_link();
    }
    const std::optional<engine::Place> place = shard.find(from.view()).place;
    // Somebody may listen for a customer of whom nothing has come in yet.
    const std::uint64_t customer = place ? shard.id(*place) : customer::hash_of(from.view());
    const std::string state = shard.release(from, to);
    move_listeners(customer);
    commons_.numbers->merges.add();
    taker.loop_.post([&taker, to, from, state] { taker.absorb(to, from, state); });
}

void Worker::absorb(
    const OwnedIdentifier& to, const OwnedIdentifier& from, const std::string& state
) {
    Shard& shard = *shards_[engine::shard_of(to.view())];
    if (const Shard::Target target = shard.find(to.view()); target.forward != nullptr) {
        // The survivor was itself joined to somebody meanwhile.
        const OwnedIdentifier next = *target.forward;
        Worker& taker = worker_of(next);
        taker.loop_.post([&taker, next, from, state] { taker.absorb(next, from, state); });
        return unpark(to);
    }
    LogEntries entries;
    entries.add(
        EntryHead{EntryKind::Absorb, static_cast<std::uint8_t>(shard.number())}.bytes(),
        encode(AbsorbEntry{to, from, state})
    );
    const Timestamp at = now();
    const Result<LogRange> range = append(entries, at);
    if (!range) {
        // The state stays with its giver and is taken when the server starts anew; the link stands
        // already.
        return link_settled(to, from);
    }
    shard.absorb({from, to, state}, folding_->fold, at, folding_->effects);
    settle_effects(*folding_, range.value().end);
    when_durable(range.value().end, [this, from] {
        Worker& giver = worker_of(from);
        giver.loop_.post([&giver, from] {
            giver.shards_[engine::shard_of(from.view())]->drop_released(from);
        });
    });
    // The works go on without asking again, also if the customer had no room for one more
    // identifier.
    link_settled(to, from);
}

void Worker::link_settled(const OwnedIdentifier& to, const OwnedIdentifier& from) {
    const auto parked = parked_.find(parking_key(to));
    if (parked != parked_.end()) {
        for (Work& work : parked->second) {
            work.settled.push_back(from);
        }
    }
    unpark(to);
}

void Worker::unpark(const OwnedIdentifier& to) {
    const auto parked = parked_.find(parking_key(to));
    if (parked == parked_.end()) {
        return;
    }
    std::vector<Work> works = std::move(parked->second);
    parked_.erase(parked);
    // In front of what came later.
    queue_.insert(
        queue_.begin(), std::make_move_iterator(works.begin()), std::make_move_iterator(works.end())
    );
    schedule();
}

void Worker::resume_links() {
    for (const auto& shard : shards_) {
        if (!shard) {
            continue;
        }
        for (const Shard::Released& released : shard->released()) {
            Worker& taker = worker_of(released.to);
            taker.loop_.post([&taker, released] {
                taker.absorb(released.to, released.from, released.state);
            });
        }
    }
}

}  // namespace attune::runtime
