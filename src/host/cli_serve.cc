#include <csignal>
#include <cstdio>
#include <tuple>

#include <fmt/format.h>

#include "host/command_line.h"
#include "host/commands.h"
#include "host/progress.h"
#include "host/server_process.h"

namespace attune::host {

namespace {

constexpr const char* kExamples = R"(Examples:
  attune serve examples/shop --data /var/lib/attune --listen 127.0.0.1:8080 --open
  attune serve shop --data data --listen 0.0.0.0:8080 --server-key file:/etc/attune/server.key
  attune serve shop --data data --listen 0.0.0.0:8443 --server-key file:server.key \
      --tls-certificate certificates/server.pem --tls-key certificates/server.key
  attune serve shop --data data --listen 10.0.0.1:8080 --server-key file:server.key \
    --replication-key file:replication.key --sync
  attune serve shop --data copy --listen 10.0.0.2:8080 --server-key file:server.key \
    --replication-key file:replication.key --follow http://10.0.0.1:8080
  kill -HUP PID      reads certificate and workspace again and publishes it while traffic flows
  kill -TERM PID     answers what is under way, writes everything behind, ends

Without --open every request needs a key: the server key, a source's write key (events, and what is shown to visitors), or
a user's token (that user's decisions and messages).
Exit codes: 0 ended as asked; 1 it could not start; 2 wrong usage.)";

/// The signals that the server acts on, taken one by one on the main thread instead of in a
/// handler.
class Signals {
public:
    Signals() {
        sigemptyset(&set_);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
            sigaddset(&set_, signal);
        }
        // Before any thread is made, so that all of them inherit it.
        pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    }

    [[nodiscard]] int wait() const {
        int signal = 0;
        sigwait(&set_, &signal);
        return signal;
    }

private:
    sigset_t set_{};
};

/// What is kept how long, as words of the command line.
class RetentionOptions {
public:
    RetentionOptions(CLI::App& app, ServeOptions& options) {
        constexpr std::uint64_t kDecisionsMax = 1'000'000;
        constexpr std::uint64_t kQuarantineMax = 100'000;
        options.kept.decisions.number_max = kDecisionsMax;
        options.kept.quarantine.number_max = kQuarantineMax;
        app.add_option(
            "--log-age-max",
            log_age_,
            "Remove events older than this from the log: 30d; default: never"
        );
        app.add_option(
            "--log-mib-max", log_mib_, "Remove the oldest events beyond so many MiB; default: never"
        );
        app.add_option(
               "--log-segment-mib", segment_mib_, "The log is made of, and removed by, such pieces"
        )
            ->check(CLI::Range(8, 1'024))
            ->capture_default_str();
        declare_packing(app, options.log_packing);
        app.add_option(
               "--disk-reserve-mib",
               reserve_mib_,
               "Refuse events while the disk has less free; the state leaves four times as much"
        )
            ->capture_default_str();
        app.add_flag(
            "--log-keep-for-backup",
            options.keep_for_backup,
            "Remove only what the last attune backup has copied"
        );
        app.add_option("--decisions-age-max", decisions_age_, "Keep decisions so long; 0: for ever")
            ->capture_default_str();
        app.add_option("--decisions-max", options.kept.decisions.number_max, "Keep so many; 0: all")
            ->capture_default_str();
        app.add_option(
               "--quarantine-age-max",
               quarantine_age_,
               "Keep quarantined events so long; 0: for ever"
        )
            ->capture_default_str();
        app.add_option(
               "--quarantine-max", options.kept.quarantine.number_max, "Keep so many; 0: all"
        )
            ->capture_default_str();
    }

    /// Once the words are parsed.
    Status settle(ServeOptions& options) const {
        options.retention.bytes_max = log_mib_ << 20U;
        options.log_segment_bytes = segment_mib_ << 20U;
        options.disk_reserve_bytes = reserve_mib_ << 20U;
        for (const auto& [name, text, into] :
             {std::tuple{"--log-age-max", &log_age_, &options.retention.age_max},
              {"--decisions-age-max", &decisions_age_, &options.kept.decisions.age_max},
              {"--quarantine-age-max", &quarantine_age_, &options.kept.quarantine.age_max}}) {
            const std::optional<Duration> age =
                *text == "0" ? std::optional(Duration(0)) : parse_duration(*text);
            if (!age) {
                return Error{
                    Error::Kind::InvalidInput,
                    std::string(name) + " must be like 30d or 12h, got \"" + *text + "\""};
            }
            *into = *age;
        }
        return Done{};
    }

private:
    std::string log_age_ = "0";
    std::uint64_t log_mib_ = 0;
    std::uint64_t segment_mib_ = 64;
    std::uint64_t reserve_mib_ = 64;
    std::string decisions_age_ = "30d";
    std::string quarantine_age_ = "30d";
};

void add_access_options(CLI::App& app, ServeOptions& options) {
    app.add_flag("--open", options.open, "Without keys; only on a loopback address");
    app.add_option(
        "--server-key", options.server_key, "env:NAME or file:PATH; the key that may do everything"
    );
    app.add_option(
        "--user-keys",
        options.user_keys,
        "env:NAME or file:PATH; a JWK Set: whose tokens let users ask for themselves"
    );
    app.add_option(
        "--user-token-issuer", options.token_rules.issuer, "Required in users' tokens as `iss`"
    );
    app.add_option(
        "--user-token-audience", options.token_rules.audience, "Required in users' tokens as `aud`"
    );
}

void add_tls_options(CLI::App& app, api::http::TlsFiles& files) {
    CLI::Option* certificate = app.add_option(
        "--tls-certificate", files.certificate, "PEM: the server's certificate, then its issuers'"
    );
    CLI::Option* key = app.add_option("--tls-key", files.key, "PEM: the certificate's private key");
    certificate->needs(key);
    key->needs(certificate);
    app.add_option(
           "--tls-client-authority",
           files.client_authority,
           "PEM: answer only clients with a certificate of this authority"
    )
        ->needs(certificate);
}

/// Leader and standbys, as words of the command line.
class ReplicationWords {
public:
    ReplicationWords(CLI::App& app, ReplicationOptions& options) {
        app.add_option(
            "--replication-key",
            options.key,
            "env:NAME or file:PATH; who knows it may copy the log. Default: nobody may"
        );
        app.add_option(
            "--follow", options.follow, "Be a standby of the server at this URL: copy, fold, answer"
        );
        app.add_option(
            "--follow-authority",
            options.authority,
            "PEM: who vouches for an https leader, instead of the system's"
        );
        app.add_flag(
            "--cut-tail",
            options.cut_tail,
            "With --follow: move what the leader has not got out of the log, and keep it aside"
        );
        app.add_flag("--sync", options.sync, "Acknowledge only what a standby has on its disk too");
        app.add_option("--sync-wait", wait_, "Then answer 503: 10s")->capture_default_str();
        app.add_flag(
            "--sync-alone",
            options.sync_alone,
            "With --sync: acknowledge alone while no standby is connected"
        );
    }

    Status settle(ReplicationOptions& options) const {
        const std::optional<Duration> wait = parse_duration(wait_);
        const char* why = nullptr;
        if (!wait || *wait <= Duration(0)) {
            why = "--sync-wait must be like 10s or 500ms";
        } else if (options.key.empty() && (!options.follow.empty() || options.sync)) {
            why = "--follow and --sync need --replication-key env:NAME or file:PATH";
        } else if (options.cut_tail && options.follow.empty()) {
            why = "--cut-tail goes with --follow";
        } else if (options.sync_alone && !options.sync) {
            why = "--sync-alone goes with --sync";
        }
        if (why != nullptr) {
            return Error{Error::Kind::InvalidInput, why};
        }
        options.sync_wait = *wait;
        return Done{};
    }

private:
    std::string wait_ = "10s";
};

void run_until_asked_to_end(ServerProcess& server, const Signals& signals) {
    while (signals.wait() == SIGHUP) {
        if (const Status reloaded = server.reload_certificate(); !reloaded) {
            fmt::print(
                stderr,
                "attune serve: {}\nhint: connections still get the certificate that was read "
                "before\n",
                reloaded.error().message
            );
        }
        if (const Status published = server.publish(); !published) {
            fmt::print(stderr, "attune serve: {}\n", published.error().message);
        } else {
            fmt::print(
                "published program {}\n", program::hash_text(server.runtime().program()->hash)
            );
        }
        std::fflush(stdout);
    }
}

}  // namespace

int run_serve(std::span<const std::string> args) {
    CLI::App app("Runs the server on a workspace", "attune serve");
    ServeOptions options;
    app.add_option("WORKSPACE", options.workspace, "A folder of YAML files, or one file")
        ->required();
    app.add_option("--data", options.data, "Where log and state rest; made when missing")
        ->required();
    app.add_option("--listen", options.listen, "ADDRESS:PORT; port 0 picks a free one")
        ->capture_default_str();
    app.add_option("--threads", options.threads, "Default: one for each core")
        ->check(CLI::Range(1, 64));
    add_access_options(app, options);
    add_tls_options(app, options.tls);
    app.add_option(
        "--smtp", options.smtp, "smtp://HOST:PORT instead of the workspace's mail server"
    );
    app.add_option("--web", options.web, "A folder of pages to serve at /");
    app.add_option(
        "--allow-webhooks-to",
        options.webhook_networks,
        "Private networks that webhooks may reach: 127.0.0.0/8"
    );
    RetentionOptions retention(app, options);
    const ReplicationWords replication(app, options.replication);
    app.footer(kExamples);
    if (const auto code = parse(app, args)) {
        return *code;
    }
    for (const Status& settled :
         {retention.settle(options), replication.settle(options.replication)}) {
        if (!settled) {
            fmt::print(stderr, "attune serve: {}\n", settled.error().message);
            return kWrongUsage;
        }
    }
    if (!options.open && options.server_key.empty()) {
        fmt::print(
            stderr,
            "attune serve: cannot serve without a key\nhint: --server-key env:NAME, or --open on a "
            "loopback address\n"
        );
        return kWrongUsage;
    }
    const bool open = options.open;
    const Signals signals;
    Progress progress("log entries folded", 0);
    options.progress = [&](const runtime::RecoveryProgress& at) { progress.at(at.folded.index); };
    Result<std::unique_ptr<ServerProcess>> server = ServerProcess::start(std::move(options));
    if (!server) {
        return fail("attune serve", server.error().message);
    }
    if (open) {
        fmt::print(
            stderr, "attune serve: OPEN: anybody on this machine may do everything, without a key\n"
        );
    }
    fmt::print("listening on {}\n", server.value()->url());
    std::fflush(stdout);
    run_until_asked_to_end(*server.value(), signals);
    fmt::print("draining\n");
    std::fflush(stdout);
    std::move(server).value().reset();
    return kDone;
}

}  // namespace attune::host
