#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "api/router.h"
#include "base/metrics.h"
#include "host/replication_record.h"
#include "host/replication_service.h"
#include "host/standby.h"
#include "replication/standing.h"

namespace attune::host {

class Eraser;

/// How a server replicates, as the command line says it.
struct ReplicationOptions {
    std::string key;        ///< `env:NAME` or `file:PATH`; empty: serves no log to anybody.
    std::string follow;     ///< URL of the leader; empty: this server leads.
    std::string authority;  ///< PEM: who vouches for an https leader, instead of the system's.
    bool cut_tail = false;  ///< What the leader has not got is moved out of the log.
    bool sync = false;
    bool sync_alone = false;
    Duration sync_wait{10'000};

    [[nodiscard]] bool any() const { return !key.empty() || !follow.empty() || sync; }
};

/// A server's place among those that have the same log: leader, standby, or fenced; ADR 0042.
class Replication {
public:
    /// Whether there is anything to do: the options say so, or another server has taken over from
    /// the one that wrote `data`.
    [[nodiscard]] static Result<bool> wanted(
        const ReplicationOptions& options, const std::string& data
    );

    /// Reads the record in `data`; with `cut_tail`, cuts the log there. Before log and state are
    /// open.
    [[nodiscard]] static Result<std::unique_ptr<Replication>> create(
        ReplicationOptions options, std::string data, Metrics& metrics
    );

    Replication(const Replication&) = delete;
    Replication& operator=(const Replication&) = delete;
    Replication(Replication&&) = delete;
    Replication& operator=(Replication&&) = delete;
    ~Replication();

    /// Decides what this server is; as a standby, asks the leader whether the logs agree.
    Status open(Log& log, runtime::Programs& programs);
    [[nodiscard]] const Authority& authority() const { return standing_; }
    [[nodiscard]] bool following() const { return role() == replication::Role::Following; }
    [[nodiscard]] replication::Role role() const { return standing_.role(); }
    /// From where standbys need the log.
    [[nodiscard]] std::optional<Position> needed_from() const { return standing_.needed_from(); }

    /// Tells the runtime what counts. Before anything is appended.
    void attach(runtime::Runtime& runtime, Eraser& eraser);
    /// The refusal of what a standby does not do.
    [[nodiscard]] std::optional<api::Response> admit(
        const api::Request& request, const api::Route& route
    ) const;
    void add_routes(api::Router& router);
    /// A standby's answers say how old they are.
    void stamp(api::Response& response) const;
    /// Once the loops run.
    Status start();
    /// While the loops still run.
    void stop();

    /// What a probe is told; nothing to say: empty. False when this server is of no use.
    [[nodiscard]] bool ready(std::string& reason) const;

    /// Makes a standby the leader; the epoch that begins. Blocks; on no loop's thread.
    [[nodiscard]] Result<Epoch> promote();

private:
    struct Numbers {
        explicit Numbers(Metrics& metrics);
        Gauge epoch;
        Gauge leading;
        Gauge fenced;
        Gauge position;
        Gauge folded;
        Gauge lag_positions;
        Gauge lag_seconds;
        Gauge followers;
        Gauge confirmed;
        Counter alone;
    };

    Replication(ReplicationOptions options, std::string data, Metrics& metrics);

    /// Another connection to the server that this one follows or followed.
    [[nodiscard]] Result<ReplicationCalls> calls(std::uint64_t which) const;
    Status probe();
    Status fence(Epoch epoch, const std::string& by);
    [[nodiscard]] Status make_standby();
    void promote_for(api::Responder responder);
    [[nodiscard]] Status begin_epoch(Epoch epoch);
    [[nodiscard]] Status check_agreement(const replication::Fetched& fetched) const;
    void watch();
    void show();
    /// Tells the server that this one followed that its turn is over, until it knows.
    void announce();

    const ReplicationOptions options_;
    const std::string data_;
    Numbers numbers_;
    replication::Standing standing_;
    std::optional<ReplicationKey> key_;
    std::uint64_t id_ = 0;
    std::uint64_t told_alone_ = 0;
    Log* log_ = nullptr;
    runtime::Programs* programs_ = nullptr;
    runtime::Runtime* runtime_ = nullptr;
    Eraser* eraser_ = nullptr;
    std::unique_ptr<ReplicationService> service_;
    mutable std::mutex mutex_;  ///< For what follows.
    ReplicationRecord record_;
    std::unique_ptr<Standby> standby_;
    bool stopping_ = false;
    bool promoting_ = false;
    bool announced_ = true;  ///< The old leader knows.
    std::condition_variable wake_;
    std::mutex promote_mutex_;
    std::thread watcher_;
    std::thread promoter_;
};

}  // namespace attune::host
