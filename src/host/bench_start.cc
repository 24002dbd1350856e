#include <chrono>
#include <filesystem>

#include <fmt/format.h>

#include "host/bench.h"
#include "host/bench_load.h"
#include "host/command_line.h"
#include "host/http_client.h"
#include "host/progress.h"
#include "host/server_process.h"
#include "value/json_writer.h"

// How long a server takes from nothing to ready.

namespace attune::host {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kBatch = 1'000;

struct StartSettings {
    std::string workspace = "examples/shop";
    std::string data;
    std::uint64_t customers = 1'000'000;
    std::uint64_t events_each = 2;
    unsigned threads = 2;
    segments::Packing packing = ServeOptions().log_packing;
};

Result<std::unique_ptr<ServerProcess>> start_on(
    const StartSettings& settings, const std::string& folder
) {
    ServeOptions options;
    options.workspace = settings.workspace;
    options.data = folder;
    options.listen = "127.0.0.1:0";
    options.threads = settings.threads;
    options.open = true;
    options.log_packing = settings.packing;
    return ServerProcess::start(std::move(options));
}

std::string views_of(std::uint64_t first, std::uint64_t round) {
    std::string body = R"({"batch":[)";
    for (std::uint64_t i = first; i < first + kBatch; ++i) {
        body += fmt::format(
            R"({}{{"type":"track","messageId":"m{}-{}","userId":"u{}","event":"Product Viewed",)"
            R"("properties":{{"product_id":"p{}","category":"office","price":{}.5}}}})",
            i == first ? "" : ",",
            round,
            i,
            i,
            i % 977,
            1 + i % 300
        );
    }
    return body + "]}";
}

Status fill(const StartSettings& settings, const std::string& folder) {
    auto server = start_on(settings, folder);
    if (!server) {
        return server.error();
    }
    HttpClient::Options options;
    options.url = "http://" + server.value()->address();
    Result<HttpClient> client = HttpClient::create(options);
    if (!client) {
        return client.error();
    }
    for (std::uint64_t round = 0; round < settings.events_each; ++round) {
        for (std::uint64_t first = 0; first < settings.customers;) {
            const auto answer = client.value().send({"POST", "/v1/batch", views_of(first, round)});
            if (!answer) {
                return answer.error();
            }
            // 503: the disk is slower than this; again.
            first += answer.value().status == 200 ? kBatch : 0;
        }
    }
    return Done{};  // Ending writes everything behind.
}

/// Seconds until ready; checks that everything is there.
Result<double> seconds_to_start(const StartSettings& settings, const std::string& folder) {
    const auto started = Clock::now();
    auto server = start_on(settings, folder);
    const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
    if (!server) {
        return server.error();
    }
    if (const auto end = server.value()->runtime().log().end().index;
        end < settings.customers * settings.events_each) {
        return Error{Error::Kind::Corrupt, fmt::format("the log ends at {}", end)};
    }
    HttpClient::Options options;
    options.url = "http://" + server.value()->address();
    Result<HttpClient> client = HttpClient::create(options);
    if (!client) {
        return client.error();
    }
    const auto last =
        client.value().send({"GET", fmt::format("/v1/profiles/u{}", settings.customers - 1), ""});
    if (!last || last.value().status != 200) {
        return Error{Error::Kind::NotFound, "the last customer is not there"};
    }
    return seconds;
}

void print(const StartSettings& settings, double state, double log, bool json) {
    const double events = static_cast<double>(settings.customers * settings.events_each);
    const auto rate = static_cast<std::uint64_t>(events / log);
    fmt::print(
        "{} customers, {} events, {} threads\n  {:<28}{:>12.2f} s\n  {:<28}{:>12.2f} s, {} "
        "events/s\n",
        with_commas(settings.customers),
        with_commas(settings.customers * settings.events_each),
        settings.threads,
        "ready, with the state",
        state,
        "ready, from the log alone",
        log,
        with_commas(rate)
    );
    if (json) {
        std::string out;
        json::ObjectWriter object(out);
        object.raw("state_seconds", fmt::format("{:.3f}", state));
        object.raw("log_seconds", fmt::format("{:.3f}", log));
        object.number("log_events_per_second", rate);
        object.close();
        fmt::print("{}\n", out);
    }
}

}  // namespace

int bench_start(std::span<const std::string> args) {
    CLI::App app(
        "From nothing to ready, with its state and from the log alone", "attune bench start"
    );
    StartSettings settings;
    bool json = false;
    app.add_option("--workspace", settings.workspace, "The workspace")->capture_default_str();
    app.add_option("--customers", settings.customers, "Rounded up to thousands")
        ->capture_default_str()
        ->check(CLI::Range(1'000, 100'000'000));
    app.add_option("--events", settings.events_each, "Of each customer")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000));
    app.add_option("--threads", settings.threads, "The server's threads")
        ->capture_default_str()
        ->check(CLI::Range(1, 64));
    app.add_option("--data", settings.data, "A new folder; default: the system's temporary one");
    declare_packing(app, settings.packing);
    app.add_flag("--json", json, "One JSON object as the last line");
    if (const auto code = parse(app, args)) {
        return *code;
    }
    settings.customers = (settings.customers + kBatch - 1) / kBatch * kBatch;
    const ScratchFolder scratch("attune-bench-start");
    const std::string folder = (settings.data.empty() ? scratch.path() : settings.data) + "/bench";
    if (const Status filled = fill(settings, folder); !filled) {
        return fail("attune bench start", filled.error().message);
    }
    const Result<double> state = seconds_to_start(settings, folder);
    if (!state) {
        return fail("attune bench start", state.error().message);
    }
    std::filesystem::remove_all(folder + "/state");
    const Result<double> log = seconds_to_start(settings, folder);
    if (!log) {
        return fail("attune bench start", log.error().message);
    }
    print(settings, state.value(), log.value(), json);
    return kDone;
}

}  // namespace attune::host
