#include "engine/population.h"

namespace attune::engine {

namespace {

using customer::Identifier;

OwnedIdentifier owned(const Identifier& identifier) {
    return {identifier.kind, std::string(identifier.text)};
}

}  // namespace

customer::Identifier primary_identifier(const schema::Event& event) {
    if (!event.user_id.empty()) {
        return {Identifier::Kind::UserId, event.user_id};
    }
    return {Identifier::Kind::AnonymousId, event.anonymous_id};
}

bool linked(const customer::Blob& blob, const Identifier& identifier) {
    return customer::has_identifier(blob, identifier);
}

Population::Population(std::shared_ptr<const program::Program> program, Options options)
    : program_(std::move(program)),
      fold_(std::make_unique<Fold>(*program_)),
      reader_(program_->types, program_->wants, options.reader) {
    effects_.counts = Fold::zero_counts(*program_);
    for (std::uint32_t i = 0; i < kShardCount; ++i) {
        shards_.push_back(std::make_unique<Shard>(i));
        shards_.back()->set_timers(options.timers);
    }
}

bool Population::read(std::string_view call_json, const schema::Envelope& envelope) {
    arena_.reset();
    names_.clear();
    if (!reader_.read(call_json, envelope, arena_, event_)) {
        ++effects_.counts.quarantined;
        return false;
    }
    if (!program_->identity.sources.empty()) {
        // As the edge of a server does it, so that a replay of the same calls gives the same.
        const auto batch = schema::single_call(call_json, arena_, {}, program_->identity.wants);
        if (batch) {
            names_ = program_->identity.read(
                program::parts_of(batch.value().calls.front().route, batch.value(), envelope.call)
            );
        }
    }
    return true;
}

Population::Verdict Population::apply_call(
    std::string_view call_json, const schema::Envelope& envelope, Timestamp now
) {
    return read(call_json, envelope) ? apply(event_, now) : Verdict::Quarantined;
}

Population::Verdict Population::apply(const schema::Event& event, Timestamp now) {
    const Identifier primary = primary_identifier(event);
    const bool both = !event.user_id.empty() && !event.anonymous_id.empty();
    const bool more = event.call == schema::Call::Alias || !names_.empty();
    std::optional<Found> known = both || more ? find(primary) : std::nullopt;
    if (more || (both && (!known || !linked(
                                        known->shard->blob(known->place),
                                        {Identifier::Kind::AnonymousId, event.anonymous_id}
                                    )))) {
        link_identifiers(event, now);
        // Whose event it is may have been joined to somebody else by it.
        known.reset();
    }
    const Found found = known ? *known : find_or_add(primary);
    const Fold::Verdict verdict =
        fold_->apply(found.shard->subject(found.place), event, now, effects_);
    if (verdict == Fold::Verdict::Duplicate) {
        return Verdict::Duplicate;
    }
    found.shard->touched(found.place, *fold_);
    return Verdict::Accepted;
}

void Population::link_identifiers(const schema::Event& event, Timestamp now) {
    const auto consider = [&](const Identifier& identifier, bool alias) {
        const OwnedIdentifier to = end_of(primary_identifier(event));
        const Shard& shard = *shards_[shard_of(to.view())];
        const auto place = shard.find(to.view()).place;
        if (identifier == to.view() ||
            (place && (linked(shard.blob(*place), identifier) ||
                       customer::refused_lately(shard.blob(*place), identifier, now)))) {
            return;
        }
        claim(
            {owned(identifier),
             to,
             alias,
             place ? standing_of(program_->identity, shard.blob(*place), now)
                   : standing_of(program_->identity, to.view())},
            now
        );
    };
    if (!event.user_id.empty() && !event.anonymous_id.empty()) {
        consider({Identifier::Kind::AnonymousId, event.anonymous_id}, false);
    }
    if (event.call == schema::Call::Alias && !event.previous_id.empty()) {
        consider({Identifier::Kind::AnonymousId, event.previous_id}, true);
        consider({Identifier::Kind::UserId, event.previous_id}, true);
    }
    for (const OwnedIdentifier& name : names_) {
        consider(name.view(), false);
    }
}

OwnedIdentifier Population::end_of(const Identifier& identifier) const {
    Identifier at = identifier;
    for (bool followed = false;; followed = true) {
        const Shard::Target target = shards_[shard_of(at)]->find(at);
        if (target.forward == nullptr) {
            return owned(at);
        }
        at = target.next(followed)->view();
    }
}

void Population::claim(Claim claim, Timestamp now) {
    OwnedIdentifier owner = claim.follows() ? end_of(claim.identifier.view()) : claim.identifier;
    if (owner == claim.to) {
        if (claim.standing.room()) {
            // It was listed once, and gave way to another one.
            shards_[shard_of(owner.view())]->absorb(
                {claim.identifier, owner, "", {}}, *fold_, now, effects_
            );
        }
        return;
    }
    const Shard& home = *shards_[shard_of(owner.view())];
    const auto place = home.find(owner.view()).place;
    std::optional<Standing> standing;
    if (place) {
        standing = standing_of(program_->identity, home.blob(*place), now);
    } else {
        owner = claim.identifier;
    }
    const Ruling ruling = judge(program_->identity, claim, standing ? &*standing : nullptr);
    switch (ruling.act) {
    case Ruling::Act::Leads:
    case Ruling::Act::Gives:
        return join(owner, claim.to, claim, now);
    case Ruling::Act::Takes:
        return join(claim.to, owner, claim, now);
    case Ruling::Act::Stays:
        ++effects_.counts.merges_refused;
        shards_[shard_of(claim.to.view())]->refuse(
            claim.to, claim.identifier, ruling.refused, program_->layout, now
        );
        return;
    }
}

void Population::join(
    const OwnedIdentifier& from, const OwnedIdentifier& to, const Claim& by, Timestamp now
) {
    Shard& giver = *shards_[shard_of(from.view())];
    const std::string state = giver.release(from, to);
    shards_[shard_of(to.view())]->absorb({from, to, state, by.identifier}, *fold_, now, effects_);
    giver.drop_released(from);
}

std::optional<Population::Found> Population::find(const Identifier& identifier) {
    Identifier at = identifier;
    for (bool followed = false;; followed = true) {
        Shard& shard = *shards_[shard_of(at)];
        const Shard::Target target = shard.find(at);
        if (target.place) {
            return Found{&shard, *target.place};
        }
        if (target.forward == nullptr) {
            return std::nullopt;
        }
        at = target.next(followed)->view();
    }
}

Population::Found Population::find_or_add(const Identifier& identifier) {
    Identifier at = identifier;
    for (bool followed = false;; followed = true) {
        const std::uint64_t hash = customer::hash_of(at);
        Shard& shard = *shards_[shard_of(hash)];
        const Shard::Target target = shard.find(at, hash);
        if (target.place) {
            return {&shard, *target.place};
        }
        if (target.forward == nullptr) {
            return {&shard, shard.find_or_add(at, program_->layout)};
        }
        at = target.next(followed)->view();
    }
}

void Population::advance_due(Timestamp now) {
    for (const auto& shard : shards_) {
        shard->advance_due(*fold_, now, effects_);
    }
}

void Population::advance_all(Timestamp now) {
    for (const auto& shard : shards_) {
        shard->advance_all(*fold_, now, effects_);
    }
}

std::size_t Population::customer_count() const {
    std::size_t count = 0;
    for (const auto& shard : shards_) {
        count += shard->customer_count();
    }
    return count;
}

}  // namespace attune::engine
