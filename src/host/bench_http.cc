#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <sys/resource.h>

#include "host/bench.h"
#include "host/bench_load.h"
#include "host/command_line.h"
#include "host/http_client.h"
#include "host/progress.h"
#include "host/server_process.h"
#include "value/json_writer.h"

// Benchmarks over HTTP: the server and its clients share this process and the machine's cores.

namespace attune::host {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

struct LoadSettings {
    std::string workspace = "examples/shop";
    std::string data;
    unsigned connections = 8;
    unsigned threads = 2;
    std::size_t batch = 100;
    double seconds = 5;
    bool no_sync = false;
    segments::Packing packing = ServeOptions().log_packing;
    bool json = false;

    void declare(CLI::App& app) {
        app.add_option("--workspace", workspace, "The workspace to serve")->capture_default_str();
        app.add_option(
            "--data", data, "Where the log is written; default: the system's temporary folder"
        );
        app.add_option("--connections", connections, "Clients at once")
            ->capture_default_str()
            ->check(CLI::Range(1, 256));
        app.add_option("--threads", threads, "The server's threads")
            ->capture_default_str()
            ->check(CLI::Range(1, 64));
        app.add_option("--batch", batch, "Events in a request")
            ->capture_default_str()
            ->check(CLI::Range(1, 2000));
        app.add_option("--seconds", seconds, "How long")
            ->capture_default_str()
            ->check(CLI::Range(0.1, 3600.0));
        declare_packing(app, packing);
        app.add_flag("--json", json, "One JSON object as the last line");
    }
};

/// One client: sends its bodies in turn until told to stop; the time of each request in ms.
struct Client {
    std::vector<double> milliseconds;
    std::uint64_t acknowledged = 0;
    std::string failure;

    void run(
        const std::string& url,
        const char* path,
        const std::vector<std::string>& bodies,
        std::size_t first,
        const std::atomic<bool>& stop
    ) {
        HttpClient::Options options;
        options.url = url;
        Result<HttpClient> client = HttpClient::create(options);
        for (std::size_t i = first; client && !stop; ++i) {
            const auto started = Clock::now();
            const Result<HttpClient::Response> answer =
                client.value().send({"POST", path, bodies[i % bodies.size()]});
            if (!answer || answer.value().status != 200) {
                failure = answer ? "status " + std::to_string(answer.value().status) + ": " +
                                       answer.value().body
                                 : answer.error().message;
                return;
            }
            milliseconds.push_back(seconds_since(started) * 1e3);
            ++acknowledged;
        }
    }
};

/// Runs clients for a while; their merged times.
struct Load {
    Latencies latencies;
    std::uint64_t requests = 0;
    double seconds = 0;
    std::string failure;
};

Load run_clients(
    const LoadSettings& settings,
    const std::string& url,
    const char* path,
    const std::vector<std::string>& bodies
) {
    std::atomic<bool> stop{false};
    std::vector<Client> clients(settings.connections);
    std::vector<std::thread> threads;
    const auto started = Clock::now();
    for (std::size_t i = 0; i < clients.size(); ++i) {
        const std::size_t first = i * bodies.size() / clients.size();
        threads.emplace_back([&, i, first] { clients[i].run(url, path, bodies, first, stop); });
    }
    std::this_thread::sleep_for(std::chrono::duration<double>(settings.seconds));
    stop = true;
    for (std::thread& thread : threads) {
        thread.join();
    }
    Load load;
    load.seconds = seconds_since(started);
    for (Client& client : clients) {
        load.requests += client.acknowledged;
        load.latencies.add(std::move(client.milliseconds));
        load.failure = client.failure.empty() ? load.failure : client.failure;
    }
    return load;
}

Result<std::unique_ptr<ServerProcess>> start_server(
    const LoadSettings& settings, const std::string& folder, ReplicationOptions replication = {}
) {
    ServeOptions options;
    options.workspace = settings.workspace;
    options.data = folder;
    options.listen = "127.0.0.1:0";
    options.threads = settings.threads;
    options.open = true;
    options.sync = !settings.no_sync;
    options.log_packing = settings.packing;
    options.replication = std::move(replication);
    return ServerProcess::start(std::move(options));
}

/// A leader that acknowledges only what its standby has too, and the standby: both on this machine.
struct Pair {
    std::unique_ptr<ServerProcess> leader;
    std::unique_ptr<ServerProcess> standby;  // Ends first.
};

Result<Pair> start_pair(const LoadSettings& settings, const std::string& folder) {
    const std::string key = folder + "/replication.key";
    std::ofstream(key) << "of this benchmark, and of no other server";
    std::filesystem::permissions(key, std::filesystem::perms::owner_read);
    Pair pair;
    ReplicationOptions leads;
    leads.key = "file:" + key;
    leads.sync = true;
    auto leader = start_server(settings, folder + "/leader", leads);
    if (!leader) {
        return leader.error();
    }
    pair.leader = std::move(leader).value();
    ReplicationOptions follows;
    follows.key = leads.key;
    follows.follow = "http://" + pair.leader->address();
    auto standby = start_server(settings, folder + "/standby", follows);
    if (!standby) {
        return standby.error();
    }
    pair.standby = std::move(standby).value();
    return pair;
}

void print_latencies(Load& load) {
    fmt::print(
        "  {:<28}{:>12.2f} ms\n  {:<28}{:>12.2f} ms\n  {:<28}{:>12.2f} ms\n",
        "p50",
        load.latencies.quantile(0.5),
        "p99",
        load.latencies.quantile(0.99),
        "p99.9",
        load.latencies.quantile(0.999)
    );
}

void write_latencies(Load& load, json::ObjectWriter& object) {
    object.raw("p50_ms", fmt::format("{:.3f}", load.latencies.quantile(0.5)));
    object.raw("p99_ms", fmt::format("{:.3f}", load.latencies.quantile(0.99)));
    object.raw("p999_ms", fmt::format("{:.3f}", load.latencies.quantile(0.999)));
}

/// One, or two once the standby's first question has come.
Result<Pair> start_servers(const LoadSettings& settings, const std::string& folder, bool standby) {
    if (standby) {
        std::filesystem::create_directories(folder);
        Result<Pair> pair = start_pair(settings, folder);
        std::this_thread::sleep_for(std::chrono::seconds(1));
        return pair;
    }
    auto server = start_server(settings, folder);
    if (!server) {
        return server.error();
    }
    Pair one;
    one.leader = std::move(server).value();
    return one;
}

std::uint64_t logged(ServerProcess& server) {
    return server.runtime().log().durable().index;
}

}  // namespace

int bench_ingest(std::span<const std::string> args) {
    CLI::App app(
        "Events over HTTP in batches, each acknowledged when it is durable", "attune bench ingest"
    );
    LoadSettings settings;
    settings.declare(app);
    app.add_flag(
        "--no-sync",
        settings.no_sync,
        "Without fdatasync: what a power cut would lose, to see what it costs"
    );
    bool with_standby = false;
    app.add_flag(
        "--standby",
        with_standby,
        "With --sync and a standby in this process: acknowledged when both have it on the disk"
    );
    if (const auto code = parse(app, args)) {
        return *code;
    }
    const ScratchFolder scratch("attune-bench");
    const std::string folder = settings.data.empty() ? scratch.path() : settings.data;
    Result<Pair> servers = start_servers(settings, folder, with_standby);
    if (!servers) {
        return fail("attune bench ingest", servers.error().message);
    }
    ServerProcess& server = *servers.value().leader;
    const std::vector<std::string> bodies = batch_bodies(1'000, settings.batch, 1);
    Load load = run_clients(settings, "http://" + server.address(), "/v1/batch", bodies);
    if (!load.failure.empty()) {
        return fail("attune bench ingest", load.failure);
    }
    const std::uint64_t events = load.requests * settings.batch;
    ServerProcess& last = with_standby ? *servers.value().standby : server;
    if (logged(last) < events) {
        return fail(
            "attune bench ingest",
            fmt::format(
                "{} events were acknowledged, but only {} log entries are durable",
                events,
                logged(last)
            )
        );
    }
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(events) / load.seconds);
    fmt::print(
        "ingest over HTTP, batches of {}, {} connections, {} server threads, fdatasync {}{}\n",
        settings.batch,
        settings.connections,
        settings.threads,
        settings.no_sync ? "off" : "before each acknowledgement",
        with_standby ? ", here and at a standby" : ""
    );
    fmt::print("  {:<28}{:>12}\n", "events/s", with_commas(rate));
    print_latencies(load);
    if (settings.json) {
        std::string out;
        json::ObjectWriter object(out);
        object.number("events_per_second", rate);
        object.number("events", events);
        object.raw("fdatasync", settings.no_sync ? "false" : "true");
        write_latencies(load, object);
        object.close();
        fmt::print("{}\n", out);
    }
    return kDone;
}

int bench_decide(std::span<const std::string> args) {
    CLI::App app("Decisions over HTTP while events are ingested", "attune bench decide");
    LoadSettings settings;
    settings.connections = 4;
    std::string placement = "home_hero";
    unsigned ingest_rate = 20'000;
    settings.declare(app);
    app.add_option("--placement", placement, "What is asked")->capture_default_str();
    app.add_option("--ingest-rate", ingest_rate, "Events a second meanwhile")
        ->capture_default_str();
    if (const auto code = parse(app, args)) {
        return *code;
    }
    const ScratchFolder scratch("attune-bench");
    auto server = start_server(settings, settings.data.empty() ? scratch.path() : settings.data);
    if (!server) {
        return fail("attune bench decide", server.error().message);
    }
    const std::string url = "http://" + server.value()->address();
    std::atomic<bool> stop{false};
    const std::vector<std::string> events = batch_bodies(500, settings.batch, 2);
    std::thread ingest([&] {
        HttpClient::Options options;
        options.url = url;
        Result<HttpClient> client = HttpClient::create(options);
        const auto started = Clock::now();
        for (std::size_t i = 0; client && !stop && ingest_rate > 0; ++i) {
            const double due = static_cast<double>(i * settings.batch) / ingest_rate;
            std::this_thread::sleep_until(
                started +
                std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(due))
            );
            static_cast<void>(client.value().send({"POST", "/v1/batch", events[i % events.size()]})
            );
        }
    });
    std::vector<std::string> questions;
    questions.reserve(1'000);
    for (int i = 0; i < 1'000; ++i) {
        questions.push_back(fmt::format(R"({{"userId":"u{}","placements":["{}"]}})", i, placement));
    }
    Load load = run_clients(settings, url, "/v1/decide", questions);
    stop = true;
    ingest.join();
    if (!load.failure.empty()) {
        return fail("attune bench decide", load.failure);
    }
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(load.requests) / load.seconds);
    fmt::print(
        "decide over HTTP, {} connections, {} server threads, while {} events/s come in\n",
        settings.connections,
        settings.threads,
        with_commas(ingest_rate)
    );
    fmt::print("  {:<28}{:>12}\n", "decisions/s", with_commas(rate));
    print_latencies(load);
    if (settings.json) {
        std::string out;
        json::ObjectWriter object(out);
        object.number("decisions_per_second", rate);
        object.number("ingest_rate", ingest_rate);
        write_latencies(load, object);
        object.close();
        fmt::print("{}\n", out);
    }
    return kDone;
}

}  // namespace attune::host
