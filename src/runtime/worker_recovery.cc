#include <algorithm>

#include "runtime/worker.h"

// Write-behind and its reverse: what a worker hands to the store, and how it comes back with the
// rest of the log.

namespace attune::runtime {

using engine::Shard;

namespace {

constexpr std::string_view kShardPrefix = "shard/";

std::string shard_key(std::uint32_t shard) {
    std::string key(kShardPrefix);
    key += static_cast<char>(shard);
    return key;
}

Family family_of(Shard::Change::Table table) {
    return table == Shard::Change::Table::Customers ? Family::Customers : Family::Identifiers;
}

Error corrupt(const std::string& what) {
    return {Error::Kind::Corrupt, "cannot restore the state: " + what};
}

}  // namespace

Position Worker::collect(StateBatch& batch) {
    const Position folded = following_ ? folded_ : commons_.log->end();
    const Position position = folded + (commons_.mutant == Mutant::PositionAhead ? 1U : 0U);
    for (std::uint32_t i = 0; i < engine::kShardCount; ++i) {
        if (!shards_[i]) {
            continue;
        }
        for (const Shard::Change& change : shards_[i]->take_changes()) {
            if (change.value) {
                batch.put(family_of(change.table), change.key, *change.value);
            } else {
                batch.erase(family_of(change.table), change.key);
            }
        }
        std::string record;
        ByteWriter out(record);
        out.fixed(position.index);
        out.fixed(shard_programs_[i]);
        batch.put(Family::Meta, shard_key(i), record);
    }
    for (const delivery::OutboxChange& change : outbox_.take_changes()) {
        if (change.record) {
            batch.put(Family::Outbox, change.id, *change.record);
        } else {
            batch.erase(Family::Outbox, change.id);
        }
    }
    return position;
}

Result<Folding*> Worker::load_folding(std::uint64_t hash) {
    auto& folding = foldings_[hash];
    if (!folding) {
        auto program = commons_.programs->get(hash);
        if (!program) {
            foldings_.erase(hash);
            return program.error();
        }
        folding = std::make_unique<Folding>(std::move(program).value());
        const customer::Layout& layout = folding->program->layout;
        layouts_.try_emplace(layout.hash, layout);
    }
    return folding.get();
}

Status Worker::restore_meta(std::string_view key, std::string_view value) {
    if (!key.starts_with(kShardPrefix)) {
        return Done{};
    }
    if (key.size() != kShardPrefix.size() + 1 || value.size() != 16) {
        return corrupt("the record of a shard is malformed");
    }
    const auto number = static_cast<std::uint8_t>(key.back());
    if (!owns(number)) {
        return Done{};
    }
    ByteReader in(value);
    shard_positions_[number] = Position{in.fixed<std::uint64_t>()};
    shard_programs_[number] = in.fixed<std::uint64_t>();
    if (shard_programs_[number] == 0) {
        return Done{};
    }
    newest_program_ = shard_programs_[number];
    const Result<Folding*> folding = load_folding(shard_programs_[number]);
    return folding ? Status(Done{}) : Status(folding.error());
}

Status Worker::restore(Family family, std::string_view key, std::string_view value) {
    switch (family) {
    case Family::Meta:
        return restore_meta(key, value);
    case Family::Outbox:
        return outbox_.restore(value);
    case Family::Customers:
    case Family::Identifiers: {
        const std::uint32_t number = key.size() < 2 ? 0 : static_cast<std::uint8_t>(key[1]);
        const auto folding = foldings_.find(shard_programs_[number]);
        if (folding == foldings_.end()) {
            return corrupt("the program of shard " + std::to_string(number) + " is not recorded");
        }
        return family == Family::Customers
                   ? shards_[number]->restore_customer(key, value, folding->second->fold)
                   : shards_[number]->restore_identifier(key, value);
    }
    default:
        return Done{};
    }
}

Result<Folding*> Worker::replay_folding(std::uint32_t number, std::uint64_t hash) {
    const Result<Folding*> folding = load_folding(hash);
    newest_program_ = hash;
    if (!folding || shard_programs_[number] == hash) {
        return folding;
    }
    const auto old = foldings_.find(shard_programs_[number]);
    if (old != foldings_.end()) {
        shards_[number]->migrate(
            old->second->program->layout, folding.value()->program->layout, folding.value()->fold
        );
    }
    shard_programs_[number] = hash;
    return folding;
}

Status Worker::replay(const EntryView& entry, const BatchStamp& stamp, Position position) {
    const std::uint32_t number = entry.head.shard;
    const auto malformed = [&] {
        return corrupt("entry " + to_string(position) + " of the log is malformed");
    };
    if (entry.head.kind == EntryKind::Mark) {
        const Result<delivery::Mark> mark = delivery::decode_mark(entry.body);
        if (!mark) {
            return malformed();
        }
        outbox_.apply_mark(mark.value(), position.index);
        return Done{};
    }
    if (position < shard_positions_[number]) {
        return Done{};
    }
    const Result<Folding*> found = replay_folding(number, stamp.program);
    if (!found) {
        return found.error();
    }
    if (!replay_entry(entry, *found.value(), stamp, position)) {
        return malformed();
    }
    settle_effects(*found.value(), position + 1);
    return Done{};
}

bool Worker::replay_link(const EntryView& entry, Folding& folding, const BatchStamp& stamp) {
    Shard& shard = *shards_[entry.head.shard];
    if (entry.head.kind == EntryKind::Release) {
        const auto release = decode_release(entry.body);
        if (release) {
            static_cast<void>(shard.release(release->from, release->to));
        }
        return release.has_value();
    }
    if (entry.head.kind == EntryKind::Refuse) {
        const auto refuse = decode_refuse(entry.body);
        if (refuse) {
            shard.refuse(
                refuse->to, refuse->identifier, refuse->why, folding.program->layout, stamp.now
            );
            ++folding.effects.counts.merges_refused;
        }
        return refuse.has_value();
    }
    const auto absorb = decode_absorb(entry.body);
    if (!absorb) {
        return false;
    }
    shard.absorb(
        {absorb->from, absorb->to, absorb->state, absorb->by},
        folding.fold,
        stamp.now,
        folding.effects
    );
    // What the log holds has been taken for good.
    if (following_) {
        taken_.push_back(absorb->from);
        return true;
    }
    // Nothing runs yet, so the giver's worker may be touched.
    worker_of(absorb->from)
        .shard(engine::shard_of(absorb->from.view()))
        .drop_released(absorb->from);
    return true;
}

bool Worker::replay_entry(
    const EntryView& entry, Folding& folding, const BatchStamp& stamp, Position position
) {
    Shard& shard = *shards_[entry.head.shard];
    switch (entry.head.kind) {
    case EntryKind::Call: {
        // The reader looks a little beyond the end of the call.
        std::string padded(entry.body);
        padded.append(schema::kPadding, '\0');
        const auto call = read_call_entry(std::string_view(padded).substr(0, entry.body.size()));
        if (!call) {
            return false;
        }
        fold_call(*call, shard, folding, position, stamp.now, nullptr);
        break;
    }
    case EntryKind::Decision: {
        const auto decision = decode_decision(entry.body);
        if (!decision) {
            return false;
        }
        commons_.kept->keep_decision(decisions::decision_text(decision->id), decision->json);
        const engine::Place place =
            shard.find_or_add(decision->identifier.view(), folding.program->layout);
        count_decision(*folding.program, *decision, shard.subject(place).blob);
        shard.touched(place, folding.fold);
        break;
    }
    case EntryKind::Release:
    case EntryKind::Absorb:
    case EntryKind::Refuse:
        return replay_link(entry, folding, stamp);
    case EntryKind::Judge: {
        const auto slice = decode_judge(entry.body);
        if (!slice) {
            return false;
        }
        shard.judge(*slice, folding.fold, stamp.now, folding.effects);
        break;
    }
    case EntryKind::Erase: {
        const auto customers = decode_erase(entry.body);
        if (!customers) {
            return false;
        }
        static_cast<void>(erase_in(shard, *customers, position));
        break;
    }
    case EntryKind::Mark:
    case EntryKind::Erased:
        break;
    }
    return true;
}

Status Worker::replay_tick(const BatchStamp& stamp, Position position) {
    for (std::uint32_t i = 0; i < engine::kShardCount; ++i) {
        if (!shards_[i] || i % stamp.group_count != stamp.group || position < shard_positions_[i]) {
            continue;
        }
        const Result<Folding*> folding = replay_folding(i, stamp.program);
        if (!folding) {
            return folding.error();
        }
        shards_[i]->advance_due(folding.value()->fold, stamp.now, folding.value()->effects);
        settle_effects(*folding.value(), position + 1);
    }
    return Done{};
}

}  // namespace attune::runtime
