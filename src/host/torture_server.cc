#include "host/torture_server.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "files/simulated.h"
#include "host/torture_oracle.h"
#include "log/segments/small_log.h"
#include "program/diagnostics.h"
#include "runtime/fold_check.h"
#include "runtime/runtime.h"
#include "runtime/test_loop.h"
#include "schema/event_reader.h"
#include "state/rocksdb/rocks_store.h"
#include "value/json.h"

namespace attune::host {
namespace {

using files::Fault;
using files::SimulatedFiles;
using Identifier = customer::Identifier;

constexpr std::uint64_t kCutsPerDisk = 10;
constexpr unsigned kWorkers = 2;
constexpr Timestamp kStart{1'767'225'600'000};  // 2026-01-01T00:00:00Z

std::shared_ptr<const program::Program> the_program() {
    static const auto program = [] {
        program::Diagnostics diagnostics;
        auto compiled = program::Program::compile(
            program::read_workspace({{"workspace.yaml", TortureOracle::workspace()}}, diagnostics),
            diagnostics
        );
        ATTUNE_ASSERT(compiled != nullptr);
        return compiled;
    }();
    return program;
}

/// The other end of the webhooks: each call hangs until it is decided what becomes of it.
class Receiver final : public delivery::Channel {
public:
    explicit Receiver(TortureOracle& oracle) : oracle_(&oracle) {}

    void start(delivery::Delivery delivery, Done done) override {
        oracle_->attempted(delivery);
        open_.emplace_back(delivery.id, std::move(done));
    }

    [[nodiscard]] std::size_t open() const { return open_.size(); }

    /// Takes the oldest call, or fails it; a call that arrives may still have its answer lost.
    void finish(bool arrives, bool answers) {
        auto [id, done] = std::move(open_.front());
        open_.pop_front();
        if (arrives) {
            oracle_->arrived(id, answers);
        }
        done(
            arrives && answers ? delivery::Outcome::delivered()
                               : delivery::Outcome::retry("the receiver did not answer")
        );
    }

private:
    TortureOracle* oracle_;
    std::deque<std::pair<std::string, Done>> open_;
};

/// Delivered marks in the log.
std::set<std::string> marks_of(Log& log) {
    std::set<std::string> ids;
    static_cast<void>(read_log(log, log.begin(), [&](const LogBatch& batch) {
        batch.for_each([&](Position, std::string_view bytes) {
            const auto entry = runtime::read_entry(bytes);
            if (entry && entry->head.kind == runtime::EntryKind::Mark) {
                const Result<delivery::Mark> mark = delivery::decode_mark(entry->body);
                if (mark && mark.value().kind == delivery::Mark::Kind::Delivered) {
                    ids.insert(mark.value().id);
                }
            }
        });
    }));
    return ids;
}

/// What one life of the process has open.
struct Life {
    explicit Life(TortureOracle& oracle, std::uint64_t seed)
        : receiver(oracle), programs(""), loops(kWorkers, seed) {}
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;
    Life(Life&&) = delete;
    Life& operator=(Life&&) = delete;
    ~Life() {
        log.reset();  // It may still say what is durable, and that goes to the runtime.
        runtime.reset();
    }

    Receiver receiver;
    Metrics metrics;
    runtime::Programs programs;
    TestLoops loops;
    std::unique_ptr<StateStore> store;
    std::unique_ptr<Log> log;
    std::unique_ptr<runtime::Runtime> runtime;
    std::deque<std::string> texts;  ///< Of calls under way.
    std::deque<std::shared_ptr<runtime::Ticket>> tickets;
    std::deque<runtime::Ticket*> slots;
};

class Run {
public:
    Run(const ServerTorture& options, std::uint64_t seed, std::uint64_t cuts)
        : options_(options),
          random_(seed),
          cuts_(cuts),
          oracle_(report_, "--seed " + std::to_string(seed) + " --cuts " + std::to_string(cuts)) {}

    ServerTortureReport all() {
        auto disk = std::make_unique<SimulatedFiles>(SimulatedFiles::Options{.journaled = true});
        for (std::uint64_t life = 0; life <= cuts_ && report_.failures() == 0; ++life) {
            const bool last = life == cuts_;
            if (!last) {
                disk->arm(any_fault());
            }
            live(*disk, last);
            disk = random_() % 6 == 0 ? disk->after_kill() : disk->after_power_cut(random_());
            report_.cuts += last ? 0 : 1;
        }
        return report_;
    }

private:
    bool one_in(std::uint64_t bound) { return random_() % bound == 0; }

    /// Mostly the power goes; now and then a call fails, once or from then on, and the process ends
    /// a little later.
    Fault any_fault() {
        static constexpr Fault::Kind kOthers[] = {
            Fault::Kind::IoError,
            Fault::Kind::NoSpace,
            Fault::Kind::Short,
            Fault::Kind::Interrupted};
        const std::uint64_t at_call = 1 + random_() % 600;
        if (!one_in(4)) {
            return {.kind = Fault::Kind::PowerCut, .at_call = at_call};
        }
        return {.kind = kOthers[random_() % 4], .at_call = at_call, .for_ever = one_in(2)};
    }

    void live(SimulatedFiles& disk, bool last) {
        Life life(oracle_, random_());
        if (const Status opened = open(life, disk); !opened.ok()) {
            if (!disk.struck()) {
                oracle_.fail(report_.refused, 1, opened.error().message);
            }
            return;
        }
        check_state(life);
        for (std::uint64_t acts = 20 + random_() % 100;
             acts > 0 && !disk.struck() && report_.failures() == 0;
             --acts) {
            act(life);
        }
        if (last && report_.failures() == 0) {
            finish(life);
        } else if (!disk.struck()) {
            // At this very moment: nothing that closing would still write.
            disk.arm({.kind = Fault::Kind::PowerCut, .at_call = 1, .for_ever = true});
        }
    }

    Status open(Life& life, SimulatedFiles& disk) {
        if (Status made = files::create_durable_directory(disk, "data"); !made.ok()) {
            return made;
        }
        Result<std::unique_ptr<StateStore>> store = rocks::open_store(
            {.folder = "data/state", .memory_bytes = 1U << 20U, .free_bytes_min = 0, .files = &disk}
        );
        if (!store.ok()) {
            return store.error();
        }
        life.store = std::move(store).value();
        segments::LogOptions log_options = segments::small_log(disk, options_.log_mutant);
        log_options.folder = "data/log";
        log_options.segment_bytes = 32'768;
        log_options.buffer_bytes = 8'192;
        log_options.batch_bytes_max = 8'192;
        log_options.reaches = life.store->position();
        Result<std::unique_ptr<Log>> log = segments::open_log(log_options);
        if (!log.ok()) {
            return log.error();
        }
        life.log = std::move(log).value();
        if (Status kept = life.programs.add(the_program()); !kept.ok()) {
            return kept;
        }
        if (Status compared = compare_fold(life); !compared.ok()) {
            return compared;
        }
        oracle_.begin_life(marks_of(*life.log));
        return start(life);
    }

    Status compare_fold(Life& life) {
        const Result<runtime::FoldCheck> check =
            runtime::check_fold(*life.log, *life.store, life.programs);
        if (!check.ok()) {
            return check.error();
        }
        if (check.value().differences != 0) {
            oracle_.wrong(
                "the state is not that of the log: " + check.value().first_differences[0]
            );
        }
        return Done{};
    }

    Status start(Life& life) {
        runtime::Runtime::Options options;
        options.commons.log = life.log.get();
        options.commons.clock = &clock_;
        options.commons.programs = &life.programs;
        options.commons.webhook = &life.receiver;
        options.commons.outbox.webhook.backoff_max = Duration(5'000);
        options.commons.outbox.webhook.attempts_max = 1'000;  // None is ever given up.
        options.commons.outbox.webhook.breaker_max = Duration(5'000);
        options.commons.tick = Duration(1'000);
        options.commons.mutant = options_.mutant;
        options.store = life.store.get();
        options.metrics = &life.metrics;
        options.loops = life.loops.all();
        options.write_behind = Duration(0);
        Result<std::unique_ptr<runtime::Runtime>> runtime =
            runtime::Runtime::create(std::move(options), the_program());
        if (!runtime.ok()) {
            return runtime.error();
        }
        life.runtime = std::move(runtime).value();
        life.runtime->start();
        life.loops.run();
        return Done{};
    }

    void act(Life& life) {
        switch (random_() % 12) {
        case 0:
        case 1:
            (void)life.log->flush();
            break;
        case 2:
            write_behind(life);
            break;
        case 3:
            (void)life.store->flush();
            break;
        case 4:
            pass(life, Duration(1'000 + static_cast<std::int64_t>(random_() % 40'000)));
            break;
        case 5:
        case 6:
            if (life.receiver.open() > 0) {
                const bool arrives = !one_in(4);
                life.receiver.finish(arrives, !one_in(8));
            }
            break;
        default:
            for (std::uint64_t count = 1 + random_() % 4; count > 0; --count) {
                send_any(life);
            }
        }
        life.loops.run();
    }

    void write_behind(Life& life) {
        life.loops.run_at_once(true);
        (void)life.runtime->write_behind();
        life.loops.run_at_once(false);
    }

    void pass(Life& life, Duration span) {
        life.loops.advance(span, [&](Duration passed) { clock_.set(clock_.now() + passed); });
    }

    /// A new event, or one that was sent before, acknowledged or not.
    void send_any(Life& life) {
        if (!oracle_.events().empty() && one_in(4)) {
            send(life, random_() % oracle_.events().size());
        } else if (oracle_.make(random_() % TortureOracle::kCustomers, random_() % 3) != nullptr) {
            send(life, oracle_.events().size() - 1);
        }
    }

    void send(Life& life, std::size_t index) {
        const TortureOracle::Event& event = oracle_.events()[index];
        std::string& json = life.texts.emplace_back(event.json());
        const std::size_t bytes = json.size();
        json.append(schema::kPadding, '\0');
        auto& ticket = life.tickets.emplace_back();
        runtime::Ticket** const slot = &life.slots.emplace_back(nullptr);
        ticket = std::make_shared<runtime::Ticket>(life.loops.at(0), 1, [this, slot, index] {
            answered((*slot)->results[0], index);
        });
        *slot = ticket.get();
        ticket->expect(1);
        runtime::Work work;
        work.identifier = {Identifier::Kind::UserId, event.user()};
        work.call.emplace();
        work.call->json = std::string_view(json).substr(0, bytes);
        work.call->envelope = {clock_.now(), std::nullopt, std::nullopt, {}};
        if (one_in(3)) {
            work.call->anonymous_id = life.texts.emplace_back(event.device());
        }
        work.call->ticket = ticket;
        std::vector<runtime::Work> works;
        runtime::Worker& worker = life.runtime->worker_of(work.identifier);
        works.push_back(std::move(work));
        worker.submit(std::move(works));
    }

    void answered(const runtime::CallResult& result, std::size_t index) {
        using Status = runtime::CallResult::Status;
        if (result.status == Status::Accepted || result.status == Status::Duplicate) {
            oracle_.acknowledged(index);
        } else if (result.status == Status::Quarantined) {
            oracle_.wrong("an event is quarantined: " + result.reason);
        }
    }

    /// Compares every customer with what was sent and acknowledged.
    void check_state(Life& life) {
        for (std::uint64_t who = 0; who < TortureOracle::kCustomers; ++who) {
            runtime::Work work;
            work.identifier = {Identifier::Kind::UserId, "user-" + std::to_string(who)};
            work.question = [this, who](runtime::Seat seat) { check_customer(who, seat); };
            runtime::Worker& worker = life.runtime->worker_of(work.identifier);
            std::vector<runtime::Work> works;
            works.push_back(std::move(work));
            worker.submit(std::move(works));
        }
        life.loops.run();
    }

    void check_customer(std::uint64_t who, runtime::Seat seat) {
        std::map<std::string, std::uint64_t> values;
        if (seat.place) {
            program::Frame& frame = seat.worker.fold().frame();
            frame.bind(seat.shard.id(*seat.place), seat.shard.blob(*seat.place), seat.now);
            for (const program::Feature& feature : frame.program().features) {
                values[feature.name] =
                    std::strtoull(json::to_json(frame.value(feature.slot)).c_str(), nullptr, 10);
            }
        }
        for (std::size_t type = 0; type < TortureOracle::kTypeCount; ++type) {
            const std::string number = std::to_string(type);
            oracle_.check(who, type, values["count_" + number], values["sum_" + number]);
        }
    }

    /// The power stays: clients get everything acknowledged, everything owed is delivered.
    void finish(Life& life) {
        bool done = false;
        for (int round = 0; round < 200 && !done; ++round) {
            done = life.receiver.open() == 0;
            for (std::size_t i = 0; i < oracle_.events().size(); ++i) {
                if (!oracle_.events()[i].acknowledged) {
                    send(life, i);
                    done = false;
                }
            }
            life.loops.run();
            while (life.receiver.open() > 0) {
                life.receiver.finish(true, true);
            }
            (void)life.log->flush();
            pass(life, Duration(10'000));
            for (const auto& worker : life.runtime->workers()) {
                done = done && worker->outbox().gauges().pending == 0;
            }
        }
        if (!done) {
            oracle_.fail(report_.lost, 1, "events or effects are never done with");
        }
        check_state(life);
        oracle_.check_effects();
        write_behind(life);
        if (const Status compared = compare_fold(life); !compared.ok()) {
            oracle_.fail(report_.refused, 1, compared.error().message);
        }
    }

    ServerTorture options_;
    std::mt19937_64 random_;
    std::uint64_t cuts_;
    ServerTortureReport report_;
    TortureOracle oracle_;
    ManualClock clock_{kStart};
};

}  // namespace

void ServerTortureReport::add(const ServerTortureReport& other) {
    cuts += other.cuts;
    acknowledged += other.acknowledged;
    effects += other.effects;
    attempts += other.attempts;
    lost += other.lost;
    duplicated += other.duplicated;
    wrong += other.wrong;
    refused += other.refused;
    if (first_failure.empty()) {
        first_failure = other.first_failure;
    }
}

ServerTortureReport torture_server(const ServerTorture& options) {
    ServerTortureReport all;
    for (std::uint64_t seed = options.seed; all.cuts < options.cuts && all.failures() == 0;
         ++seed) {
        all.add(Run(options, seed, std::min(kCutsPerDisk, options.cuts - all.cuts)).all());
    }
    return all;
}

}  // namespace attune::host
