#include "host/torture_life.h"

#include <cstdlib>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "log/segments/small_log.h"
#include "program/diagnostics.h"
#include "runtime/fold_check.h"
#include "schema/event_reader.h"
#include "value/json.h"

namespace attune::host {

namespace {

using Identifier = customer::Identifier;

constexpr unsigned kWorkers = 2;
/// Sending again and waiting so often is enough for anything that ends at all.
constexpr int kRoundsMax = 200;
constexpr int kPausesMax = 20;
constexpr int kTriesMax = 3;

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

}  // namespace

/// The other end of the webhooks: each call hangs until it is decided what becomes of it.
class TortureLife::Receiver final : public delivery::Channel {
public:
    explicit Receiver(TortureOracle& oracle) : oracle_(&oracle) {}

    void start(delivery::Delivery delivery, Done done) override {
        oracle_->attempted(delivery);
        open_.emplace_back(delivery.id, std::move(done));
    }

    [[nodiscard]] std::size_t open() const { return open_.size(); }

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

TortureLife::TortureLife(TortureOracle& oracle, ManualClock& clock, Options options)
    : oracle_(&oracle),
      clock_(&clock),
      options_(options),
      receiver_(std::make_unique<Receiver>(oracle)),
      loops_(kWorkers, options.seed) {}

TortureLife::~TortureLife() {
    eraser_.reset();
    data_.log.reset();  // It may still say what is durable, and that goes to the runtime.
    runtime_.reset();
}

std::shared_ptr<const program::Program> TortureLife::compile(const std::string& yaml) {
    program::Diagnostics diagnostics;
    auto compiled = program::Program::compile(
        program::read_workspace({{"workspace.yaml", yaml}}, diagnostics), diagnostics
    );
    ATTUNE_ASSERT(compiled != nullptr);
    return compiled;
}

Status TortureLife::open(files::SimulatedFiles& disk) {
    disk_ = &disk;
    DataFolderOptions options;
    options.folder = kFolder;
    options.files = &disk;
    options.store.memory_bytes = 1U << 20U;
    options.store.free_bytes_min = 0;
    options.log = segments::small_log(disk, options_.log_mutant);
    options.log.segment_bytes = 32'768;
    options.log.buffer_bytes = 8'192;
    options.log.batch_bytes_max = 8'192;
    options.log.packing = options_.packing;
    options.log.on_failure = [this](const Error& error) { stopped_ = error; };
    Result<DataFolder> data = open_data_folder(std::move(options));
    if (!data.ok()) {
        return data.error();
    }
    data_ = std::move(data).value();
    static const auto program = compile(TortureOracle::workspace());
    if (Status kept = data_.programs->add(program); !kept.ok()) {
        return kept;
    }
    if (Status compared = compare_fold(); !compared.ok()) {
        return compared;
    }
    oracle_->begin_life(marks_of(*data_.log), data_.erasures->entries().size());
    if (Status started = start(); !started.ok()) {
        return started;
    }
    return carry_on();
}

Status TortureLife::carry_on() {
    Status carried_on = Done{};
    for (int tries = 0; tries < kTriesMax; ++tries) {
        loops_.run_at_once(true);
        carried_on = eraser_->carry_on_now();
        loops_.run_at_once(false);
        loops_.run();
        if (carried_on.ok()) {
            return settle();
        }
        // The log has to begin a segment first, and a tick may be all that comes in.
        pass(Duration(2'000));
        (void)data_.log->flush();
    }
    return carried_on;
}

Status TortureLife::settle() {
    oracle_->settled();
    return search(kFolder);
}

Status TortureLife::search(const std::string& folder) {
    for (const auto& [path, bytes] : disk_->file_sizes()) {
        if (!path.starts_with(folder + "/")) {
            continue;
        }
        const Result<std::string> content = files::read_file(*disk_, path, bytes);
        if (!content.ok()) {
            return content.error();
        }
        for (const std::string& marker : oracle_->erased_markers()) {
            if (content.value().find(marker) != std::string::npos) {
                oracle_->wrong("\"" + path + "\" still holds the erased " + marker);
            }
        }
    }
    return Done{};
}

Status TortureLife::erase(std::uint64_t who) {
    loops_.run();
    oracle_->erasing(who);
    loops_.run_at_once(true);
    const Result<std::string> id =
        eraser_->erase_now({{Identifier::Kind::UserId, "user-" + std::to_string(who)}});
    loops_.run_at_once(false);
    loops_.run();
    if (!id.ok()) {
        return id.error();
    }
    oracle_->erasure_noted();
    return carry_on();
}

void TortureLife::wait_for_the_disk() {
    (void)data_.log->flush();
    if (++pauses_ > kPausesMax || stopped_) {
        eraser_->stop();
    }
}

Status TortureLife::compare_fold() {
    const Result<runtime::FoldCheck> check =
        runtime::check_fold(*data_.log, *data_.store, *data_.programs);
    if (!check.ok()) {
        return check.error();
    }
    if (check.value().differences != 0) {
        oracle_->wrong("the state is not that of the log: " + check.value().first_differences[0]);
    }
    return Done{};
}

Status TortureLife::start() {
    static const auto program = compile(TortureOracle::workspace());
    runtime::Runtime::Options options;
    options.commons.log = data_.log.get();
    options.commons.clock = clock_;
    options.commons.programs = data_.programs.get();
    options.commons.webhook = receiver_.get();
    options.commons.outbox.webhook.backoff_max = Duration(5'000);
    options.commons.outbox.webhook.attempts_max = 1'000;  // None is ever given up.
    options.commons.outbox.webhook.breaker_max = Duration(5'000);
    options.commons.tick = Duration(1'000);
    options.commons.mutant = options_.mutant;
    options.store = data_.store.get();
    options.metrics = &metrics_;
    options.loops = loops_.all();
    options.write_behind = Duration(0);
    Result<std::unique_ptr<runtime::Runtime>> runtime =
        runtime::Runtime::create(std::move(options), program);
    if (!runtime.ok()) {
        return runtime.error();
    }
    runtime_ = std::move(runtime).value();
    runtime_->start();
    loops_.run();
    eraser_ = std::make_unique<Eraser>(
        Eraser::Options{
            .runtime = runtime_.get(),
            .store = data_.store.get(),
            .clock = clock_,
            .pause = [this] { wait_for_the_disk(); }},
        std::move(*data_.erasures)
    );
    return Done{};
}

void TortureLife::send(std::size_t event, bool with_device) {
    const TortureOracle::Event& one = oracle_->events()[event];
    std::string& json = texts_.emplace_back(one.json());
    const std::size_t bytes = json.size();
    json.append(schema::kPadding, '\0');
    auto& ticket = tickets_.emplace_back();
    runtime::Ticket** const slot = &slots_.emplace_back(nullptr);
    ticket = std::make_shared<runtime::Ticket>(loops_.at(0), 1, [this, slot, event] {
        answered((*slot)->results[0], event);
    });
    *slot = ticket.get();
    ticket->expect(1);
    runtime::Work work;
    work.identifier = {Identifier::Kind::UserId, one.user()};
    work.call.emplace();
    work.call->json = std::string_view(json).substr(0, bytes);
    work.call->envelope = {clock_->now(), std::nullopt, std::nullopt, {}};
    if (with_device) {
        work.call->anonymous_id = texts_.emplace_back(one.device());
    }
    work.call->ticket = ticket;
    std::vector<runtime::Work> works;
    runtime::Worker& worker = runtime_->worker_of(work.identifier);
    works.push_back(std::move(work));
    worker.submit(std::move(works));
}

void TortureLife::answered(const runtime::CallResult& result, std::size_t event) {
    using Status = runtime::CallResult::Status;
    if (result.status == Status::Accepted || result.status == Status::Duplicate) {
        oracle_->acknowledged(event);
    } else if (result.status == Status::Quarantined) {
        oracle_->wrong("an event is quarantined: " + result.reason);
    }
}

Status TortureLife::write_behind() {
    loops_.run_at_once(true);
    Status written = runtime_->write_behind();
    loops_.run_at_once(false);
    return written;
}

void TortureLife::pass(Duration span) {
    loops_.advance(span, [&](Duration passed) { clock_->set(clock_->now() + passed); });
}

Status TortureLife::publish(std::shared_ptr<const program::Program> program) {
    bool used = false;
    Status published = runtime_->publish(std::move(program), [&used] { used = true; });
    loops_.run();
    ATTUNE_ASSERT(used == published.ok());  // All workers or none.
    return published;
}

void TortureLife::finish_call(bool arrives, bool answers) {
    receiver_->finish(arrives, answers);
}

std::size_t TortureLife::open_calls() const {
    return receiver_->open();
}

void TortureLife::check_state() {
    for (std::uint64_t who = 0; who < TortureOracle::kCustomers; ++who) {
        runtime::Work work;
        work.identifier = {Identifier::Kind::UserId, "user-" + std::to_string(who)};
        work.question = [this, who](runtime::Seat seat) { check_customer(who, seat); };
        runtime::Worker& worker = runtime_->worker_of(work.identifier);
        std::vector<runtime::Work> works;
        works.push_back(std::move(work));
        worker.submit(std::move(works));
    }
    loops_.run();
}

void TortureLife::check_customer(std::uint64_t who, runtime::Seat seat) {
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
        oracle_->check(who, type, values["count_" + number], values["sum_" + number]);
    }
}

bool TortureLife::finish() {
    bool done = false;
    for (int round = 0; round < kRoundsMax && !done; ++round) {
        done = receiver_->open() == 0;
        for (std::size_t i = 0; i < oracle_->events().size(); ++i) {
            if (!oracle_->events()[i].acknowledged && oracle_->wanted(i)) {
                send(i, false);
                done = false;
            }
        }
        loops_.run();
        while (receiver_->open() > 0) {
            receiver_->finish(true, true);
        }
        (void)data_.log->flush();
        pass(Duration(10'000));
        for (const auto& worker : runtime_->workers()) {
            done = done && worker->outbox().gauges().pending == 0;
        }
    }
    return done;
}

}  // namespace attune::host
