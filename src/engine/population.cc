#include "engine/population.h"

namespace attune::engine {

namespace {

using customer::Identifier;

/// An identifier that leads on leads to a customer after a few steps; a ring would be a bug.
constexpr int kForwardsMax = 64;

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
    if (reader_.read(call_json, envelope, arena_, event_)) {
        return true;
    }
    ++effects_.counts.quarantined;
    return false;
}

Population::Verdict Population::apply_call(
    std::string_view call_json, const schema::Envelope& envelope, Timestamp now
) {
    return read(call_json, envelope) ? apply(event_, now) : Verdict::Quarantined;
}

Population::Verdict Population::apply(const schema::Event& event, Timestamp now) {
    const Found found = find_or_add(primary_identifier(event));
    const bool both = !event.user_id.empty() && !event.anonymous_id.empty();
    if ((both &&
         !linked(
             found.shard->blob(found.place), {Identifier::Kind::AnonymousId, event.anonymous_id}
         )) ||
        event.call == schema::Call::Alias) {
        link_identifiers(event, now);
    }
    const Fold::Verdict verdict =
        fold_->apply(found.shard->subject(found.place), event, now, effects_);
    if (verdict == Fold::Verdict::Duplicate) {
        return Verdict::Duplicate;
    }
    found.shard->touched(found.place, *fold_);
    return Verdict::Accepted;
}

void Population::link_identifiers(const schema::Event& event, Timestamp now) {
    const Identifier to = primary_identifier(event);
    if (!event.user_id.empty() && !event.anonymous_id.empty()) {
        link({Identifier::Kind::AnonymousId, event.anonymous_id}, to, now);
    }
    if (event.call == schema::Call::Alias && !event.previous_id.empty()) {
        link({Identifier::Kind::AnonymousId, event.previous_id}, to, now);
        link({Identifier::Kind::UserId, event.previous_id}, to, now);
    }
}

void Population::link(const Identifier& identifier, const Identifier& to, Timestamp now) {
    // The survivor's own first identifier, behind all that lead to it: so nothing can come to lead
    // to itself.
    Identifier target = to;
    for (int step = 0; step < kForwardsMax; ++step) {
        const Shard::Target next = shards_[shard_of(target)]->find(target);
        if (next.forward == nullptr) {
            break;
        }
        target = next.forward->view();
    }
    if (target == identifier) {
        return;
    }
    const OwnedIdentifier from = owned(identifier);
    const OwnedIdentifier survivor = owned(target);
    const std::string state = shards_[shard_of(identifier)]->release(from, survivor);
    shards_[shard_of(target)]->absorb({from, survivor, state}, *fold_, now, effects_);
    shards_[shard_of(identifier)]->drop_released(from);
}

std::optional<Population::Found> Population::find(const Identifier& identifier) {
    Identifier at = identifier;
    for (int step = 0; step < kForwardsMax; ++step) {
        Shard& shard = *shards_[shard_of(at)];
        const Shard::Target target = shard.find(at);
        if (target.place) {
            return Found{&shard, *target.place};
        }
        if (target.forward == nullptr) {
            return std::nullopt;
        }
        at = target.forward->view();
    }
    return std::nullopt;
}

Population::Found Population::find_or_add(const Identifier& identifier) {
    Identifier at = identifier;
    for (int step = 0; step < kForwardsMax; ++step) {
        const std::uint64_t hash = customer::hash_of(at);
        Shard& shard = *shards_[shard_of(hash)];
        const Shard::Target target = shard.find(at, hash);
        if (target.place) {
            return {&shard, *target.place};
        }
        if (target.forward == nullptr) {
            return {&shard, shard.find_or_add(at, program_->layout)};
        }
        at = target.forward->view();
    }
    ATTUNE_ASSERT(false);
    return {nullptr, 0};
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
