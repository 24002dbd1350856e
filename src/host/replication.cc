#include "host/replication.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "api/ask.h"
#include "files/posix.h"
#include "host/eraser.h"
#include "host/standby_tail.h"
#include "replication/follower.h"

namespace attune::host {

namespace {

using replication::Fetched;
using replication::Role;

constexpr std::chrono::milliseconds kWatchEvery{250};
constexpr int kAnnounceEveryRounds = 4;
constexpr std::chrono::milliseconds kEpochWait{100};
constexpr int kEpochTries = 100;

Duration monotonic() {
    return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()
    );
}

replication::Standing::Options standing_options(const ReplicationOptions& options) {
    return {.sync = options.sync, .alone = options.sync_alone, .wait_max = options.sync_wait};
}

std::int64_t as_gauge(Position position) {
    return static_cast<std::int64_t>(position.index);
}

}  // namespace

Replication::Numbers::Numbers(Metrics& metrics)
    : epoch(metrics.gauge(
          {"attune_replication_epoch", "How often a standby has been promoted in this log"}
      )),
      leading(metrics.gauge({"attune_replication_leading", "1 while this server writes"})),
      fenced(metrics.gauge(
          {"attune_replication_fenced", "1 once another server has been promoted over this one"}
      )),
      position(metrics.gauge({"attune_replication_position", "What this server has durably"})),
      folded(metrics.gauge({"attune_replication_folded", "What this server's answers know of"})),
      lag_positions(metrics.gauge(
          {"attune_replication_lag_positions",
           "Of a standby: entries that the leader had before it"}
      )),
      lag_seconds(metrics.gauge(
          {.name = "attune_replication_lag",
           .help = "Of a standby: time since it last knew all that the leader had",
           .unit = MetricUnit::Seconds}
      )),
      followers(metrics.gauge({"attune_replication_followers", "Standbys that are connected"})),
      confirmed(metrics.gauge(
          {"attune_replication_confirmed",
           "What may be acknowledged, with --sync what a standby has"}
      )),
      alone(metrics.counter(
          {"attune_replication_acknowledged_alone",
           "Entries acknowledged with --sync-alone while no standby was connected"}
      )) {}

Replication::Replication(ReplicationOptions options, std::string data, Metrics& metrics)
    : options_(std::move(options)),
      data_(std::move(data)),
      numbers_(metrics),
      standing_(standing_options(options_), monotonic) {
    std::random_device random;
    id_ = std::uint64_t{random()} << 32U | random();
}

Replication::~Replication() {
    stop();
}

Result<ReplicationCalls> Replication::calls(std::uint64_t which) const {
    return ReplicationCalls::create(
        {.url = options_.follow, .authority = options_.authority, .caller = id_ ^ which}, *key_
    );
}

Result<bool> Replication::wanted(const ReplicationOptions& options, const std::string& data) {
    const Result<ReplicationRecord> record = ReplicationRecord::read(files::posix(), data);
    return record ? Result<bool>(
                        options.any() || record.value().fenced > 0 || record.value().promoted > 0
                    )
                  : record.error();
}

Result<std::unique_ptr<Replication>> Replication::create(
    ReplicationOptions options, std::string data, Metrics& metrics
) {
    std::unique_ptr<Replication> made(new Replication(std::move(options), std::move(data), metrics)
    );
    Result<ReplicationRecord> record = ReplicationRecord::read(files::posix(), made->data_);
    if (!record) {
        return record.error();
    }
    made->record_ = std::move(record).value();
    if (!made->options_.key.empty()) {
        Result<ReplicationKey> key = ReplicationKey::load(made->options_.key);
        if (!key) {
            return key.error();
        }
        made->key_ = std::move(key).value();
    }
    if (made->options_.cut_tail && !made->options_.follow.empty()) {
        Result<ReplicationCalls> leader = made->calls(3);
        const Result<std::string> cut =
            leader ? cut_tail(made->data_, leader.value()) : Result<std::string>(leader.error());
        if (!cut) {
            return cut.error();
        }
        if (!cut.value().empty()) {
            std::fprintf(stderr, "attune: %s\n", cut.value().c_str());
        }
    }
    return made;
}

Status Replication::open(Log& log, runtime::Programs& programs) {
    log_ = &log;
    programs_ = &programs;
    if (key_) {
        service_ = std::make_unique<ReplicationService>(ReplicationService::Options{
            .log = log_,
            .standing = &standing_,
            .key = &*key_,
            .programs = programs_,
            .data = data_,
            .fence = [this](Epoch epoch, const std::string& by) { return fence(epoch, by); }});
    }
    const bool was_promoted = record_.was_promoted() && record_.promoted >= log.epoch();
    if (!options_.follow.empty() && !was_promoted) {
        standing_.follow(options_.follow);
        standing_.local(log.durable());
        return probe();
    }
    standing_.lead(log.durable());
    if (record_.fenced > log.epoch() && !was_promoted) {
        standing_.fence(record_.fenced, record_.fenced_by);
        return Done{};
    }
    if (!options_.follow.empty()) {
        std::fprintf(
            stderr,
            "attune: leads in epoch %u: this folder was promoted, and does not follow %s any "
            "more\n",
            unsigned{record_.promoted},
            options_.follow.c_str()
        );
        announced_ = false;
    }
    // A crash may have come between the record and the log.
    return record_.promoted > log.epoch() ? log.raise_epoch(record_.promoted) : Status(Done{});
}

Status Replication::check_agreement(const Fetched& fetched) const {
    if (fetched.outcome == Fetched::Outcome::Trimmed) {
        return Error{
            Error::Kind::NotFound,
            "cannot follow " + options_.follow + ": " + fetched.reason +
                "\nhint: make this folder from a backup of the leader: attune backup LEADER-DATA "
                "BACKUP, attune restore BACKUP NEW-DATA, then follow with NEW-DATA"};
    }
    if (fetched.outcome == Fetched::Outcome::Diverged) {
        return Error{
            Error::Kind::Conflict,
            "cannot follow " + options_.follow + ": " + fetched.reason +
                "\nhint: --cut-tail moves what only this server has to a folder aside-POSITION in "
                "\"" +
                data_ + "\", where attune log dump shows it, and follows"};
    }
    if (fetched.epoch < log_->epoch()) {
        return Error{
            Error::Kind::Conflict,
            fmt::format(
                "cannot follow {}: it is in epoch {}, and this log has begun epoch {}; follow the "
                "server that was promoted then",
                options_.follow,
                fetched.epoch,
                log_->epoch()
            )};
    }
    return Done{};
}

Status Replication::probe() {
    Result<ReplicationCalls> leader = calls(1);
    if (!leader) {
        return leader.error();
    }
    const Result<std::uint64_t> trace = replication::last_trace(*log_);
    if (!trace) {
        return trace.error();
    }
    const Result<Fetched> fetched = leader.value().fetch(
        {.follower = id_, .epoch = log_->epoch(), .from = log_->end(), .trace = trace.value()}
    );
    if (fetched) {
        return check_agreement(fetched.value());
    }
    if (fetched.error().kind == Error::Kind::Unavailable) {
        // It may come later; what is known is served meanwhile.
        std::fprintf(stderr, "attune: %s\n", fetched.error().message.c_str());
        return Done{};
    }
    return fetched.error();
}

void Replication::attach(runtime::Runtime& runtime, Eraser& eraser) {
    runtime_ = &runtime;
    eraser_ = &eraser;
    standing_.on_counts([this](Position position) { runtime_->counts(position); });
    log_->on_durable([this](Position position) {
        standing_.local(position);
        if (service_) {
            service_->wake();
        }
    });
}

void Replication::add_routes(api::Router& router) {
    if (service_) {
        service_->add_routes(router);
    }
    api::RouteOptions options;
    options.priority = api::Priority::Admin;
    router.add(
        api::Method::Post,
        "/v1/promote",
        [this](const api::Request&, api::Responder responder) {
            promote_for(std::move(responder));
        },
        options
    );
}

std::optional<api::Response> Replication::admit(
    const api::Request& request, const api::Route& route
) const {
    const std::string_view pattern = route.pattern;
    const bool reads = request.method == api::Method::Get || request.method == api::Method::Head ||
                       pattern == "/v1/decide" || pattern == "/v1/promote" ||
                       pattern.starts_with("/v1/replication/");
    if (reads || role() == Role::Leading) {
        return std::nullopt;
    }
    const Status may_append = standing_.may_append();
    return may_append ? std::nullopt
                      : std::optional(api::ask_again(
                            {503, replication::to_string(role()), may_append.error().message, ""}
                        ));
}

void Replication::stamp(api::Response& response) const {
    if (!following()) {
        return;
    }
    const std::lock_guard lock(mutex_);
    if (standby_) {
        const Standby::Lag lag = standby_->lag();
        response.headers.emplace_back(
            "X-Attune-Lag-Positions", lag.known ? std::to_string(lag.positions) : "unknown"
        );
        response.headers.emplace_back("X-Attune-Lag-Seconds", fmt::format("{:.3f}", lag.seconds));
    }
}

bool Replication::ready(std::string& reason) const {
    const Role role = this->role();
    if (role == Role::Fenced) {
        reason = standing_.may_append().error().message;
        return false;
    }
    if (role == Role::Leading) {
        const Status may_take = standing_.may_take();
        reason = may_take ? "" : may_take.error().message;
        return true;
    }
    const std::lock_guard lock(mutex_);
    const Standby::Lag lag = standby_ ? standby_->lag() : Standby::Lag{};
    const std::string positions = lag.known ? std::to_string(lag.positions) : "unknown";
    reason = fmt::format(
        "standby of {}, {} positions and {:.1f} s behind{}{}",
        standing_.leader(),
        positions,
        lag.seconds,
        lag.trouble.empty() ? "" : ": ",
        lag.trouble
    );
    return true;
}

Status Replication::make_standby() {
    Result<std::unique_ptr<Standby>> standby = Standby::create(
        {.url = options_.follow,
         .authority = options_.authority,
         .key = &*key_,
         .id = id_,
         .log = log_,
         .standing = &standing_,
         .programs = programs_,
         .runtime = runtime_,
         .erasures = [this](
                         std::optional<std::string> record, Position folded
                     ) { eraser_->adopt(std::move(record), folded); }}
    );
    if (!standby) {
        return standby.error();
    }
    const std::lock_guard lock(mutex_);
    standby_ = std::move(standby).value();
    standby_->start();
    return Done{};
}

Status Replication::start() {
    if (service_) {
        service_->start();
    }
    if (following()) {
        if (Status made = make_standby(); !made) {
            return made;
        }
    }
    watcher_ = std::thread([this] { watch(); });
    return Done{};
}

void Replication::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (promoter_.joinable()) {
        promoter_.join();
    }
    if (watcher_.joinable()) {
        watcher_.join();
    }
    if (standby_) {
        static_cast<void>(standby_->stop(false));
    }
    if (service_) {
        service_->stop();
    }
}

Status Replication::fence(Epoch epoch, const std::string& by) {
    const std::lock_guard lock(mutex_);
    if (epoch <= std::max(record_.fenced, log_->epoch())) {
        return Done{};
    }
    // First of all nothing counts any more; that it stays so after a restart is the second thing.
    if (standing_.role() == Role::Leading) {
        standing_.fence(epoch, by);
        std::fprintf(stderr, "attune: %s\n", standing_.may_append().error().message.c_str());
    }
    ReplicationRecord record = record_;
    record.fenced = epoch;
    record.fenced_by = by;
    if (Status written = record.write(files::posix(), data_); !written) {
        return written;
    }
    record_ = record;
    return Done{};
}

Status Replication::begin_epoch(Epoch epoch) {
    {
        const std::lock_guard lock(mutex_);
        ReplicationRecord record = record_;
        record.promoted = epoch;
        if (Status written = record.write(files::posix(), data_); !written) {
            return written;
        }
        record_ = record;
    }
    Status raised = log_->raise_epoch(epoch);
    for (int tries = 0; !raised && tries < kEpochTries; ++tries) {
        std::this_thread::sleep_for(kEpochWait);  // The next segment is being prepared.
        raised = log_->raise_epoch(epoch);
    }
    return raised;
}

Result<Epoch> Replication::promote() {
    const std::lock_guard one(promote_mutex_);
    if (!following()) {
        return Error{
            Error::Kind::Conflict,
            role() == Role::Leading
                ? fmt::format(
                      "cannot promote this server: it leads already, in epoch {}", log_->epoch()
                  )
                : "cannot promote this server: " + standing_.may_append().error().message};
    }
    // What was fetched is folded to its end; nothing more is asked for, so nothing more is
    // confirmed to the old leader.
    if (Status folded = standby_->stop(true); !folded) {
        static_cast<void>(make_standby());
        return folded.error();
    }
    Epoch epoch = std::max(log_->epoch(), standby_->leader_epoch());
    {
        const std::lock_guard lock(mutex_);
        epoch = static_cast<Epoch>(std::max(epoch, record_.fenced) + 1);
    }
    if (Status begun = begin_epoch(epoch); !begun) {
        return begun.error();
    }
    standing_.lead(log_->durable());
    if (Status leads = runtime_->lead(); !leads) {
        return leads.error();
    }
    eraser_->adopt(std::string(), log_->durable());
    const std::lock_guard lock(mutex_);
    announced_ = false;
    std::fprintf(stderr, "attune: promoted, leads in epoch %u\n", unsigned{epoch});
    return epoch;
}

void Replication::promote_for(api::Responder responder) {
    const std::lock_guard lock(mutex_);
    if (stopping_ || promoting_) {
        responder.send(api::Problem{409, "promoting", "cannot promote: it is under way", ""});
        return;
    }
    if (promoter_.joinable()) {
        promoter_.join();  // It has done its work.
    }
    promoting_ = true;
    promoter_ = std::thread([this, held = std::make_shared<api::Responder>(std::move(responder))] {
        const Result<Epoch> epoch = promote();
        if (epoch) {
            held->send(api::Response::json(fmt::format(
                R"({{"epoch":{},"position":{}}})", epoch.value(), to_string(log_->durable())
            )));
        } else {
            held->send(api::to_problem(epoch.error()));
        }
        const std::lock_guard done(mutex_);
        promoting_ = false;
    });
}

void Replication::announce() {
    Result<ReplicationCalls> there = calls(2);
    if (!there) {
        return;
    }
    const Result<Epoch> epoch = there.value().epoch(
        log_->epoch(), fmt::format("its standby, which followed {}", options_.follow)
    );
    if (!epoch) {
        return;
    }
    if (epoch.value() > log_->epoch()) {
        static_cast<void>(fence(epoch.value(), options_.follow + " leads"));
    }
    const std::lock_guard lock(mutex_);
    announced_ = true;
}

void Replication::watch() {
    std::unique_lock lock(mutex_);
    for (int round = 0; !stopping_; ++round) {
        const bool owes = !announced_ && round % kAnnounceEveryRounds == 0;
        lock.unlock();
        if (owes) {
            announce();
        }
        show();
        lock.lock();
        wake_.wait_for(lock, kWatchEvery, [this] { return stopping_; });
    }
}

void Replication::show() {
    const Role role = this->role();
    numbers_.epoch.set(log_->epoch());
    numbers_.leading.set(role == Role::Leading ? 1 : 0);
    numbers_.fenced.set(role == Role::Fenced ? 1 : 0);
    numbers_.position.set(as_gauge(log_->durable()));
    numbers_.confirmed.set(as_gauge(standing_.counts_to()));
    numbers_.followers.set(static_cast<std::int64_t>(standing_.followers().size()));
    const std::uint64_t alone = standing_.counted_alone();
    numbers_.alone.add(alone - told_alone_);
    told_alone_ = alone;
    const std::lock_guard lock(mutex_);
    const bool lags = role == Role::Following && standby_ != nullptr;
    const Standby::Lag lag = lags ? standby_->lag() : Standby::Lag{};
    numbers_.lag_positions.set(static_cast<std::int64_t>(lag.positions));
    numbers_.lag_seconds.set(static_cast<std::int64_t>(lag.seconds));
    numbers_.folded.set(as_gauge(lags ? standby_->folded() : log_->durable()));
}

}  // namespace attune::host
