#include "host/torture_pair.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "files/simulated.h"
#include "log/segments/copy.h"
#include "log/segments/small_log.h"
#include "replication/common.h"
#include "replication/follower.h"
#include "replication/leader.h"

namespace attune::host {
namespace {

using files::Fault;
using files::SimulatedFiles;
using replication::Fetch;
using replication::Fetched;
using replication::Role;

constexpr std::uint64_t kCutsPerRun = 8;
constexpr Duration kAwayAfter{3'000};

/// One of the two servers: what its disk holds, and what its process has open.
struct Server {
    int number = 0;
    std::unique_ptr<SimulatedFiles> disk = std::make_unique<SimulatedFiles>();
    std::string folder = "log";
    // The record beside the log; see ReplicationRecord.
    Epoch promoted = 0;
    Epoch fenced = 0;
    bool told_to_follow = false;

    std::unique_ptr<Log> log;
    std::unique_ptr<replication::Standing> standing;
    std::unique_ptr<replication::Leader> leader;
    std::unique_ptr<replication::Follower> follower;
    std::deque<std::pair<Position, std::uint64_t>> waiting;  ///< Entries it has not acknowledged.

    [[nodiscard]] bool runs() const { return log != nullptr; }
    [[nodiscard]] bool leads() const { return runs() && standing->role() == Role::Leading; }
    void die() {
        follower.reset();
        leader.reset();
        log.reset();
        standing.reset();
        waiting.clear();
    }
};

struct Question {
    std::uint64_t number = 0;
    int to = 0;
    Fetch fetch;
};
struct Answer {
    std::uint64_t number = 0;
    int to = 0;
    Fetched fetched;
};

class Run {
public:
    Run(const PairTorture& options, std::uint64_t seed, std::uint64_t cuts)
        : mutant_(options.mutant),
          random_(seed),
          cuts_(cuts),
          sync_(!one_in(3)),
          replay_("--seed " + std::to_string(seed) + " --cuts " + std::to_string(cuts)) {}

    PairTortureReport all() {
        servers_[1].number = 1;
        servers_[1].told_to_follow = true;
        while (report_.cuts < cuts_ && report_.failures() == 0) {
            act();
            acknowledge();
            now_ += Duration(static_cast<std::int64_t>(random_() % 200));
        }
        if (report_.failures() == 0) {
            finish();
        }
        return report_;
    }

private:
    bool one_in(std::uint64_t bound) { return random_() % bound == 0; }
    Server& any() { return servers_[random_() % 2]; }
    Server& other(const Server& server) { return servers_[1 - server.number]; }

    void fail(std::uint64_t& counter, const std::string& what) {
        counter += 1;
        if (report_.first_failure.empty()) {
            report_.first_failure = what + " (" + replay_ + (sync_ ? ", sync)" : ")");
        }
    }

    void act() {
        Server& server = any();
        if (!server.runs()) {
            return start(server);
        }
        if (server.disk->struck()) {
            return cut_power(server);
        }
        switch (random_() % 24) {
        case 0:
            return one_in(4) ? cut_power(server) : append(server);
        case 1:
            server.disk->arm({.kind = Fault::Kind::PowerCut, .at_call = 1 + random_() % 150});
            return;
        case 2:
            there_ = !one_in(3);
            return;
        case 3:
            back_ = !one_in(3);
            return;
        case 4:
            return one_in(3) ? promote(server) : announce();
        case 5:
        case 6:
        case 7:
        case 8:
            return append(server);
        case 9:
        case 10:
        case 11:
            // A standby syncs by itself, before it says that it has something.
            return server.follower == nullptr ? flush(server) : ask(server);
        case 12:
        case 13:
        case 14:
        case 15:
            return ask(server);
        case 16:
        case 17:
        case 18:
        case 19:
            return answer();
        default:
            return take();
        }
    }

    // A server starts, and loses its power.

    void start(Server& server) {
        segments::LogOptions options = segments::small_log(*server.disk);
        options.folder = server.folder;
        Result<std::unique_ptr<Log>> log = segments::open_log(options);
        if (!log) {
            if (!server.disk->struck()) {
                fail(report_.refused, "a log does not open: " + log.error().message);
            }
            return cut_power(server);
        }
        server.log = std::move(log).value();
        server.standing = std::make_unique<replication::Standing>(
            replication::Standing::Options{
                .sync = sync_, .away_after = kAwayAfter, .mutant = mutant_},
            [this] { return now_; }
        );
        server.leader = std::make_unique<replication::Leader>(*server.log, *server.standing);
        const Epoch epoch = server.log->epoch();
        const bool promoted = server.promoted > server.fenced && server.promoted >= epoch;
        if (server.told_to_follow && !promoted) {
            return follow(server);
        }
        if (promoted && server.promoted > epoch) {
            // The power went between the record and the log.
            return server.log->raise_epoch(server.promoted).ok() ? lead(server) : server.die();
        }
        server.standing->lead(server.log->durable());
        if (server.fenced > epoch && !promoted) {
            server.standing->fence(server.fenced, "its record");
        }
    }

    void follow(Server& server) {
        Server& leader = other(server);
        if (!leader.leads()) {
            return server.die();
        }
        const Result<Position> common =
            replication::common_end(*server.log, [&](Position end, std::uint64_t trace) {
                const auto answer = leader.leader->fetch({.from = end, .trace = trace});
                return answer ? Result<bool>(
                                    !answer.value() ||
                                    answer.value()->outcome != Fetched::Outcome::Diverged
                                )
                              : Result<bool>(answer.error());
            });
        if (!common) {
            return server.die();
        }
        if (common.value() < server.log->end()) {
            return set_aside(server, common.value());
        }
        server.standing->follow("the other");
        server.standing->local(server.log->durable());
        server.follower = std::make_unique<replication::Follower>(
            *server.log, *server.standing, ++runs_, mutant_
        );
    }

    /// As cut_tail does: the common part becomes the log of the next start.
    void set_aside(Server& server, Position common) {
        report_.set_aside += server.log->end() - common;
        const std::string folder = "log-" + std::to_string(++runs_);
        server.log.reset();
        const Result<segments::LogCopy> copied =
            segments::copy_log(*server.disk, server.folder, folder, {.position = common});
        if (copied) {
            server.folder = folder;
        }
        server.die();
    }

    void cut_power(Server& server) {
        server.die();
        server.disk =
            one_in(6) ? server.disk->after_kill() : server.disk->after_power_cut(random_());
        report_.cuts += 1;
    }

    // Clients write, and are answered.

    void append(Server& server) {
        if (!server.standing->may_take().ok()) {
            return;
        }
        LogEntries entries;
        const std::uint64_t first = next_;
        for (std::uint64_t count = 1 + random_() % 3; count > 0; --count) {
            entries.add(std::to_string(next_++));
        }
        stamp_ = stamp_ + Duration(1);
        const Result<LogRange> range = server.log->append({.now = stamp_}, entries);
        for (std::uint64_t i = 0; range && i < entries.count(); ++i) {
            server.waiting.emplace_back(range.value().first + i + 1, first + i);
        }
    }

    void flush(Server& server) {
        if (server.log->flush().ok()) {
            server.standing->local(server.log->durable());
        }
    }

    void acknowledge() {
        for (Server& server : servers_) {
            if (!server.runs()) {
                continue;
            }
            const Position counts = server.standing->counts_to();
            while (!server.waiting.empty() && server.waiting.front().first <= counts) {
                const std::uint64_t entry = server.waiting.front().second;
                server.waiting.pop_front();
                report_.acknowledged += 1;
                if (sync_) {
                    acknowledged_.insert(entry);
                }
                // Told of the other's turn, or never able to have it confirmed: not one more. What
                // the other had before its turn began is no loss.
                const bool told = server.fenced > server.log->epoch();
                if ((told || (sync_ && over(server))) && !inherited_.contains(entry)) {
                    fail(report_.late, "acknowledged " + std::to_string(entry) + " too late");
                }
            }
        }
    }

    [[nodiscard]] bool over(const Server& server) const {
        return server.log->epoch() < highest_ && server.promoted < highest_;
    }

    // The link.

    void ask(Server& server) {
        if (server.follower == nullptr) {
            return;
        }
        const Result<Fetch> fetch = server.follower->request();
        if (fetch) {
            asked_ = ++questions_number_;
            questions_.push_back({asked_, other(server).number, fetch.value()});
            if (!there_ || questions_.size() > 4) {
                questions_.erase(
                    questions_.begin() + static_cast<long>(random_() % questions_.size())
                );
            }
        }
    }

    /// Any of the questions under way arrives, maybe a late one.
    void answer() {
        if (questions_.empty() || !there_) {
            return;
        }
        const std::size_t which = random_() % questions_.size();
        const Question question = questions_[which];
        questions_.erase(questions_.begin() + static_cast<long>(which));
        Server& server = servers_[question.to];
        if (!server.runs()) {
            return;
        }
        const Epoch epoch = server.log->epoch();
        const auto fetched = server.leader->fetch(question.fetch);
        if (question.fetch.epoch > epoch) {
            server.fenced = std::max(server.fenced, question.fetch.epoch);
        }
        if (fetched && back_) {
            answers_.push_back(
                {question.number,
                 other(server).number,
                 fetched.value() ? *fetched.value() : server.leader->nothing_new()}
            );
        }
    }

    void take() {
        if (answers_.empty()) {
            return;
        }
        const Answer answer = answers_.front();
        answers_.pop_front();
        Server& server = servers_[answer.to];
        if (server.follower != nullptr && answer.number == asked_) {
            static_cast<void>(server.follower->take(answer.fetched));
            server.standing->local(server.log->durable());
        }
    }

    // A standby takes over.

    void promote(Server& server) {
        if (server.follower == nullptr) {
            return;
        }
        if (one_in(3)) {
            return cut_power(server);  // It is to take over at the worst of moments.
        }
        server.follower.reset();
        server.promoted =
            static_cast<Epoch>(std::max({server.log->epoch(), server.fenced, highest_}) + 1);
        if (!server.log->flush().ok() || !server.log->raise_epoch(server.promoted).ok()) {
            return server.die();  // The record says it, so the next start goes on with it.
        }
        lead(server);
    }

    void lead(Server& server) {
        highest_ = std::max(highest_, server.promoted);
        check(server, "at a promotion");
        server.standing->lead(server.log->durable());
        stamp_ = stamp_ + Duration(1);
        static_cast<void>(server.log->append({.now = stamp_}, {}));
        other(server).told_to_follow = true;
        report_.promotions += 1;
    }

    /// Who was promoted tells the other; and the other, told, comes back as its standby in time.
    void announce() {
        for (Server& server : servers_) {
            Server& old = other(server);
            if (!server.leads() || server.promoted == 0 || !old.runs() || !there_ || !back_ ||
                old.follower != nullptr || old.log->epoch() >= server.log->epoch()) {
                continue;
            }
            old.standing->fence(server.log->epoch(), "the other");
            old.fenced = std::max(old.fenced, server.log->epoch());
            if (one_in(2)) {
                old.die();
            }
        }
    }

    /// What `server` has durably is in order, and with sync holds all that was acknowledged.
    void check(Server& server, const char* when) {
        std::set<std::uint64_t> held;
        std::uint64_t last = 0;
        const Status read = read_log(*server.log, server.log->begin(), [&](const LogBatch& batch) {
            batch.for_each([&](Position, std::string_view text) {
                const std::uint64_t entry = std::stoull(std::string(text));
                if (entry < last || entry >= next_ || !held.insert(entry).second) {
                    fail(report_.wrong, "entry " + std::string(text) + " is out of order");
                }
                last = entry;
            });
        });
        if (!read) {
            return server.disk->struck() ? void() : fail(report_.refused, read.error().message);
        }
        for (const std::uint64_t entry : acknowledged_) {
            if (!held.contains(entry)) {
                return fail(report_.lost, "entry " + std::to_string(entry) + " is lost " + when);
            }
        }
        inherited_ = std::move(held);
    }

    /// Power and link are there for good: the pair agrees again, and nothing is missing.
    void finish() {
        there_ = true;
        back_ = true;
        for (int rounds = 0; rounds < 4'000 && report_.failures() == 0; ++rounds) {
            for (Server& server : servers_) {
                if (!server.runs()) {
                    start(server);
                } else if (server.disk->struck()) {
                    cut_power(server);
                } else {
                    server.disk->disarm();
                    flush(server);
                    ask(server);
                }
            }
            acknowledge();
            announce();
            // Of what was under way, only the latest is still waited for.
            while (!questions_.empty()) {
                answer();
            }
            while (!answers_.empty()) {
                take();
            }
            acknowledge();
            now_ += Duration(10);
            if (agreed()) {
                return check(servers_[0], "at the end");
            }
        }
        if (report_.failures() == 0) {
            fail(report_.refused, "the pair does not agree again");
        }
    }

    [[nodiscard]] bool agreed() const {
        const Server& one = servers_[0];
        const Server& two = servers_[1];
        return one.runs() && two.runs() && one.leads() != two.leads() &&
               (one.follower != nullptr || two.follower != nullptr) &&
               one.log->durable() == two.log->durable() && one.log->durable() == one.log->end() &&
               two.log->durable() == two.log->end() && one.waiting.empty() && two.waiting.empty();
    }

    const replication::Mutant mutant_;
    std::mt19937_64 random_;
    const std::uint64_t cuts_;
    const bool sync_;
    const std::string replay_;
    PairTortureReport report_;
    Server servers_[2];
    Duration now_{1'000'000};
    Timestamp stamp_{1'767'225'600'000};
    bool there_ = true;
    bool back_ = true;
    std::deque<Question> questions_;
    std::deque<Answer> answers_;
    std::uint64_t questions_number_ = 0;
    std::uint64_t asked_ = 0;
    std::uint64_t runs_ = 0;
    std::uint64_t next_ = 1;
    Epoch highest_ = 0;
    std::set<std::uint64_t> acknowledged_;
    std::set<std::uint64_t> inherited_;  ///< What the server promoted last had then.
};

}  // namespace

void PairTortureReport::add(const PairTortureReport& other) {
    cuts += other.cuts;
    promotions += other.promotions;
    acknowledged += other.acknowledged;
    set_aside += other.set_aside;
    lost += other.lost;
    late += other.late;
    wrong += other.wrong;
    refused += other.refused;
    if (first_failure.empty()) {
        first_failure = other.first_failure;
    }
}

PairTortureReport torture_pair(const PairTorture& options) {
    PairTortureReport report;
    for (std::uint64_t seed = options.seed; report.cuts < options.cuts && report.failures() == 0;
         ++seed) {
        const std::uint64_t cuts = std::min(kCutsPerRun, options.cuts - report.cuts);
        report.add(Run(options, seed, cuts).all());
    }
    return report;
}

}  // namespace attune::host
