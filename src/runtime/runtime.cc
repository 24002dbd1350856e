#include "runtime/runtime.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <future>
#include <new>

namespace attune::runtime {

namespace {

constexpr std::size_t kProgressEvery = 100'000;
constexpr std::size_t kWritesBetweenFlushes = 30;
constexpr int kHandoverTriesMax = 100;
constexpr std::chrono::milliseconds kHandoverPause{10};

/// Whether a saved delivery is for a customer of this worker's shards. A record that cannot be read
/// goes to all, and the first of them says what is wrong with it.
bool owns_delivery(const Worker& worker, std::string_view record) {
    const Result<std::string> customer = delivery::Outbox::customer_of(record);
    if (!customer) {
        return true;
    }
    const std::optional<std::uint64_t> id = program::customer_number(customer.value());
    return worker.owns(engine::shard_of(id.value_or(0)));
}

std::uint32_t shard_in_key(std::string_view key) {
    return key.size() < 2 ? 0 : static_cast<std::uint8_t>(key[1]);
}

}  // namespace

Runtime::Runtime(Options options, std::shared_ptr<const program::Program> program)
    : options_(std::move(options)),
      kept_(*options_.store),
      numbers_(*options_.metrics),
      commons_(options_.commons),
      program_(std::move(program)) {
    commons_.kept = &kept_;
    commons_.numbers = &numbers_;
    const auto count = static_cast<unsigned>(options_.loops.size());
    for (unsigned i = 0; i < count; ++i) {
        workers_.push_back(std::make_unique<Worker>(commons_, *options_.loops[i], i, count));
        commons_.workers.push_back(workers_.back().get());
    }
}

Runtime::~Runtime() {
    stop();
}

Result<std::unique_ptr<Runtime>> Runtime::create(
    Options options, std::shared_ptr<const program::Program> program
) {
    std::unique_ptr<Runtime> runtime(new Runtime(std::move(options), std::move(program)));
    if (Status kept = runtime->commons_.programs->add(runtime->program_); !kept) {
        return kept.error();
    }
    if (Status recovered = runtime->recover(); !recovered) {
        return recovered.error();
    }
    Runtime* const self = runtime.get();
    if (self->options_.following) {
        if (Status adopted = self->adopt_program(); !adopted) {
            return adopted.error();
        }
    }
    self->followed_ = self->commons_.log->end();
    for (const auto& worker : self->workers_) {
        self->options_.following ? worker->follow(self->program_) : worker->use(self->program_);
    }
    self->numbers_.log_begin.set(static_cast<std::int64_t>(self->commons_.log->begin().index));
    if (self->commons_.authority == nullptr) {
        self->commons_.log->on_durable([self](Position position) { self->counts(position); });
    }
    return runtime;
}

void Runtime::counts(Position position) {
    for (const auto& worker : workers_) {
        worker->durable(position);
    }
}

Status Runtime::recover() {
    std::size_t customers = 0;
    std::size_t others = 0;
    // The shards' positions and programs come first: the rest is read with them.
    for (const Family family :
         {Family::Meta, Family::Customers, Family::Identifiers, Family::Outbox}) {
        Status restored = restore_family(family, family == Family::Customers ? customers : others);
        if (!restored) {
            return restored;
        }
    }
    if (Status restored = kept_.restore(commons_.clock->now(), unwritten_); !restored) {
        return restored;
    }
    report(customers, options_.store->position());
    return replay_log();
}

void Runtime::report(std::size_t customers, Position folded) const {
    if (options_.progress) {
        options_.progress({customers, folded, commons_.log->end()});
    }
}

Status Runtime::restore_family(Family family, std::size_t& count) {
    Status failed = Done{};
    const Status scanned =
        options_.store->scan(family, {}, [&](std::string_view key, std::string_view value) {
            ++count;
            const bool sharded = family == Family::Customers || family == Family::Identifiers;
            for (const auto& worker : workers_) {
                if (sharded && !worker->owns(shard_in_key(key))) {
                    continue;
                }
                if (family == Family::Outbox && !owns_delivery(*worker, value)) {
                    continue;
                }
                failed = worker->restore(family, key, value);
                if (!failed) {
                    return false;
                }
            }
            if (count % kProgressEvery == 0) {
                report(count, options_.store->position());
            }
            return true;
        });
    return failed ? scanned : failed;
}

Status Runtime::replay_log() {
    Status failed = Done{};
    std::size_t batches = 0;
    const Position from = options_.store->position();
    if (commons_.log->begin() > from) {
        return Error{
            Error::Kind::Corrupt,
            "cannot fold the log: it begins at " + to_string(commons_.log->begin()) +
                ", but the state is complete only up to " + to_string(from)};
    }
    const Status read = read_log(*commons_.log, from, [&](const LogBatch& batch) {
        if (!failed) {
            return;
        }
        if (batch.count == 0) {
            for (const auto& worker : workers_) {
                failed = failed ? worker->replay_tick(batch.stamp, batch.range.first) : failed;
            }
        }
        batch.for_each([&](Position position, std::string_view bytes) {
            const std::optional<EntryView> entry = read_entry(bytes);
            if (!entry) {
                failed = Error{
                    Error::Kind::Corrupt,
                    "cannot fold entry " + to_string(position) +
                        " of the log: its kind is unknown"};
                return;
            }
            for (const auto& worker : workers_) {
                if (failed &&
                    (entry->head.kind == EntryKind::Mark || worker->owns(entry->head.shard))) {
                    failed = worker->replay(*entry, batch.stamp, position);
                }
            }
        });
        if (++batches % 10'000 == 0) {
            report(0, batch.range.end);
        }
    });
    return failed ? read : failed;
}

void Runtime::start() {
    for (const auto& worker : workers_) {
        Worker* const one = worker.get();
        one->loop().post([one, following = options_.following] {
            following ? one->start_following() : one->start();
        });
    }
    if (options_.write_behind.count() > 0) {
        writer_ = std::thread([this] { write_behind_forever(); });
    }
}

void Runtime::stop() {
    {
        const std::lock_guard lock(stop_mutex_);
        stopping_ = true;
    }
    stop_signal_.notify_all();
    if (writer_.joinable()) {
        writer_.join();
    }
}

void Runtime::write_behind_forever() {
    std::unique_lock lock(stop_mutex_);
    while (!stopping_) {
        stop_signal_.wait_for(lock, options_.write_behind, [this] { return stopping_; });
        lock.unlock();
        if (Status written = write_behind(); !written) {
            numbers_.snapshot_failures.add();
        }
        lock.lock();
    }
}

Status Runtime::write_behind() {
    const std::lock_guard lock(write_mutex_);
    const auto started = std::chrono::steady_clock::now();
    const Status writable = commons_.log->writable();
    const bool full = !writable && writable.error().kind == Error::Kind::LimitExceeded;
    numbers_.disk_full.set(full ? 1 : 0);
    std::vector<StateBatch> parts(workers_.size());
    std::vector<std::future<Position>> positions;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        auto promise = std::make_shared<std::promise<Position>>();
        positions.push_back(promise->get_future());
        Worker* const worker = workers_[i].get();
        worker->loop().post([worker, promise, part = &parts[i]] {
            promise->set_value(worker->collect(*part));
        });
    }
    Position complete{~std::uint64_t{0}};
    for (auto& position : positions) {
        complete = std::min(complete, position.get());
    }
    kept_.collect(commons_.clock->now(), unwritten_);
    for (const StateBatch& part : parts) {
        for (std::size_t i = 0; i < part.size(); ++i) {
            const StateBatch::Change change = part.at(i);
            change.put ? unwritten_.put(change.family, change.key, change.value)
                       : unwritten_.erase(change.family, change.key);
        }
    }
    // What was folded is stored only once the log has it, or a crash could leave the state ahead of
    // its cause.
    if (commons_.mutant != Mutant::StateAhead) {
        if (Status flushed = commons_.log->flush(); !flushed) {
            return flushed;
        }
    }
    Status written = options_.store->write(unwritten_, complete);
    if (written) {
        kept_.stored();
        unwritten_.clear();
        written = forget();
    }
    // The store gathers writes in memory; flushed now and then, a restart has little of the log
    // left to fold.
    if (written && ++writes_ % kWritesBetweenFlushes == 0) {
        written = options_.store->flush();
        written = written ? trim() : written;
    }
    numbers_.snapshot_seconds.observe(std::chrono::steady_clock::now() - started);
    return written;
}

Status Runtime::trim() {
    const LogRetention& retention = options_.retention;
    if (retention.bytes_max == 0 && retention.age_max == Duration(0)) {
        return Done{};
    }
    Position keep_from = options_.store->durable();
    if (options_.copied_to) {
        const Position copied = options_.copied_to();
        numbers_.log_backed_up.set(static_cast<std::int64_t>(copied.index));
        keep_from = std::min(keep_from, copied);
    }
    if (const auto needs = options_.standby_needs ? options_.standby_needs() : std::nullopt) {
        keep_from = std::min(keep_from, *needs);
    }
    const Result<Position> begin = commons_.log->trim(keep_from, retention, commons_.clock->now());
    if (!begin) {
        return begin.error();
    }
    numbers_.log_begin.set(static_cast<std::int64_t>(begin.value().index));
    return Done{};
}

void Runtime::erase_records(Family family, const std::vector<std::string>& keys) {
    const std::lock_guard lock(write_mutex_);
    for (const std::string& key : keys) {
        unwritten_.erase(family, key);
    }
}

Status Runtime::forget() {
    const std::uint64_t decisions = kept_.decision_count();
    const std::uint64_t quarantined = kept_.quarantined_count();
    const Status forgotten =
        kept_.forget(options_.kept, commons_.clock->now(), commons_.log->begin(), unwritten_);
    numbers_.decisions_forgotten.add(decisions - kept_.decision_count());
    numbers_.quarantine_forgotten.add(quarantined - kept_.quarantined_count());
    numbers_.decisions_kept.set(static_cast<std::int64_t>(kept_.decision_count()));
    numbers_.quarantine_kept.set(static_cast<std::int64_t>(kept_.quarantined_count()));
    return forgotten;
}

Worker& Runtime::worker_of(const engine::OwnedIdentifier& identifier) {
    return *workers_[engine::shard_of(identifier.view()) % workers_.size()];
}

std::shared_ptr<const program::Program> Runtime::program() const {
    const std::lock_guard lock(program_mutex_);
    return program_;
}

Status Runtime::publish(
    std::shared_ptr<const program::Program> program, std::function<void()> done
) {
    const std::lock_guard order(publish_mutex_);
    if (Status kept = commons_.programs->add(program); !kept) {
        return kept;
    }
    auto handover = std::make_shared<Handover>(program, std::move(done), workers_.size());
    {
        const std::lock_guard lock(program_mutex_);
        program_ = program;
    }
    // From here on all workers get it: nobody may see half of a publish.
    for (const auto& worker : workers_) {
        hand_over(*worker, handover);
    }
    return Done{};
}

void Runtime::hand_over(Worker& worker, const std::shared_ptr<Handover>& handover) noexcept {
    for (int tries = 0;; ++tries) {
        try {
            worker.loop().post([one = &worker, handover] {
                one->use(handover->program);
                if (handover->left.fetch_sub(1) == 1 && handover->done) {
                    handover->done();
                }
            });
            return;
        } catch (const std::bad_alloc&) {
            // A few bytes; if there are none for so long, the process ends.
            if (tries == kHandoverTriesMax) {
                std::terminate();
            }
            std::this_thread::sleep_for(kHandoverPause);
        }
    }
}

void Runtime::each_worker(std::function<void(Worker&)> ask, std::function<void()> done) {
    struct Round {
        std::function<void(Worker&)> ask;
        std::function<void()> done;
        std::atomic<std::size_t> left;
    };
    auto round = std::make_shared<Round>();
    round->ask = std::move(ask);
    round->done = std::move(done);
    round->left = workers_.size();
    for (const auto& worker : workers_) {
        Worker* const one = worker.get();
        one->loop().run([one, round] {
            round->ask(*one);
            if (round->left.fetch_sub(1) == 1 && round->done) {
                round->done();
            }
        });
    }
}

}  // namespace attune::runtime
