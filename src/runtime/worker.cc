#include "runtime/worker.h"

#include <algorithm>
#include <utility>

#include "engine/population.h"
#include "runtime/call_entry.h"
#include "value/json.h"

namespace attune::runtime {

using engine::Place;
using engine::Shard;

namespace {

CallResult not_confirmed() {
    return {
        CallResult::Status::Refused,
        "cannot acknowledge the event: it is in this server's log, and no standby has said in time "
        "that it has it too; sent again, it counts once",
        ""};
}

}  // namespace

Folding::Folding(std::shared_ptr<const program::Program> compiled)
    : program(std::move(compiled)), fold(*program), reader(program->types, program->wants) {
    effects.counts = engine::Fold::zero_counts(*program);
}

Worker::Worker(Commons& commons, Loop& loop, unsigned index, unsigned count)
    : commons_(commons),
      loop_(loop),
      index_(index),
      count_(count),
      shards_(engine::kShardCount),
      shard_programs_(engine::kShardCount, 0),
      shard_positions_(engine::kShardCount),
      outbox_(commons.outbox) {
    for (std::uint32_t i = 0; i < engine::kShardCount; ++i) {
        if (owns(i)) {
            shards_[i] = std::make_unique<Shard>(i);
        }
    }
}

Worker::~Worker() = default;

Timestamp Worker::now() {
    last_now_ = std::max({last_now_, commons_.clock->now(), commons_.log->latest_now()});
    return last_now_;
}

void Worker::start() {
    durable_ =
        commons_.authority != nullptr ? commons_.authority->counts_to() : commons_.log->durable();
    running_ = true;
    if (durable_.index > 0) {
        outbox_.release(durable_.index - 1);
    }
    if (migrated_) {
        log_program();
    }
    resume_links();
    begin_judging();
    pump_outbox();
    loop_.after(commons_.tick, [this] { tick(); });
}

void Worker::use(std::shared_ptr<const program::Program> program) {
    auto& folding = foldings_[program->hash];
    if (!folding) {
        folding = std::make_unique<Folding>(program);
    }
    folding_ = folding.get();
    layouts_.try_emplace(program->layout.hash, program->layout);
    for (const auto& [hash, other] : foldings_) {
        if (other.get() != folding_) {
            carry_counts(
                *other->program, other->effects.counts, *program, folding_->effects.counts
            );
        }
    }
    for (std::uint32_t i = 0; i < engine::kShardCount; ++i) {
        if (!shards_[i] || shard_programs_[i] == program->hash) {
            continue;
        }
        const auto old = foldings_.find(shard_programs_[i]);
        if (old != foldings_.end()) {
            shards_[i]->migrate(old->second->program->layout, program->layout, folding_->fold);
            migrated_ = true;
        }
        shard_programs_[i] = program->hash;
    }
    std::erase_if(foldings_, [&](const auto& one) { return one.second.get() != folding_; });
    if (running_ && migrated_) {
        log_program();
    }
    if (running_) {
        begin_judging();
    }
}

void Worker::log_program() {
    // A tick names the program for all shards of this worker: without it, a shard in which nothing
    // happens under this program would skip it in replay, and keep what it drops.
    migrated_ = false;
    pass_time(now());
}

void Worker::submit(std::vector<Work> works) {
    if (loop_.in_loop()) {
        take(std::move(works));
        return;
    }
    commons_.numbers->cross_worker.add(works.size());
    loop_.post([this, moved = std::move(works)]() mutable { take(std::move(moved)); });
}

void Worker::take(std::vector<Work> works) {
    if (queue_.size() + works.size() > commons_.queue_max) {
        refuse(works, {Error::Kind::Unavailable, "too many wait already"});
        return;
    }
    std::move(works.begin(), works.end(), std::back_inserter(queue_));
    schedule();
}

void Worker::schedule() {
    if (!scheduled_ && !queue_.empty()) {
        scheduled_ = true;
        loop_.post([this] { drain(); });
    }
}

void Worker::drain() {
    scheduled_ = false;
    std::vector<Work> taken = std::exchange(queue_, {});
    for (Work& work : taken) {
        if (!ready(work)) {
            continue;
        }
        if (work.call) {
            batch_.push_back(std::move(work));
            continue;
        }
        // A question may log a decision of its own: what came before it is logged and folded by
        // then, what comes after it is not.
        take_batch();
        answer(work);
    }
    take_batch();
}

void Worker::take_batch() {
    std::span<Work> left = batch_;
    while (!left.empty()) {
        const Result<std::size_t> taken = take_some(left);
        if (!taken) {
            refuse(left, taken.error());
            break;
        }
        left = left.subspan(taken.value());
    }
    batch_.clear();
}

Result<std::size_t> Worker::take_some(std::span<Work> works) {
    // Far below what the log takes at once, and enough for a sync to be shared by many.
    constexpr std::size_t kBatchBytesMax = std::size_t{1} << 20U;
    if (commons_.authority != nullptr) {
        if (Status may_take = commons_.authority->may_take(); !may_take) {
            return may_take.error();
        }
    }
    if (Status writable = commons_.log->writable(); !writable) {
        return writable.error();
    }
    entries_.clear();
    std::string body;
    std::size_t count = 0;
    for (; count < works.size() && entries_.bytes().size() < kBatchBytesMax; ++count) {
        const Work& work = works[count];
        body.clear();
        write_call_entry(work.identifier, *work.call, body);
        const auto shard = static_cast<std::uint8_t>(engine::shard_of(work.identifier.view()));
        entries_.add(EntryHead{EntryKind::Call, shard}.bytes(), body);
    }
    const Timestamp at = now();
    const Result<LogRange> range = append(entries_, at);
    if (!range) {
        return range.error();
    }
    fold_batch(works.first(count), range.value(), at);
    return count;
}

void Worker::fold_batch(std::span<Work> works, const LogRange& range, Timestamp at) {
    Position position = range.first;
    std::vector<std::shared_ptr<Ticket>> tickets;
    std::vector<std::size_t> indexes;
    for (Work& work : works) {
        Call& call = *work.call;
        indexes.push_back(call.index);
        CallResult& result = call.ticket->results[call.index];
        const CallEntry entry{work.identifier, {call.envelope, call.json}};
        Shard& shard = *shards_[engine::shard_of(work.identifier.view())];
        fold_call(entry, shard, *folding_, position, at, &result);
        position = position + 1;
        tickets.push_back(std::move(call.ticket));
    }
    settle_effects(*folding_, range.end);
    if (commons_.authority == nullptr) {
        when_durable(range.end, [done = std::move(tickets)] {
            for (const auto& ticket : done) {
                ticket->finish();
            }
        });
        return;
    }
    struct Owed {
        std::vector<std::shared_ptr<Ticket>> tickets;
        std::vector<std::size_t> indexes;
    };
    auto owed = std::make_shared<Owed>(Owed{std::move(tickets), std::move(indexes)});
    when_durable(
        range.end,
        [owed] {
            for (const auto& ticket : owed->tickets) {
                ticket->finish();
            }
        },
        [owed] {
            for (std::size_t i = 0; i < owed->tickets.size(); ++i) {
                owed->tickets[i]->results[owed->indexes[i]] = not_confirmed();
                owed->tickets[i]->finish();
            }
        }
    );
}

void Worker::answer(Work& work) {
    Shard& shard = *shards_[engine::shard_of(work.identifier.view())];
    if (following_) {
        // The shards come to a new program one by one, as the leader's did.
        const auto folding = foldings_.find(shard_programs_[shard.number()]);
        folding_ = folding == foldings_.end() ? folding_ : folding->second.get();
    }
    const auto place = shard.find(work.identifier.view()).place;
    work.question({*this, shard, work.identifier, place, now()});
}

void Worker::fold_call(
    const CallEntry& entry,
    Shard& shard,
    Folding& folding,
    Position position,
    Timestamp at,
    CallResult* result
) {
    arena_.reset();
    schema::Event event;
    const schema::CallEntry& call = entry.call;
    if (!folding.reader.read(call.call_json, call.envelope, arena_, event)) {
        ++folding.effects.counts.quarantined;
        commons_.numbers->quarantined.add();
        const schema::Rejected& rejected = folding.reader.rejected();
        quarantine(call, rejected, position);
        if (result != nullptr) {
            *result = {CallResult::Status::Quarantined, rejected.reason, rejected.field};
        }
        return;
    }
    const Place place = shard.find_or_add(entry.identifier.view(), folding.program->layout);
    const engine::Fold::Verdict verdict =
        folding.fold.apply(shard.subject(place), event, at, folding.effects);
    const bool accepted = verdict == engine::Fold::Verdict::Accepted;
    shard.touched(place, folding.fold);
    (accepted ? commons_.numbers->accepted : commons_.numbers->duplicates).add();
    if (result != nullptr) {
        result->status = accepted ? CallResult::Status::Accepted : CallResult::Status::Duplicate;
    }
}

void Worker::quarantine(
    const schema::CallEntry& call, const schema::Rejected& rejected, Position position
) {
    constexpr std::size_t kShownBytesMax = 4'096;
    std::string json = "{\"position\":" + to_string(position) + ",\"receivedAt\":\"" +
                       attune::to_string(call.envelope.received) + "\",\"reason\":";
    json::write_string(rejected.reason, json);
    json += ",\"field\":";
    json::write_string(rejected.field, json);
    json += ",\"event\":";
    const bool shown_as_json = rejected.kind != schema::Rejected::Kind::Malformed &&
                               rejected.kind != schema::Rejected::Kind::TooLarge;
    if (shown_as_json) {
        json += call.call_json;
    } else {
        json::write_string(call.call_json.substr(0, kShownBytesMax), json);
    }
    json += '}';
    commons_.kept->keep_quarantined(position, json);
}

void Worker::refuse(std::span<Work> works, const Error& why) {
    const bool disk_full = why.kind == Error::Kind::LimitExceeded;
    for (Work& work : works) {
        if (work.call) {
            (disk_full ? commons_.numbers->refused_disk_full : commons_.numbers->refused).add();
            work.call->ticket->results[work.call->index] = {
                CallResult::Status::Refused,
                "cannot take the event: " + why.message,
                "",
                disk_full};
            work.call->ticket->finish();
            continue;
        }
        // A question needs no room in the log; it is answered with what is known.
        if (owns(engine::shard_of(work.identifier.view()))) {
            answer(work);
        }
    }
}

bool Worker::may_append() const {
    return commons_.authority == nullptr || commons_.authority->may_append().ok();
}

Result<LogRange> Worker::append(const LogEntries& entries, Timestamp at) {
    if (commons_.authority != nullptr) {
        if (Status may_append = commons_.authority->may_append(); !may_append) {
            return may_append.error();
        }
        if (following_) {
            return Error{
                Error::Kind::Unavailable,
                "cannot write: this standby is being promoted, ask again"};
        }
    }
    const BatchStamp stamp{
        at,
        folding_->program->hash,
        static_cast<std::uint16_t>(index_),
        static_cast<std::uint16_t>(count_)};
    Result<LogRange> range = commons_.log->append(stamp, entries);
    if (range) {
        appended_ = range.value().end;
    }
    return range;
}

void Worker::lose_patience() {
    if (commons_.authority == nullptr || waiting_.empty()) {
        return;
    }
    // Who lost the right to write will never have more confirmed.
    const std::chrono::nanoseconds patience =
        may_append() ? commons_.authority->wait_max() : Duration(0);
    for (Waiting& one : waiting_) {
        if (one.refused && one.since + patience <= loop_.monotonic()) {
            Task refused = std::move(one.refused);
            one.task = Task([] {});
            one.refused = Task();
            refused();
        }
    }
}

void Worker::tick() {
    lose_patience();
    run_due(now());
    loop_.after(commons_.tick, [this] { tick(); });
}

void Worker::run_due(Timestamp at) {
    bool due = false;
    for (const auto& shard : shards_) {
        due = due || (shard && shard->next_wake() < at);
    }
    if (due) {
        pass_time(at);
    }
}

void Worker::pass_time(Timestamp at) {
    entries_.clear();
    // When the log takes nothing, what is due waits: it happens as of its own time, whenever that
    // is.
    if (const Result<LogRange> range = append(entries_, at)) {
        for (const auto& shard : shards_) {
            if (shard) {
                shard->advance_due(folding_->fold, at, folding_->effects);
            }
        }
        settle_effects(*folding_, range.value().end);
    }
}

void Worker::durable(Position position) {
    loop_.post([this, position] {
        durable_ = std::max(durable_, position);
        while (!waiting_.empty() && waiting_.front().position <= durable_) {
            commons_.numbers->durable_seconds.observe(loop_.monotonic() - waiting_.front().since);
            Task task = std::move(waiting_.front().task);
            waiting_.pop_front();
            task();
        }
        if (durable_.index > 0 && !following_) {
            outbox_.release(durable_.index - 1);
            pump_outbox();
        }
    });
}

void Worker::when_durable(Position position, Task task, Task refused) {
    if (position <= durable_ && waiting_.empty()) {
        task();
        return;
    }
    waiting_.push_back({position, std::move(task), std::move(refused), loop_.monotonic()});
}

Result<Position> Worker::log_decisions(Shard& shard, const std::vector<DecisionEntry>& decisions) {
    LogEntries entries;
    for (const DecisionEntry& decision : decisions) {
        const EntryHead head{EntryKind::Decision, static_cast<std::uint8_t>(shard.number())};
        entries.add(head.bytes(), encode(decision));
    }
    const Result<LogRange> range = append(entries, now());
    if (!range) {
        return range.error();
    }
    for (const DecisionEntry& decision : decisions) {
        const Place place =
            shard.find_or_add(decision.identifier.view(), folding_->program->layout);
        count_decision(*folding_->program, decision, shard.subject(place).blob);
        shard.touched(place, folding_->fold);
    }
    return range.value().end;
}

std::size_t Worker::customer_count() const {
    std::size_t count = 0;
    for (const auto& shard : shards_) {
        count += shard ? shard->customer_count() : 0;
    }
    return count;
}

std::size_t Worker::state_bytes() const {
    std::size_t bytes = 0;
    for (const auto& shard : shards_) {
        bytes += shard ? shard->state_bytes() : 0;
    }
    return bytes;
}

}  // namespace attune::runtime
