#include "host/standby.h"

#include <cstdio>
#include <utility>

#include "program/diagnostics.h"

namespace attune::host {

namespace {

constexpr std::chrono::milliseconds kTryAgain{500};
constexpr std::chrono::milliseconds kFoldWait{200};

}  // namespace

Result<std::unique_ptr<Standby>> Standby::create(Options options) {
    Result<ReplicationCalls> calls = ReplicationCalls::create(
        {.url = options.url, .authority = options.authority, .caller = options.id}, *options.key
    );
    if (!calls) {
        return calls.error();
    }
    return std::unique_ptr<Standby>(new Standby(std::move(options), std::move(calls).value()));
}

Standby::Standby(Options options, ReplicationCalls calls)
    : options_(std::move(options)),
      calls_(std::move(calls)),
      follower_(*options_.log, *options_.standing, options_.id),
      folded_(options_.log->end().index) {}

Standby::~Standby() {
    static_cast<void>(stop(false));
}

void Standby::start() {
    fetcher_ = std::thread([this] { fetch_forever(); });
    folder_ = std::thread([this] { fold_forever(); });
}

Status Standby::stop(bool fold_all) {
    {
        const std::lock_guard lock(mutex_);
        fetching_ = false;
        folding_ = folding_ && fold_all;
    }
    wake_.notify_all();
    if (fetcher_.joinable()) {
        fetcher_.join();
    }
    Status done = Done{};
    if (fold_all && folder_.joinable()) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] {
            return !fold_trouble_.empty() || folded() >= options_.log->durable();
        });
        if (!fold_trouble_.empty()) {
            done = Error{Error::Kind::Unavailable, fold_trouble_};
        }
        folding_ = false;
    }
    wake_.notify_all();
    if (folder_.joinable()) {
        folder_.join();
    }
    return done;
}

bool Standby::rest(std::chrono::milliseconds span) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, span, [this] { return !fetching_; });
    return fetching_;
}

void Standby::fetch_forever() {
    bool go_on = true;
    while (go_on) {
        const Status fetched = fetch();
        note_trouble(fetched);
        go_on = rest(fetched ? std::chrono::milliseconds(0) : kTryAgain);
    }
}

Status Standby::fetch() {
    const Result<replication::Fetch> request = follower_.request();
    if (!request) {
        return request.error();
    }
    const Result<replication::Fetched> fetched = calls_.fetch(request.value());
    if (!fetched) {
        return fetched.error();
    }
    // A batch is of use only with the program that folds it.
    if (Status kept = keep_programs(fetched.value().programs); !kept) {
        return kept;
    }
    if (Status taken = follower_.take(fetched.value()); !taken) {
        return taken;
    }
    note(fetched.value());
    return keep_erasures(fetched.value().erasures);
}

Status Standby::keep_programs(const std::vector<std::uint64_t>& programs) {
    for (const std::uint64_t hash : programs) {
        if (options_.programs->get(hash)) {
            continue;
        }
        const Result<std::vector<program::FileText>> files = calls_.program(hash);
        if (!files) {
            return files.error();
        }
        program::Diagnostics diagnostics;
        auto program = program::Program::compile(
            program::read_workspace(files.value(), diagnostics), diagnostics
        );
        if (!program || program->hash != hash) {
            return Error{
                Error::Kind::Conflict,
                "cannot follow: program " + program::hash_text(hash) +
                    " of the leader does not compile to the same here; both must run the same "
                    "version of Attune"};
        }
        if (Status kept = options_.programs->add(program); !kept) {
            return kept;
        }
    }
    return Done{};
}

Status Standby::keep_erasures(std::uint64_t version) {
    if (version == erasures_) {
        options_.erasures(std::nullopt, folded());
        return Done{};
    }
    Result<std::string> record = calls_.erasures();
    if (!record) {
        return record.error();
    }
    erasures_ = version;
    options_.erasures(std::move(record).value(), folded());
    return Done{};
}

void Standby::note(const replication::Fetched& fetched) {
    leader_epoch_ = std::max(leader_epoch_.load(), fetched.epoch);
    {
        const std::lock_guard lock(mutex_);
        heard_ = true;
        leader_durable_ = fetched.durable;
        news_ = true;
        if (folded() >= leader_durable_) {
            level_at_ = Clock::now();
        }
    }
    wake_.notify_all();
}

void Standby::note_trouble(const Status& status) {
    const std::string trouble = status ? "" : status.error().message;
    const std::lock_guard lock(mutex_);
    if (trouble != trouble_ && fetching_) {
        std::fprintf(
            stderr,
            "attune: %s\n",
            trouble.empty() ? ("follows " + options_.url).c_str() : trouble.c_str()
        );
    }
    trouble_ = trouble;
}

void Standby::fold_forever() {
    std::unique_ptr<LogReader> reader;
    std::unique_lock lock(mutex_);
    while (folding_) {
        wake_.wait_for(lock, kFoldWait, [this] { return news_ || !folding_ || !fetching_; });
        news_ = false;
        lock.unlock();
        const Status folded = fold(reader);
        lock.lock();
        fold_trouble_ = folded ? "" : folded.error().message;
        if (!folded) {
            wake_.notify_all();
            wake_.wait_for(lock, kTryAgain, [this] { return !folding_; });
        }
        if (this->folded() >= leader_durable_) {
            level_at_ = Clock::now();
        }
        wake_.notify_all();
    }
}

Status Standby::fold(std::unique_ptr<LogReader>& reader) {
    for (;;) {
        if (reader == nullptr) {
            Result<std::unique_ptr<LogReader>> opened = options_.log->reader(folded());
            if (!opened) {
                return opened.error();
            }
            reader = std::move(opened).value();
        }
        const Result<Position> folded = options_.runtime->follow(*reader);
        if (!folded) {
            reader.reset();
            return folded.error();
        }
        if (folded.value() == this->folded()) {
            return Done{};
        }
        folded_ = folded.value().index;
        const std::lock_guard lock(mutex_);
        if (!folding_) {
            return Done{};
        }
    }
}

Standby::Lag Standby::lag() const {
    const std::lock_guard lock(mutex_);
    Lag lag;
    lag.known = heard_;
    lag.positions = leader_durable_ > folded() ? leader_durable_ - folded() : 0;
    lag.seconds = std::chrono::duration<double>(Clock::now() - level_at_).count();
    lag.trouble = fold_trouble_.empty() ? trouble_ : fold_trouble_;
    return lag;
}

}  // namespace attune::host
