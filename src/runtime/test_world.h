#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "log/memory_log.h"
#include "program/test_program.h"
#include "runtime/runtime.h"
#include "runtime/test_loop.h"
#include "schema/event_reader.h"
#include "state/memory_store.h"
#include "value/json.h"

namespace attune::runtime {

constexpr Timestamp kStart{1'767'225'600'000};  // 2026-01-01T00:00:00Z

/// A MemoryLog that refuses what it is told to refuse.
class TestLog final : public Log {
public:
    explicit TestLog(bool hold) : inner_({.hold = hold, .begin = {}}) {}

    Result<LogRange> append(const BatchStamp& stamp, const LogEntries& entries) override {
        if (refuses_) {
            return Error{Error::Kind::Unavailable, "cannot append to the log: it is full"};
        }
        return inner_.append(stamp, entries);
    }
    [[nodiscard]] Position begin() const override { return inner_.begin(); }
    [[nodiscard]] Position end() const override { return inner_.end(); }
    [[nodiscard]] Position durable() const override { return inner_.durable(); }
    [[nodiscard]] Timestamp latest_now() const override { return inner_.latest_now(); }
    void on_durable(std::function<void(Position)> listener) override {
        inner_.on_durable(std::move(listener));
    }
    Status flush() override { return inner_.flush(); }
    [[nodiscard]] Result<std::unique_ptr<LogReader>> reader(Position from) override {
        return inner_.reader(from);
    }
    Result<Position> trim(Position keep, const LogRetention& retention, Timestamp now) override {
        return inner_.trim(keep, retention, now);
    }
    Status seal() override { return inner_.seal(); }
    [[nodiscard]] Position sealed() const override { return inner_.sealed(); }
    Status rewrite(const LogRewrite& rewrite) override { return inner_.rewrite(rewrite); }
    [[nodiscard]] Status writable() const override {
        return full_ ? Status(Error{Error::Kind::LimitExceeded, "the disk is full"})
                     : inner_.writable();
    }

    void release() { inner_.release(); }

    /// What a crash leaves of it: the batches that are durable.
    [[nodiscard]] std::unique_ptr<TestLog> survivor(bool hold) {
        auto copy = std::make_unique<TestLog>(hold);
        const Status read = read_log(*this, begin(), [&](const LogBatch& batch) {
            LogEntries entries;
            batch.for_each([&](Position, std::string_view entry) { entries.add(entry); });
            ATTUNE_ASSERT(copy->append(batch.stamp, entries).ok());
        });
        ATTUNE_ASSERT(read.ok());
        copy->release();
        return copy;
    }

    void refuse(bool refuses) { refuses_ = refuses; }
    void fill(bool full) { full_ = full; }

private:
    MemoryLog inner_;
    bool full_ = false;
    bool refuses_ = false;
};

/// Takes every delivery and remembers it, or holds it until told what became of it.
class TestChannel final : public delivery::Channel {
public:
    void start(delivery::Delivery delivery, Done done) override {
        started.push_back(delivery.id);
        if (holds) {
            held.push_back(std::move(done));
        } else {
            done(delivery::Outcome::delivered());
        }
    }

    bool holds = false;
    std::vector<std::string> started;
    std::vector<Done> held;
};

/// One call on its way and what has become of it.
struct Submitted {
    std::string json;
    std::shared_ptr<Ticket> ticket;
    bool done = false;

    [[nodiscard]] CallResult::Status status() const { return ticket->results[0].status; }
};

/// A runtime over a log and a store in memory, under a clock and loops that stand still until told
/// otherwise. `crash` throws away everything that a power cut would.
class TestWorld {
public:
    struct Options {
        unsigned workers = 2;
        bool hold = false;
        std::uint64_t seed = 0;
        LogRetention retention{};
        std::function<Position()> copied_to{};
        KeptLimits kept{};
    };

    TestWorld(std::shared_ptr<const program::Program> program, Options options)
        : program_(std::move(program)),
          options_(std::move(options)),
          log_(std::make_unique<TestLog>(options_.hold)),
          store_(std::make_unique<MemoryStore>()) {
        open();
    }

    /// Everything that is not durable is gone; another runtime starts from the rest.
    void crash(unsigned workers, std::shared_ptr<const program::Program> program = nullptr) {
        options_.workers = workers;
        options_.seed += 1;
        program_ = program ? std::move(program) : program_;
        submitted_.clear();
        runtime_.reset();
        loops_.reset();
        log_ = log_->survivor(options_.hold);
        open();
    }

    [[nodiscard]] Submitted& submit(
        engine::OwnedIdentifier identifier,
        const std::string& json,
        const std::string& anonymous = {},
        const std::string& previous = {},
        std::vector<engine::OwnedIdentifier> names = {}
    ) {
        Submitted& one = submitted_.emplace_back();
        one.json = json;
        const std::size_t bytes = one.json.size();
        one.json.append(schema::kPadding, '\0');
        one.ticket = std::make_shared<Ticket>(loops_->at(0), 1, [&one] { one.done = true; });
        one.ticket->expect(1);
        one.ticket->texts.push_back(anonymous);
        one.ticket->texts.push_back(previous);
        Work work;
        work.identifier = std::move(identifier);
        work.call.emplace();
        work.call->ticket = one.ticket;
        work.call->json = std::string_view(one.json).substr(0, bytes);
        work.call->envelope = {clock_.now(), std::nullopt, std::nullopt, {}};
        work.call->anonymous_id = one.ticket->texts[0];
        work.call->previous_id = one.ticket->texts[1];
        work.call->names = std::move(names);
        std::vector<Work> works;
        Worker& worker = runtime_->worker_of(work.identifier);
        works.push_back(std::move(work));
        worker.submit(std::move(works));
        return one;
    }

    /// Submits a track call of now.
    Submitted& track(
        const std::string& user,
        const std::string& event,
        const std::string& id,
        const std::string& anonymous = {},
        const std::string& properties = "{}"
    ) {
        std::string json = R"({"type":"track","messageId":")" + id + R"(","event":")" + event +
                           R"(","timestamp":")" + to_string(clock_.now()) + R"(","properties":)" +
                           properties;
        json += user.empty() ? "" : R"(,"userId":")" + user + "\"";
        json += anonymous.empty() ? "" : R"(,"anonymousId":")" + anonymous + "\"";
        json += "}";
        using Kind = customer::Identifier::Kind;
        return submit(
            user.empty() ? engine::OwnedIdentifier{Kind::AnonymousId, anonymous}
                         : engine::OwnedIdentifier{Kind::UserId, user},
            json,
            user.empty() ? "" : anonymous
        );
    }

    void run() { loops_->run(); }
    /// Lets time pass; timers run at their time.
    void pass(Duration span) {
        loops_->advance(span, [&](Duration passed) { clock_.set(clock_.now() + passed); });
    }
    void set_now(Timestamp now) { clock_.set(now); }

    /// Programs that the next runtimes find, as if kept in a folder.
    void keep_programs(std::vector<std::shared_ptr<const program::Program>> programs) {
        kept_programs_ = std::move(programs);
    }

    void write_behind() {
        run();
        loops_->run_at_once(true);
        ATTUNE_ASSERT(runtime_->write_behind().ok());
        loops_->run_at_once(false);
    }

    /// Asks the customer known as `identifier`.
    void ask(engine::OwnedIdentifier identifier, Question question) {
        std::vector<Work> works;
        Work work;
        work.question = std::move(question);
        work.identifier = std::move(identifier);
        Worker& worker = runtime_->worker_of(work.identifier);
        works.push_back(std::move(work));
        worker.submit(std::move(works));
    }
    /// A feature's value at present, as JSON; "nobody" if there is no such customer.
    [[nodiscard]] std::string feature(
        const std::string& name,
        const std::string& feature,
        customer::Identifier::Kind kind = customer::Identifier::Kind::UserId
    ) {
        std::string text = "not answered";
        ask({kind, name}, [&](Seat seat) {
            text = "nobody";
            if (!seat.place) {
                return;
            }
            program::Frame& frame = seat.worker.fold().frame();
            frame.bind(seat.shard.id(*seat.place), seat.shard.blob(*seat.place), seat.now);
            for (const program::Feature& one : frame.program().features) {
                text = one.name == feature ? json::to_json(frame.value(one.slot)) : text;
            }
        });
        run();
        return text;
    }

    /// The bytes of all customers, by id.
    [[nodiscard]] std::map<std::uint64_t, std::string> customers() {
        std::map<std::uint64_t, std::string> all;
        for (std::uint32_t i = 0; i < engine::kShardCount; ++i) {
            engine::Shard& shard = runtime_->workers()[i % runtime_->workers().size()]->shard(i);
            shard.each([&](engine::Place place) {
                all.emplace(shard.id(place), shard.blob(place).bytes());
            });
        }
        return all;
    }

    [[nodiscard]] Runtime& runtime() { return *runtime_; }
    [[nodiscard]] TestLog& log() { return *log_; }
    [[nodiscard]] MemoryStore& store() { return *store_; }
    [[nodiscard]] TestLoops& loops() { return *loops_; }
    [[nodiscard]] ManualClock& clock() { return clock_; }
    [[nodiscard]] TestChannel& webhooks() { return webhooks_; }
    [[nodiscard]] Metrics& metrics() { return *metrics_; }

private:
    void open() {
        loops_ = std::make_unique<TestLoops>(options_.workers, options_.seed);
        metrics_ = std::make_unique<Metrics>();
        programs_ = std::make_unique<Programs>();
        for (const auto& program : kept_programs_) {
            ATTUNE_ASSERT(programs_->add(program).ok());
        }
        Runtime::Options options;
        options.commons.log = log_.get();
        options.commons.clock = &clock_;
        options.commons.programs = programs_.get();
        options.commons.email = &emails_;
        options.commons.webhook = &webhooks_;
        options.store = store_.get();
        options.metrics = metrics_.get();
        options.loops = loops_->all();
        options.write_behind = Duration(0);
        options.retention = options_.retention;
        options.copied_to = options_.copied_to;
        options.kept = options_.kept;
        auto runtime = Runtime::create(std::move(options), program_);
        if (!runtime) {
            std::fputs(runtime.error().message.c_str(), stderr);
        }
        ATTUNE_ASSERT(runtime.ok());
        runtime_ = std::move(runtime).value();
        runtime_->start();
        run();
    }

    std::shared_ptr<const program::Program> program_;
    Options options_;
    std::vector<std::shared_ptr<const program::Program>> kept_programs_;
    ManualClock clock_{kStart};
    TestChannel emails_;
    TestChannel webhooks_;
    std::unique_ptr<TestLog> log_;
    std::unique_ptr<MemoryStore> store_;
    std::unique_ptr<Metrics> metrics_;
    std::unique_ptr<Programs> programs_;
    std::deque<Submitted> submitted_;
    std::unique_ptr<TestLoops> loops_;
    std::unique_ptr<Runtime> runtime_;
};

}  // namespace attune::runtime
