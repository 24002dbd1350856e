#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/loop.h"
#include "delivery/channel.h"
#include "delivery/outbox.h"
#include "engine/fold.h"
#include "engine/identity.h"
#include "engine/shard.h"
#include "log/authority.h"
#include "log/log.h"
#include "runtime/call_entry.h"
#include "runtime/entry.h"
#include "runtime/kept.h"
#include "runtime/mutant.h"
#include "runtime/numbers.h"
#include "runtime/programs.h"
#include "runtime/work.h"
#include "schema/event_reader.h"
#include "state/state_store.h"

namespace attune::runtime {

class Worker;

/// An attempt to deliver that did not succeed.
struct DeliveryFailure {
    Timestamp at;
    std::string id;
    std::string_view channel;  ///< "email" or "webhook"
    std::string destination;
    std::string reason;
    bool final = false;  ///< It is not attempted again.
};

/// What all workers share. Set up before the first of them runs, and unchanged then.
struct Commons {
    Log* log = nullptr;
    const Clock* clock = nullptr;
    Programs* programs = nullptr;
    Kept* kept = nullptr;
    Numbers* numbers = nullptr;
    std::vector<Worker*> workers;
    delivery::Outbox::Options outbox;
    delivery::Channel* email = nullptr;    ///< Null: e-mails wait in the outbox.
    delivery::Channel* webhook = nullptr;  ///< Likewise.
    /// Null: this server writes, and what its log has durably counts. Else Runtime::counts() tells
    /// what counts.
    const Authority* authority = nullptr;
    std::string email_from;
    /// Told of every attempt that failed, on the thread of its worker.
    std::function<void(const DeliveryFailure&)> delivery_failed{};
    std::size_t deliveries_in_flight_max = 64;  ///< Per worker.
    std::size_t queue_max = 100'000;  ///< Works waiting on one worker; further ones are refused.
    Duration tick{100};
    Mutant mutant = Mutant::None;  ///< For tests alone.
};

/// A program as one worker folds with it.
struct Folding {
    explicit Folding(std::shared_ptr<const program::Program> compiled);

    std::shared_ptr<const program::Program> program;
    engine::Fold fold;
    schema::EventReader reader;
    engine::Effects effects;
    /// Of `effects.counts.warnings`, to the metric; and the same for each of its blames, with the
    /// series that counts it.
    std::uint64_t warnings_told = 0;
    std::vector<std::pair<Counter, std::uint64_t>> blames_told;
};

/// Told of a customer's in-app messages once their cause is durable, on the worker's thread.
struct MessageListener {
    std::function<void(std::uint32_t sequence, const std::string& body)> message;
    /// The customer was joined to another one; nothing more will come here.
    std::function<void()> moved;
};

/// One thread's shards, and all that happens to them: the only one that touches their customers, so
/// there is no lock on an event's path.
///
/// What comes in is taken batch by batch: appended to the log, folded meanwhile, acknowledged when
/// the log says that it is durable; effects leave no earlier. A customer's works are done in the
/// order in which they came.
class Worker {
public:
    Worker(Commons& commons, Loop& loop, unsigned index, unsigned count);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    Worker(Worker&&) = delete;
    Worker& operator=(Worker&&) = delete;
    ~Worker();

    [[nodiscard]] Loop& loop() { return loop_; }
    [[nodiscard]] bool owns(std::uint32_t shard) const { return shard % count_ == index_; }

    // From any thread.

    /// Hands works over; those for identifiers of other workers are passed on.
    void submit(std::vector<Work> works);
    /// The log is durable before `position`.
    void durable(Position position);

    // On the worker's own thread.

    /// Begins to tick. After recovery.
    void start();
    /// Uses another program from now on; every customer is brought to its layout.
    void use(std::shared_ptr<const program::Program> program);
    [[nodiscard]] const program::Program& program() const { return *folding_->program; }
    [[nodiscard]] engine::Fold& fold() { return folding_->fold; }
    [[nodiscard]] Timestamp now();

    /// The last attempt to deliver that failed since the start.
    [[nodiscard]] const std::optional<DeliveryFailure>& last_failure() const {
        return last_failure_;
    }

    /// A number that no other question on this worker has had since it started.
    [[nodiscard]] std::uint64_t next_question() { return next_question_++; }

    /// Everything that this worker has folded stands before it in the log.
    [[nodiscard]] Position appended() const { return appended_; }
    /// Runs `task` when everything before `position` is durable, here and wherever else it must be.
    /// `refused`, if any, instead when that takes longer than the authority has patience.
    void when_durable(Position position, Task task, Task refused = {});
    /// Logs and counts decisions about the customer known as `decisions[…].identifier` in `shard`,
    /// made if there is none; the place behind them in the log.
    [[nodiscard]] Result<Position> log_decisions(
        engine::Shard& shard, const std::vector<DecisionEntry>& decisions
    );

    /// Makes everything happen that is due before `at`, with a tick in the log if there is
    /// anything.
    void run_due(Timestamp at);

    /// Lets time pass up to now, with a tick in the log whether anything is due or not.
    void mark_time() { pass_time(now()); }

    /// Puts the warnings of what was evaluated in the fold's frame into the metrics.
    void tell_warnings();

    /// How far the customers of this worker have been judged by the segments of a new program.
    struct Judging {
        std::size_t customers = 0;
        std::size_t left = 0;
    };
    [[nodiscard]] const Judging& judging() const { return judging_; }

    /// Tells `listener` of messages for a customer until `stop_listening`.
    std::uint64_t listen(std::uint64_t customer, MessageListener listener);
    void stop_listening(std::uint64_t customer, std::uint64_t listener);

    [[nodiscard]] const engine::Counts& counts() const { return folding_->effects.counts; }
    [[nodiscard]] std::size_t customer_count() const;
    [[nodiscard]] std::size_t state_bytes() const;
    [[nodiscard]] delivery::Outbox& outbox() { return outbox_; }

    /// Puts all that has changed since the last call into `batch`; the position up to which it is
    /// then complete.
    [[nodiscard]] Position collect(StateBatch& batch);

    /// Looks for deliveries that are due. Called by itself; to be called after a dead letter was
    /// replayed.
    void pump_outbox();

    /// Logs and carries out what the erasure of customers means for this worker's shards; `done`,
    /// on this thread, with the ids of deliveries that were owed, once that is durable. What is
    /// refused has erased nothing.
    void erase(
        std::shared_ptr<const EraseEntry> customers,
        std::function<void(Result<std::vector<std::string>>)> done
    );

    // While another server writes.

    /// Folds copies of its batches from now on, instead of taking anything itself; with `program`
    /// until they name one.
    void follow(const std::shared_ptr<const program::Program>& program);
    /// Begins to answer, without taking anything.
    void start_following();
    /// Folds a batch as it was folded there. Everything before has been.
    [[nodiscard]] Status fold_copy(const LogBatch& batch);
    /// What was given away and has been taken since the last call: for drop_released at its giver.
    [[nodiscard]] std::vector<engine::OwnedIdentifier> take_taken();
    /// It is this server's turn to write: goes on with `program`, and says so in the log. Then
    /// start().
    void lead(std::shared_ptr<const program::Program> program);
    /// The program that the latest of the folded batches named; 0: none did.
    [[nodiscard]] std::uint64_t newest_program() const { return newest_program_; }

    // For recovery, before `start`.

    [[nodiscard]] Status restore(Family family, std::string_view key, std::string_view value);
    /// Folds an entry of one of the worker's shards, as it was folded the first time.
    [[nodiscard]] Status replay(const EntryView& entry, const BatchStamp& stamp, Position position);
    /// The passing of time that a tick of `stamp.group` stands for, in those shards of it that are
    /// this worker's.
    [[nodiscard]] Status replay_tick(const BatchStamp& stamp, Position position);
    [[nodiscard]] engine::Shard& shard(std::uint32_t number) { return *shards_[number]; }
    /// State given away whose taking is not in the log any more: taken anew.
    void resume_links();

private:
    struct Waiting {
        Position position;
        Task task;
        Task refused;
        std::chrono::nanoseconds since;
    };
    struct Parked {
        engine::OwnedIdentifier claimed;
        std::vector<Work> works;
    };

    void take(std::vector<Work> works);
    void schedule();
    void drain();
    void take_batch();
    void answer(Work& work);
    /// Logs as many of the works as go into one batch, and folds them; how many.
    [[nodiscard]] Result<std::size_t> take_some(std::span<Work> works);
    void fold_batch(std::span<Work> works, const LogRange& range, Timestamp now);
    void fold_call(
        const CallEntry& entry,
        engine::Shard& shard,
        Folding& folding,
        Position position,
        Timestamp now,
        CallResult* result
    );
    void refuse(std::span<Work> works, const Error& why);

    // Where a work goes: see worker_links.cc.
    [[nodiscard]] bool ready(Work& work);
    void pass_on(Work work, const engine::OwnedIdentifier& to);
    /// What the call shows of its customer that the customer does not have yet.
    [[nodiscard]] std::optional<engine::Claim> missing_link(
        const Work& work, const engine::Shard& shard, std::optional<engine::Place> place
    );
    void request_link(const engine::Claim& claim);
    /// Decides on a claim where its identifier leads: `at`, as far as it has been followed.
    void consider(const engine::Claim& claim, const engine::OwnedIdentifier& at);
    /// Nobody lives where the identifier led; here is its home.
    void consider_lost(const engine::Claim& claim);
    /// Gives `from` to `to`: the claimant, or, if the claimant is joined to somebody, that one.
    void release(
        const engine::Claim& claim,
        const engine::OwnedIdentifier& from,
        const engine::OwnedIdentifier& to
    );
    void refuse(const engine::Claim& claim, customer::MergeOutcome why);
    void absorb(const engine::Shard::Released& given);
    [[nodiscard]] std::string in_present_layout(const std::string& state) const;
    void move_listeners(std::uint64_t customer);
    /// The works that wait for a claim go on without asking again.
    void link_settled(const engine::OwnedIdentifier& to, const engine::OwnedIdentifier& identifier);
    void unpark(const engine::OwnedIdentifier& to);
    [[nodiscard]] Worker& worker_of(const engine::OwnedIdentifier& identifier) const;

    // Customers judged by new segments, part by part: see worker_judging.cc.
    void begin_judging();
    void judge_on();
    [[nodiscard]] bool judge_slice(engine::Shard& shard);

    void tick();
    [[nodiscard]] Status fold_entry(
        std::string_view bytes, const BatchStamp& stamp, Position position
    );
    /// Tells those who have waited too long to try again.
    void lose_patience();
    [[nodiscard]] bool may_append() const;
    void pass_time(Timestamp at);
    void log_program();
    /// Appends entries of this worker; the places they take.
    [[nodiscard]] Result<LogRange> append(const LogEntries& entries, Timestamp now);
    /// Forgets customers of a shard, and what is owed to them; the ids of their deliveries.
    std::vector<std::string> erase_in(
        engine::Shard& shard, const EraseEntry& customers, Position position
    );
    /// Sends on what the steps before `position` wanted.
    void settle_effects(Folding& folding, Position position);
    void tell_warnings(Folding& folding);
    void deliver(delivery::Delivery delivery);
    void attempted(const delivery::Delivery& delivery, const delivery::Outcome& outcome);
    /// Those that the log does not take stay owed, and are tried again.
    void log_marks();
    void log_marks_later();
    void quarantine(
        const schema::CallEntry& call, const schema::Rejected& rejected, Position position
    );
    /// The program with which a shard goes on in replay, brought to its layout.
    [[nodiscard]] Result<Folding*> replay_folding(std::uint32_t shard, std::uint64_t hash);
    /// Folds one entry of a shard; false if it is malformed.
    [[nodiscard]] bool replay_entry(
        const EntryView& entry, Folding& folding, const BatchStamp& stamp, Position position
    );
    /// The same for one that joins customers, or does not.
    [[nodiscard]] bool replay_link(
        const EntryView& entry, Folding& folding, const BatchStamp& stamp
    );
    [[nodiscard]] Status restore_meta(std::string_view key, std::string_view value);
    [[nodiscard]] Result<Folding*> load_folding(std::uint64_t hash);

    Commons& commons_;
    Loop& loop_;
    unsigned index_;
    unsigned count_;
    std::vector<std::unique_ptr<engine::Shard>>
        shards_;  ///< By number; null for those of other workers.
    std::vector<std::uint64_t> shard_programs_;
    std::vector<Position>
        shard_positions_;  ///< Up to which the restored state of a shard is complete.
    std::map<std::uint64_t, std::unique_ptr<Folding>> foldings_;
    Folding* folding_ = nullptr;
    std::map<std::uint64_t, customer::Layout> layouts_;  ///< Of all programs so far, by hash.
    delivery::Outbox outbox_;
    Arena arena_;
    LogEntries entries_;
    std::vector<Work> queue_;
    std::vector<Work> batch_;
    bool scheduled_ = false;
    Timestamp last_now_;
    std::deque<delivery::Mark> marks_;  // That the log has not taken yet.
    bool marks_wait_ = false;
    std::deque<Waiting> waiting_;
    Position durable_;
    Position appended_;
    bool running_ = false;
    Judging judging_;
    bool judging_scheduled_ = false;
    std::uint32_t judging_shard_ = 0;
    engine::Shard::Slice judging_slice_;
    bool following_ = false;
    Position folded_;  ///< While following: everything before it.
    std::vector<engine::OwnedIdentifier> taken_;
    std::uint64_t newest_program_ = 0;
    bool migrated_ = false;  ///< Shards have come to another program, which the log does not tell.
    /// By the first identifier of the customer whose claim is being decided on.
    std::unordered_map<std::string, Parked> parked_;
    std::unordered_map<std::uint64_t, std::map<std::uint64_t, MessageListener>> listeners_;
    std::uint64_t next_listener_ = 1;
    std::uint64_t next_question_ = 1;
    std::size_t in_flight_ = 0;
    TimerId outbox_timer_ = TimerId::None;
    Timestamp outbox_wake_ = customer::kNever;
    std::optional<DeliveryFailure> last_failure_;
    std::int64_t pending_shown_ = 0;  ///< What of the gauge is this worker's.
};

}  // namespace attune::runtime
