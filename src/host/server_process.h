#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/access/user_token.h"
#include "api/http/tls_context.h"
#include "api/router.h"
#include "base/result.h"
#include "base/time.h"
#include "host/replication.h"
#include "log/segments/packing.h"
#include "runtime/runtime.h"

namespace attune::host {

struct ServeOptions {
    std::string workspace;  ///< A folder, or one file.
    std::string data;       ///< Empty: everything is in memory, and gone at the end.
    std::string listen = "127.0.0.1:8080";
    unsigned threads = 0;  ///< Zero: one for each core.
    /// Nobody needs a key. Only on loopback.
    bool open = false;
    std::string server_key;  ///< `env:NAME` or `file:PATH`; required unless open.
    std::string user_keys;   ///< A JWK Set: `env:NAME` or `file:PATH`; empty: no users' tokens.
    api::access::TokenRules token_rules;
    std::string smtp;  ///< Instead of the workspace's `email.server`.
    /// Networks that webhooks may reach although they are private.
    std::vector<std::string> webhook_networks;
    api::http::TlsFiles tls;  ///< Without a certificate: in clear.
    std::string web;          ///< A folder of static pages, served at `/`.
    LogRetention retention;   ///< Of the log; without limits it is kept whole.
    std::uint64_t log_segment_bytes = 64U << 20U;
    segments::Packing log_packing = segments::Packing::Lz4;
    /// The log leaves this much of the disk free, the state four times as much.
    std::uint64_t disk_reserve_bytes = 64U << 20U;
    bool keep_for_backup = false;  ///< The log is trimmed only behind the last backup.
    runtime::KeptLimits kept;
    ReplicationOptions replication;
    bool sync = true;  ///< False only for benchmarks: acknowledges what a power cut would lose.
    /// Called before the server listens, to add routes of its own.
    std::function<void(api::Router&)> more_routes;
    /// Progress of recovery, for people.
    std::function<void(const runtime::RecoveryProgress&)> progress;
};

/// A whole server in this process: log, state, workers, channels, HTTP.
class ServerProcess {
public:
    /// Recovers and listens. An error names what could not be had.
    [[nodiscard]] static Result<std::unique_ptr<ServerProcess>> start(ServeOptions options);

    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;
    ServerProcess(ServerProcess&&) = delete;
    ServerProcess& operator=(ServerProcess&&) = delete;
    /// Drains: takes nothing more, answers what is under way, writes everything behind.
    virtual ~ServerProcess() = default;

    [[nodiscard]] virtual const std::string& address() const = 0;
    /// "https://127.0.0.1:8443"
    [[nodiscard]] virtual std::string url() const = 0;
    [[nodiscard]] virtual runtime::Runtime& runtime() = 0;
    /// Reads, checks and publishes the workspace again, as POST /v1/programs does.
    virtual Status publish() = 0;
    /// Reads certificate and key again, for new connections; does nothing without TLS. After an
    /// error everything stays as it was.
    virtual Status reload_certificate() = 0;

protected:
    ServerProcess() = default;
};

/// Reads and compiles a workspace. Errors as one text for people, with the lines they stand in.
[[nodiscard]] Result<std::shared_ptr<const program::Program>> compile_workspace(
    const std::string& path
);

}  // namespace attune::host
