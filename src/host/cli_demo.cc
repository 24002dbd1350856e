#include <chrono>
#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "host/bench_load.h"
#include "host/call_sender.h"
#include "host/command_line.h"
#include "host/commands.h"
#include "host/demo.h"
#include "host/demo_dataset.h"
#include "host/http_client.h"
#include "host/interrupt.h"
#include "host/progress.h"
#include "host/server_process.h"
#include "host/simulate.h"

namespace attune::host {

namespace {

using Steady = std::chrono::steady_clock;

constexpr const char* kExamples = R"(Examples:
  attune demo                                     until Ctrl-C; visit http://127.0.0.1:8080/
  attune demo --for 20s                           ends by itself; fails when something that must happen did not
  attune demo --data ../shared/data/complete-journey   a real year, faster than life

Exit codes: 0 done; 1 it could not start, or something that must happen did not; 2 wrong usage.)";

struct DemoSettings {
    std::string lasting_text;
    std::optional<Duration> lasting;
    std::string data;
    std::string workspace = "examples/shop";
    std::uint16_t port = 8080;
    double rate = 100;
};

/// The demo while it runs: server, mail server, traffic, questions.
class Demo {
public:
    explicit Demo(DemoSettings settings)
        : settings_(std::move(settings)), scratch_("attune-demo") {}

    int run();

private:
    Status start();
    void send_traffic();
    void show(const LiveNumbers& now, const LiveNumbers& before, double seconds);
    void summarize(const LiveNumbers& end, double seconds) const;
    [[nodiscard]] int judge(const LiveNumbers& end) const;
    void watch();

    DemoSettings settings_;
    ScratchFolder scratch_;
    SystemClock clock_;
    std::unique_ptr<SmtpSink> sink_;
    std::unique_ptr<ServerProcess> server_;
    std::string url_;
    std::unique_ptr<Shop> shop_;
    std::unique_ptr<WatchedCalls> calls_;
    std::atomic<bool> stop_{false};
    std::string traffic_failure_;
    bool terminal_ = isatty(STDOUT_FILENO) == 1;
};

Status Demo::start() {
    auto sink = SmtpSink::start({}, clock_);
    if (!sink) {
        return sink.error();
    }
    sink_ = std::move(sink).value();
    ServeOptions options;
    options.workspace = settings_.workspace;
    options.data = scratch_.path() + "/data";
    options.listen = "127.0.0.1:" + std::to_string(settings_.port);
    options.open = true;
    options.smtp = "smtp://127.0.0.1:" + std::to_string(sink_->port());
    options.web = settings_.workspace + "/web";
    options.webhook_networks = {"127.0.0.0/8"};
    options.more_routes = [this](api::Router& router) { add_mail_routes(router, *sink_); };
    auto server = ServerProcess::start(std::move(options));
    if (!server) {
        return server.error();
    }
    server_ = std::move(server).value();
    url_ = "http://" + server_->address();
    ShopOptions shop;
    shop.seed = static_cast<std::uint64_t>(clock_.now().ms());  // Every demo is another day.
    shop.customers = 5'000;
    shop.start = clock_.now();
    shop.events_per_second = settings_.rate;
    shop.haste = 20;  // A visit takes seconds, not minutes, as the times of the workspace do.
    shop.busy = true;
    shop_ = std::make_unique<Shop>(shop);
    calls_ = std::make_unique<WatchedCalls>(*shop_);
    return Done{};
}

void Demo::send_traffic() {
    HttpClient::Options options;
    options.url = url_;
    Result<HttpClient> client = HttpClient::create(options);
    if (!client) {
        traffic_failure_ = client.error().message;
        return;
    }
    SendOptions sending;
    sending.in_real_time = true;
    CallSender sender(client.value(), clock_, sending);
    const Result<SendCounts> sent = sender.run(*calls_, stop_, [](const SendCounts&) {});
    if (!sent && !stop_) {
        traffic_failure_ = sent.error().message;
    }
}

double get(const LiveNumbers& numbers, const std::string& name) {
    const auto found = numbers.find(name);
    return found == numbers.end() ? 0 : found->second;
}

void Demo::show(const LiveNumbers& now, const LiveNumbers& before, double seconds) {
    const auto count = [&](const char* name) {
        return with_commas(static_cast<std::uint64_t>(get(now, name)));
    };
    const double rate = (get(now, "events") - get(before, "events")) / std::max(seconds, 1e-3);
    const std::string line = fmt::format(
        "{:>6.0f} events/s  {} customers  {} carts abandoned  {} decisions (p50 {:.2f} ms, p99 "
        "{:.2f} ms)  {} messages  {} e-mails",
        rate,
        count("customers"),
        count("patterns.cart_abandoned"),
        count("decisions"),
        get(now, "decide_p50_ms"),
        get(now, "decide_p99_ms"),
        count("messages"),
        count("emails")
    );
    if (terminal_) {
        fmt::print("\r\x1b[K{}", line);
    } else {
        fmt::print("{}\n", line);
    }
    std::fflush(stdout);
}

void Demo::watch() {
    const auto started = Steady::now();
    const auto interval =
        terminal_ ? std::chrono::milliseconds(500) : std::chrono::milliseconds(5'000);
    LiveNumbers before;
    auto shown = started;
    while (!interrupted() && (!settings_.lasting || Steady::now() - started < *settings_.lasting)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        if (Steady::now() - shown < interval) {
            continue;
        }
        if (Result<LiveNumbers> now = read_status(url_)) {
            show(now.value(), before, std::chrono::duration<double>(Steady::now() - shown).count());
            before = std::move(now).value();
        }
        shown = Steady::now();
    }
}

void Demo::summarize(const LiveNumbers& end, double seconds) const {
    fmt::print("{}\nIn {:.0f} s the shop saw\n", terminal_ ? "\r\x1b[K" : "", seconds);
    const auto line = [&](const char* what, const char* name) {
        fmt::print(
            "  {:<34}{:>12}\n", what, with_commas(static_cast<std::uint64_t>(get(end, name)))
        );
    };
    line("events accepted", "events");
    line("repeats recognised", "duplicates");
    line("events that did not fit", "quarantined");
    line("customers", "customers");
    line("carts abandoned", "patterns.cart_abandoned");
    line("decisions", "decisions");
    line("in-app messages", "messages");
    line("e-mails delivered", "emails");
    fmt::print(
        "  {:<34}{:>9.2f} ms\n  {:<34}{:>9.2f} ms\n",
        "decision p50",
        get(end, "decide_p50_ms"),
        "decision p99",
        get(end, "decide_p99_ms")
    );
}

int Demo::judge(const LiveNumbers& end) const {
    if (!traffic_failure_.empty()) {
        return fail("attune demo", traffic_failure_);
    }
    if (!settings_.lasting) {
        return kDone;
    }
    int code = kDone;
    for (const char* name :
         {"events",
          "duplicates",
          "quarantined",
          "customers",
          "patterns.cart_abandoned",
          "decisions",
          "messages",
          "emails"}) {
        if (get(end, name) <= 0) {
            code = fail(
                "attune demo", fmt::format("{}: nothing happened, and something must have", name)
            );
        }
    }
    return code;
}

int Demo::run() {
    if (const Status started = start(); !started) {
        return fail("attune demo", started.error().message);
    }
    fmt::print(
        "listening on {}\nOpen {}/ and be a visitor too.{}\n",
        url_,
        url_,
        settings_.lasting ? "" : " Ctrl-C ends the demo."
    );
    std::fflush(stdout);
    const auto started = Steady::now();
    std::thread traffic([this] { send_traffic(); });
    std::thread questions([this] { keep_asking(url_, "home_hero", *calls_, stop_); });
    watch();
    const Result<LiveNumbers> end = read_status(url_);
    stop_ = true;
    traffic.join();
    questions.join();
    if (!end) {
        return fail("attune demo", end.error().message);
    }
    summarize(end.value(), std::chrono::duration<double>(Steady::now() - started).count());
    server_.reset();
    return judge(end.value());
}

}  // namespace

int run_demo(std::span<const std::string> args) {
    CLI::App app("Serves the example shop with a simulated shop's traffic", "attune demo");
    DemoSettings settings;
    app.add_option("--for", settings.lasting_text, "End after this time: 20s, 5m");
    app.add_option("--data", settings.data, "Replay a folder of recorded behaviour instead");
    app.add_option("--workspace", settings.workspace, "The shop's workspace")
        ->capture_default_str();
    app.add_option("--port", settings.port, "Listen on this port of 127.0.0.1; 0 picks one")
        ->capture_default_str();
    app.add_option("--rate", settings.rate, "Events per second")
        ->capture_default_str()
        ->check(CLI::Range(1.0, 1e5));
    app.footer(kExamples);
    if (const auto code = parse(app, args)) {
        return *code;
    }
    if (!settings.lasting_text.empty()) {
        settings.lasting = parse_duration(settings.lasting_text);
        if (!settings.lasting) {
            fmt::print(
                stderr,
                "attune demo: cannot run for \"{}\"\nhint: --for 20s\n",
                settings.lasting_text
            );
            return kWrongUsage;
        }
    }
    static_cast<void>(interrupted());  // Listens for Ctrl-C before any thread is made.
    if (!settings.data.empty()) {
        return replay_dataset(settings.data, "examples");
    }
    return Demo(std::move(settings)).run();
}

}  // namespace attune::host
