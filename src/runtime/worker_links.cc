#include <algorithm>

#include "runtime/worker.h"

// Where a work goes: to the shard that its identifier leads to, behind any link that is being made
// for its customer.

namespace attune::runtime {

using engine::Claim;
using engine::OwnedIdentifier;
using engine::Ruling;
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
        const OwnedIdentifier to = *target.next(work.followed);
        work.followed = true;
        pass_on(std::move(work), to);
        return false;
    }
    const auto parked = parked_.find(parking_key(work.identifier));
    if (parked != parked_.end()) {
        parked->second.works.push_back(std::move(work));
        return false;
    }
    if (const auto claim = missing_link(work, shard, target.place)) {
        Parked& waiting = parked_[parking_key(claim->to)];
        waiting.claimed = claim->identifier;
        waiting.works.push_back(std::move(work));
        request_link(*claim);
        return false;
    }
    return true;
}

std::optional<Claim> Worker::missing_link(
    const Work& work, const Shard& shard, std::optional<engine::Place> place
) {
    using Kind = customer::Identifier::Kind;
    // A call without an identifier is on its way to the quarantine.
    if (!work.call || work.identifier.text.empty()) {
        return std::nullopt;
    }
    const Call& call = *work.call;
    const auto missing = [&](Kind kind, std::string_view text) {
        if (text.empty() || text.size() > customer::kIdentifierBytesMax) {
            return false;
        }
        const OwnedIdentifier identifier{kind, std::string(text)};
        if (identifier == work.identifier || contains(work.settled, identifier)) {
            return false;
        }
        return !place || (!customer::has_identifier(shard.blob(*place), identifier.view()) &&
                          !customer::refused_lately(shard.blob(*place), identifier.view(), now()));
    };
    const auto claim = [&](Kind kind, std::string_view text, bool alias) {
        const program::Identity& identity = program().identity;
        return Claim{
            {kind, std::string(text)},
            work.identifier,
            alias,
            place ? engine::standing_of(identity, shard.blob(*place), now())
                  : engine::standing_of(identity, work.identifier.view())};
    };
    if (missing(Kind::AnonymousId, call.anonymous_id)) {
        return claim(Kind::AnonymousId, call.anonymous_id, false);
    }
    for (const Kind kind : {Kind::AnonymousId, Kind::UserId}) {
        if (missing(kind, call.previous_id)) {
            return claim(kind, call.previous_id, true);
        }
    }
    for (const OwnedIdentifier& name : call.names) {
        if (missing(name.kind, name.text)) {
            return claim(name.kind, name.text, false);
        }
    }
    return std::nullopt;
}

void Worker::request_link(const Claim& claim) {
    Worker& owner = worker_of(claim.identifier);
    owner.loop_.post([&owner, claim] { owner.consider(claim, claim.identifier); });
}

void Worker::consider(const Claim& claim, const OwnedIdentifier& at) {
    Worker& taker = worker_of(claim.to);
    const auto settle = [&] {
        taker.loop_.post([&taker, claim] { taker.link_settled(claim.to, claim.identifier); });
    };
    if (at == claim.to) {
        // It leads to the claimant already: a crash, or another identifier, took it off the list.
        return claim.standing.room() ? absorb({claim.identifier, at, "", {}}) : settle();
    }
    Shard& shard = *shards_[engine::shard_of(at.view())];
    const Shard::Target target = shard.find(at.view());
    if (target.forward != nullptr && claim.follows()) {
        const OwnedIdentifier next = *target.next(at != claim.identifier);
        Worker& owner = worker_of(next);
        return owner.loop_.post([&owner, claim, next] { owner.consider(claim, next); });
    }
    if (!target.place && at != claim.identifier) {
        Worker& home = worker_of(claim.identifier);
        return home.loop_.post([&home, claim] { home.consider_lost(claim); });
    }
    std::optional<engine::Standing> owner;
    if (target.place) {
        owner = engine::standing_of(program().identity, shard.blob(*target.place), now());
    }
    const Ruling ruling = engine::judge(program().identity, claim, owner ? &*owner : nullptr);
    if (ruling.act == Ruling::Act::Stays) {
        const customer::MergeOutcome why = ruling.refused;
        return taker.loop_.post([&taker, claim, why] { taker.refuse(claim, why); });
    }
    if (ruling.act == Ruling::Act::Takes) {
        return taker.loop_.post([&taker, claim, at] { taker.release(claim, claim.to, at); });
    }
    // Somebody is being joined to `at` at this moment: giving it away too could lead both in a
    // ring.
    if (parked_.contains(parking_key(at))) {
        return settle();
    }
    release(claim, at, claim.to);
}

void Worker::consider_lost(const Claim& claim) {
    const Ruling ruling = engine::judge(program().identity, claim, nullptr);
    if (ruling.act == Ruling::Act::Leads) {
        return release(claim, claim.identifier, claim.to);
    }
    Worker& taker = worker_of(claim.to);
    const customer::MergeOutcome why = ruling.refused;
    taker.loop_.post([&taker, claim, why] { taker.refuse(claim, why); });
}

void Worker::release(const Claim& claim, const OwnedIdentifier& from, const OwnedIdentifier& to) {
    Worker& claimant = worker_of(claim.to);
    Shard& shard = *shards_[engine::shard_of(from.view())];
    LogEntries entries;
    entries.add(
        EntryHead{EntryKind::Release, static_cast<std::uint8_t>(shard.number())}.bytes(),
        encode(ReleaseEntry{from, to})
    );
    if (!append(entries, now())) {
        return claimant.loop_.post([&claimant, claim] {
            claimant.link_settled(claim.to, claim.identifier);
        });
    }
    const std::optional<engine::Place> place = shard.find(from.view()).place;
    // Somebody may listen for a customer of whom nothing has come in yet.
    const std::uint64_t customer = place ? shard.id(*place) : customer::hash_of(from.view());
    const Shard::Released released{from, to, shard.release(from, to), claim.identifier};
    move_listeners(customer);
    commons_.numbers->merges.add();
    Worker& taker = worker_of(to);
    taker.loop_.post([&taker, released] { taker.absorb(released); });
    if (from == claim.to) {
        // Their works follow, behind the state.
        unpark(claim.to);
    }
}

void Worker::refuse(const Claim& claim, customer::MergeOutcome why) {
    Shard& shard = *shards_[engine::shard_of(claim.to.view())];
    LogEntries entries;
    entries.add(
        EntryHead{EntryKind::Refuse, static_cast<std::uint8_t>(shard.number())}.bytes(),
        encode(RefuseEntry{claim.to, claim.identifier, why})
    );
    const Timestamp at = now();
    if (append(entries, at)) {
        shard.refuse(claim.to, claim.identifier, why, program().layout, at);
        ++folding_->effects.counts.merges_refused;
        commons_.numbers->merges_refused.with({std::string(to_string(why))}).add();
    }
    link_settled(claim.to, claim.identifier);
}

std::string Worker::in_present_layout(const std::string& state) const {
    if (state.empty()) {
        return state;
    }
    const customer::Layout& layout = program().layout;
    const Result<customer::Blob> blob = customer::Blob::from_bytes(state);
    if (!blob || blob.value().layout() == layout.hash) {
        return state;
    }
    const auto old = layouts_.find(blob.value().layout());
    return old == layouts_.end()
               ? state
               : std::string(customer::migrate(blob.value(), old->second, layout).bytes());
}

void Worker::absorb(const Shard::Released& given) {
    // It may have been given away under the program before.
    const Shard::Released released{given.from, given.to, in_present_layout(given.state), given.by};
    const auto& [from, to, state, by] = released;
    Shard& shard = *shards_[engine::shard_of(to.view())];
    if (const Shard::Target target = shard.find(to.view()); target.forward != nullptr) {
        // The survivor was itself joined to somebody meanwhile.
        const Shard::Released next{from, *target.went, state, by};
        Worker& taker = worker_of(next.to);
        taker.loop_.post([&taker, next] { taker.absorb(next); });
        return unpark(to);
    }
    const OwnedIdentifier claimed = by.text.empty() ? from : by;
    LogEntries entries;
    entries.add(
        EntryHead{EntryKind::Absorb, static_cast<std::uint8_t>(shard.number())}.bytes(),
        encode(AbsorbEntry{to, from, state, by == from ? OwnedIdentifier{} : by})
    );
    const Timestamp at = now();
    const Result<LogRange> range = append(entries, at);
    if (!range) {
        // The state stays with its giver and is taken when the server starts anew; the link stands
        // already.
        return link_settled(to, claimed);
    }
    shard.absorb(released, folding_->fold, at, folding_->effects);
    settle_effects(*folding_, range.value().end);
    when_durable(range.value().end, [this, from = from] {
        Worker& giver = worker_of(from);
        giver.loop_.post([&giver, from] {
            giver.shards_[engine::shard_of(from.view())]->drop_released(from);
        });
    });
    // The works go on without asking again, also if the customer had no room for one more
    // identifier.
    link_settled(to, claimed);
}

void Worker::link_settled(const OwnedIdentifier& to, const OwnedIdentifier& identifier) {
    const auto parked = parked_.find(parking_key(to));
    // What somebody else's claim has brought here is not what they wait for.
    if (parked != parked_.end() && parked->second.claimed == identifier) {
        for (Work& work : parked->second.works) {
            work.settled.push_back(identifier);
        }
        unpark(to);
    }
}

void Worker::unpark(const OwnedIdentifier& to) {
    const auto parked = parked_.find(parking_key(to));
    if (parked == parked_.end()) {
        return;
    }
    std::vector<Work> works = std::move(parked->second.works);
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
            taker.loop_.post([&taker, released] { taker.absorb(released); });
        }
    }
}

}  // namespace attune::runtime
