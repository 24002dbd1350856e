#include "host/eraser.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "api/ask.h"
#include "api/find_customer.h"
#include "host/store_wipe.h"
#include "runtime/call_entry.h"
#include "value/json_writer.h"

namespace attune::host {

using engine::OwnedIdentifier;
using runtime::Erasure;
using runtime::ErasureFilter;

namespace {

/// Links between customers that were under way when an erasure was asked for: each takes a message
/// from worker to worker for each identifier on its way, and is done when all have had their turn
/// so often.
constexpr int kLinkRounds = 8;

constexpr std::size_t kHistoryBytesMax = std::size_t{32} << 20U;

void add_unless_there(std::vector<std::uint64_t>& list, std::uint64_t one) {
    if (std::find(list.begin(), list.end(), one) == list.end()) {
        list.push_back(one);
    }
}

/// Asks every shard of a worker about identifiers, and gathers what they say.
template <typename Ask>
std::vector<std::uint64_t> ask_shards(runtime::Worker& worker, Ask ask) {
    std::vector<std::uint64_t> found;
    for (std::uint32_t i = 0; i < engine::kShardCount; ++i) {
        if (worker.owns(i)) {
            const std::vector<std::uint64_t> some = ask(worker.shard(i));
            found.insert(found.end(), some.begin(), some.end());
        }
    }
    return found;
}

std::string new_id() {
    std::random_device random;
    return fmt::format("x{:08x}{:08x}", random(), random());
}

std::string event_json(const LogBatch& batch, Position position, std::string_view entry) {
    std::string item;
    json::ObjectWriter object(item);
    object.number("position", position.index);
    object.text("receivedAt", to_string(batch.stamp.now));
    const auto call = runtime::read_call_entry(runtime::read_entry(entry)->body);
    if (call) {
        object.text("type", runtime::write_call_json(call->call, object.member("event")));
    } else {
        object.raw("event", "null");
    }
    object.close();
    return item;
}

}  // namespace

Eraser::Eraser(Options options, ErasureRecord record)
    : options_(std::move(options)), record_(std::move(record)) {}

Eraser::~Eraser() {
    stop();
}

void Eraser::start() {
    show_pending();
    thread_ = std::thread([this] { run(); });
}

void Eraser::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
    const Error draining{Error::Kind::Unavailable, "the server is draining"};
    for (const auto& task : tasks_) {
        task(&draining);
    }
    tasks_.clear();
}

bool Eraser::go_on() const {
    const std::lock_guard lock(mutex_);
    return !stopping_;
}

void Eraser::run() {
    bool owing = true;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (!tasks_.empty()) {
            const auto task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task(nullptr);
            lock.lock();
            owing = true;
            continue;
        }
        if (owing) {
            lock.unlock();
            owing = !carry_on().ok();
            lock.lock();
        }
        const auto awake = [this] { return stopping_ || !tasks_.empty(); };
        if (owing) {
            wake_.wait_for(lock, options_.retry_after, awake);
        } else {
            wake_.wait(lock, awake);
        }
    }
}

void Eraser::submit(std::function<void(const Error* refused)> task) {
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_) {
            tasks_.push_back(std::move(task));
            wake_.notify_all();
            return;
        }
    }
    const Error draining{Error::Kind::Unavailable, "the server is draining"};
    task(&draining);
}

void Eraser::erase(
    std::vector<OwnedIdentifier> identifiers, std::function<void(Result<std::string>)> done
) {
    submit([this, asked = std::move(identifiers), done = std::move(done)](const Error* refused) {
        done(refused != nullptr ? Result<std::string>(*refused) : begin(asked));
    });
}

std::optional<bool> Eraser::complete(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const ErasureRecord::Entry* const entry = record_.find(id);
    return entry == nullptr ? std::nullopt : std::optional(entry->stage == ErasureStage::Complete);
}

void Eraser::history(
    Identifiers identifiers, Position from, std::function<void(Result<History>)> done
) {
    submit([this, asked = std::move(identifiers), from, done = std::move(done)](const Error* refused
           ) { done(refused != nullptr ? Result<History>(*refused) : read_history(asked, from)); });
}

void Eraser::adopt(std::optional<std::string> record, Position folded) {
    if (!record && !awaits_fold_) {
        return;
    }
    submit([this, record = std::move(record), folded](const Error* refused) {
        if (refused != nullptr) {
            return;
        }
        if (record && !record->empty()) {
            Result<ErasureRecord> theirs = ErasureRecord::from_text(*record, "the leader's record");
            if (theirs) {
                leaders_.emplace(std::move(theirs).value());
            }
        }
        // What could not be noted is tried again: it still awaits its fold.
        static_cast<void>(adopt_folded(folded));
        show_pending();
    });
}

Status Eraser::adopt_folded(Position folded) {
    if (!leaders_) {
        return Done{};
    }
    awaits_fold_ = true;
    if (Status added = change([&](ErasureRecord& record) { return record.add_unknown(*leaders_); });
        !added) {
        return added;
    }
    bool awaits = false;
    for (const ErasureRecord::Entry& theirs : leaders_->entries()) {
        const ErasureRecord::Entry* const ours = record_.find(theirs.erasure.id);
        if (ours == nullptr || ours->stage != ErasureStage::Asked) {
            continue;
        }
        if (theirs.erasure.folded == Position{} || theirs.erasure.folded > folded) {
            awaits = true;
            continue;
        }
        std::vector<std::string> more = theirs.erasure.deliveries;
        std::erase_if(more, [&](const std::string& id) {
            const std::vector<std::string>& known = ours->erasure.deliveries;
            return std::find(known.begin(), known.end(), id) != known.end();
        });
        Status noted = change([&](ErasureRecord& record) {
            return record.note_folded(theirs.erasure.id, theirs.erasure.folded, more);
        });
        if (!noted) {
            return noted;
        }
    }
    awaits_fold_ = awaits;
    return Done{};
}

void Eraser::each_worker(const std::function<void(runtime::Worker&)>& ask) const {
    std::promise<void> all;
    options_.runtime->each_worker(ask, [&all] { all.set_value(); });
    all.get_future().wait();
}

Eraser::Identifiers Eraser::ask_all(const std::function<Identifiers(const engine::Shard&)>& ask
) const {
    std::mutex mutex;
    Identifiers found;
    each_worker([&](runtime::Worker& worker) {
        const Identifiers some = ask_shards(worker, ask);
        const std::lock_guard lock(mutex);
        found.insert(found.end(), some.begin(), some.end());
    });
    return found;
}

void Eraser::add_leading(Identifiers& identifiers) const {
    for (std::size_t known = 0; known != identifiers.size();) {
        known = identifiers.size();
        // What led to a device's customer went with that customer, not with the device.
        const Identifiers others =
            ask_all([&](const engine::Shard& shard) { return shard.of_others(identifiers); });
        Identifiers own = identifiers;
        std::erase_if(own, [&](std::uint64_t one) {
            return std::find(others.begin(), others.end(), one) != others.end();
        });
        for (const std::uint64_t one :
             ask_all([&](const engine::Shard& shard) { return shard.leading_to(own); })) {
            add_unless_there(identifiers, one);
        }
    }
}

Eraser::Identifiers Eraser::gather(const std::vector<OwnedIdentifier>& identifiers) {
    Identifiers all;
    for (const OwnedIdentifier& identifier : identifiers) {
        std::promise<Identifiers> answer;
        api::ask(*options_.runtime, identifier, [&answer](const runtime::Seat& seat) {
            answer.set_value(
                seat.place ? api::hashes_leading_to(seat, *seat.place) : Identifiers{}
            );
        });
        all = answer.get_future().get();
        if (!all.empty()) {
            add_unless_there(all, customer::hash_of(identifier.view()));
            break;
        }
    }
    if (all.empty()) {
        for (const OwnedIdentifier& identifier : identifiers) {
            add_unless_there(all, customer::hash_of(identifier.view()));
        }
    }
    add_leading(all);
    return all;
}

Result<std::string> Eraser::begin(const std::vector<OwnedIdentifier>& identifiers) {
    for (int round = 0; round < kLinkRounds; ++round) {
        each_worker([](runtime::Worker&) {});
    }
    Log& log = options_.runtime->log();
    Erasure erasure;
    erasure.id = new_id();
    erasure.at = options_.clock->now();
    erasure.identifiers = gather(identifiers);
    erasure.before = log.end();
    // A place that a power cut takes back would be given to somebody else, who comes later.
    if (Status flushed = log.flush(); !flushed) {
        return flushed.error();
    }
    if (Status noted = change([&](ErasureRecord& record) { return record.add(erasure); }); !noted) {
        return noted.error();
    }
    show_pending();
    // The record has it: what fails now is carried on with.
    static_cast<void>(fold(erasure));
    return erasure.id;
}

Result<std::vector<std::string>> Eraser::erase_at(
    runtime::Worker& worker, const std::shared_ptr<const runtime::EraseEntry>& entry
) {
    using Deliveries = Result<std::vector<std::string>>;
    auto answer = std::make_shared<std::promise<Deliveries>>();
    std::future<Deliveries> answered = answer->get_future();
    worker.loop().post([&worker, entry, answer] {
        worker.erase(entry, [answer](Deliveries deliveries) {
            answer->set_value(std::move(deliveries));
        });
    });
    // On a full disk it may take until somebody has made room.
    const std::chrono::milliseconds wait(options_.pause ? 0 : 100);
    while (answered.wait_for(wait) != std::future_status::ready) {
        if (options_.pause) {
            options_.pause();
        }
        if (!go_on()) {
            return Error{Error::Kind::Unavailable, "the server is draining"};
        }
    }
    return answered.get();
}

Status Eraser::fold(const Erasure& erasure) {
    // What is appended for it is then behind the segments that are to be rewritten. On a full disk
    // wipe() does it later.
    static_cast<void>(options_.runtime->log().seal());
    const auto entry =
        std::make_shared<const runtime::EraseEntry>(runtime::EraseEntry{erasure.identifiers});
    std::vector<std::string> deliveries;
    for (const auto& worker : options_.runtime->workers()) {
        const Result<std::vector<std::string>> erased = erase_at(*worker, entry);
        if (!erased) {
            return erased.error();
        }
        deliveries.insert(deliveries.end(), erased.value().begin(), erased.value().end());
    }
    const Position end = options_.runtime->log().end();
    return change([&](ErasureRecord& record) {
        return record.note_folded(erasure.id, end, std::move(deliveries));
    });
}

Status Eraser::carry_on() {
    for (const Erasure& erasure : record_.at(ErasureStage::Asked)) {
        if (following()) {
            break;  // The leader's entries do it.
        }
        if (Status folded = fold(erasure); !folded) {
            return folded;
        }
    }
    const std::vector<Erasure> folded = record_.at(ErasureStage::Folded);
    if (folded.empty()) {
        return Done{};
    }
    if (Status wiped = wipe(folded); !wiped) {
        return wiped;
    }
    if (Status noted = change([&](ErasureRecord& record) { return record.note_complete(folded); });
        !noted) {
        return noted;
    }
    options_.runtime->numbers().erasures.add(folded.size());
    show_pending();
    return Done{};
}

Status Eraser::change(const std::function<Status(ErasureRecord&)>& how) {
    ErasureRecord changed = record_;
    Status done = how(changed);
    if (done) {
        const std::lock_guard lock(mutex_);
        record_ = std::move(changed);
    }
    return done;
}

void Eraser::show_pending() {
    const std::lock_guard lock(mutex_);
    const std::size_t complete = record_.at(ErasureStage::Complete).size();
    options_.runtime->numbers().erasures_pending.set(
        static_cast<std::int64_t>(record_.entries().size() - complete)
    );
}

Status Eraser::wipe(const std::vector<Erasure>& erasures) {
    runtime::Runtime& runtime = *options_.runtime;
    Log& log = runtime.log();
    ErasureFilter filter(erasures);
    const auto may_go_on = [this] { return go_on(); };
    if (Status read = filter.read(log, may_go_on); !read) {
        return read;
    }
    // What came in while the erasure was begun may lie behind that seal.
    if (filter.end() > log.sealed()) {
        if (Status sealed = log.seal(); !sealed) {
            return sealed;
        }
        // It takes effect with the next batch, and nothing else may come in for long.
        each_worker([](runtime::Worker& worker) { worker.mark_time(); });
    }
    // Then the store has all that is kept, and what the fold has forgotten no more.
    if (Status written = runtime.write_behind(); !written) {
        return written;
    }
    // Before the log: quarantined events are found by their calls.
    const Result<StoreKeys> keys = keys_of(
        *options_.store, filter, [](Family, std::string_view) {}, may_go_on
    );
    if (!keys) {
        return keys.error();
    }
    runtime.erase_records(Family::Decisions, keys.value().decisions);
    runtime.erase_records(Family::Quarantine, keys.value().quarantined);
    if (Status written = runtime.write_behind(); !written) {
        return written;
    }
    // On the disk before the calls are gone: nothing else could find the quarantined events then.
    if (Status flushed = options_.store->flush(); !flushed) {
        return flushed;
    }
    Status rewritten = log.rewrite(
        {.end = filter.end(),
         .edit = [&](Position position,
                     std::span<char> entry) { return filter.edit(position, entry); },
         .go_on = may_go_on}
    );
    if (!rewritten) {
        return rewritten;
    }
    return purge(*options_.store, keys.value(), may_go_on);
}

Status Eraser::add_events(const ErasureFilter& filter, Position from, History& history) const {
    Log& log = options_.runtime->log();
    const Result<std::unique_ptr<LogReader>> reader = log.reader(std::max(from, log.begin()));
    if (!reader) {
        return reader.error();
    }
    std::size_t bytes = 0;
    while (!history.next && go_on()) {
        const Result<const LogBatch*> next = reader.value()->next();
        if (!next || next.value() == nullptr) {
            return next ? Status(Done{}) : next.error();
        }
        const LogBatch& batch = *next.value();
        batch.for_each([&](Position position, std::string_view entry) {
            if (position < from || history.next || !filter.calls().contains(position)) {
                return;
            }
            if (bytes > kHistoryBytesMax) {
                history.next = position;
            } else {
                bytes += history.events.emplace_back(event_json(batch, position, entry)).size();
            }
        });
    }
    return history.next ? Status(Done{})
                        : Status(Error{Error::Kind::Unavailable, "the server is draining"});
}

Result<Eraser::History> Eraser::read_history(const Identifiers& asked, Position from) {
    Log& log = options_.runtime->log();
    Erasure about;
    about.identifiers = asked;
    add_leading(about.identifiers);
    about.before = log.durable();
    about.at = options_.clock->now();
    ErasureFilter filter({about});
    if (Status read = filter.read(log, [this] { return go_on(); }); !read) {
        return read.error();
    }
    History history;
    const Status read = add_events(filter, from, history);
    if (!read || from.index > 0) {
        return read ? Result<History>(std::move(history)) : read.error();
    }
    // What is not from the log comes with the first part.
    if (Status written = options_.runtime->write_behind(); !written) {
        return written.error();
    }
    const Result<StoreKeys> kept =
        keys_of(*options_.store, filter, [&](Family family, std::string_view json) {
            (family == Family::Decisions ? history.decisions : history.quarantined)
                .emplace_back(json);
        });
    return kept ? Result<History>(std::move(history)) : kept.error();
}

}  // namespace attune::host
