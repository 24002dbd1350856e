#include "host/cli_simulate.h"

#include <cstdio>
#include <optional>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/clock.h"
#include "host/call_sender.h"
#include "host/http_client.h"
#include "host/interrupt.h"
#include "host/line_file.h"
#include "host/progress.h"
#include "host/simulate.h"

namespace attune::host {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
constexpr std::uint64_t kEventsOfAFile = 100'000;

constexpr const char* kExamples = R"(Examples:
  attune simulate --events 1000000 --out shop.jsonl.gz    a file of events, the same every time
  attune simulate --seed 7 --events 5 --out -             five events on the terminal
  attune simulate --url http://127.0.0.1:8080 --rate 200  live traffic, until Ctrl-C
  attune simulate --url http://127.0.0.1:8080 --fast --events 1000000  as fast as the server takes it

Exit codes: 0 done; 1 it could not write or send; 2 wrong usage.)";

struct Settings {
    ShopOptions shop;
    std::optional<std::uint64_t> events;
    std::optional<Duration> lasting;
    std::string out;
    std::string url;
    std::string key;
    std::string start = "2026-01-01T00:00:00Z";
    std::string lasting_text;
    bool fast = false;
};

int fail(const std::string& why, int code) {
    fmt::print(stderr, "attune simulate: {}\n", why);
    return code;
}

void declare(CLI::App& app, Settings& settings) {
    const CLI::Range at_least_8(8.0, 100e6);
    app.add_option("--seed", settings.shop.seed, "Other seeds, other days in the same shop")
        ->capture_default_str();
    app.add_option("--customers", settings.shop.customers, "How many people may come")
        ->check(at_least_8)
        ->capture_default_str();
    app.add_option("--products", settings.shop.products, "How many things are sold")
        ->check(at_least_8)
        ->capture_default_str();
    app.add_option("--rate", settings.shop.events_per_second, "Events per second, on average")
        ->check(CLI::Range(0.001, 1e6))
        ->capture_default_str();
    app.add_option(
           "--haste", settings.shop.haste, "Visitors act this many times faster than people"
    )
        ->check(CLI::Range(0.01, 1e4))
        ->capture_default_str();
    app.add_option("--events", settings.events, "End after this many events (a file: 100000)");
    app.add_option("--for", settings.lasting_text, "End after this time of the shop: 20s, 5m, 30d");
    app.add_option("--start", settings.start, "When the first visitor comes; not with live traffic")
        ->capture_default_str();
    auto* out = app.add_option(
        "--out", settings.out, "Write JSON Lines to this file (.gz: compressed; -: here)"
    );
    auto* url = app.add_option("--url", settings.url, "Send to this server")->excludes(out);
    app.add_option("--key", settings.key, "Access key of the server")->needs(url);
    app.add_flag("--fast", settings.fast, "Send without waiting for the shop's clock")->needs(url);
    app.footer(kExamples);
}

/// Fills in what depends on other options; the reason if that cannot be.
std::optional<std::string> complete(Settings& settings, const Clock& clock) {
    const auto start = parse_timestamp(settings.start);
    if (!start) {
        return fmt::format(
            "cannot start at \"{}\": write a time as 2026-01-01T00:00:00Z", settings.start
        );
    }
    const bool live = !settings.url.empty() && !settings.fast;
    settings.shop.start = live ? clock.now() : *start;
    settings.shop.busy = live;
    if (!settings.lasting_text.empty()) {
        settings.lasting = parse_duration(settings.lasting_text);
        if (!settings.lasting) {
            return fmt::format(
                "cannot run for \"{}\": write a time as 20s, 5m or 30d", settings.lasting_text
            );
        }
    }
    if (settings.url.empty()) {
        settings.out = settings.out.empty() ? "-" : settings.out;
        if (!settings.events && !settings.lasting) {
            settings.events = kEventsOfAFile;
        }
    }
    return std::nullopt;
}

Timestamp end_of(const Settings& settings) {
    return settings.lasting ? settings.shop.start + *settings.lasting : kTimestampMax;
}

void print_counts(std::FILE* to, const ShopCounts& counts) {
    fmt::print(
        to,
        "{} events of {} sessions: {} orders, {} carts abandoned, {} log-ins, {} repeats, "
        "{} mistakes\n",
        with_commas(counts.calls),
        with_commas(counts.sessions),
        with_commas(counts.orders),
        with_commas(counts.carts_abandoned),
        with_commas(counts.logins),
        with_commas(counts.duplicates),
        with_commas(counts.mistakes)
    );
}

/// Hands each call to `take` until a bound is reached or the user has had enough.
template <typename Take>
Status for_each_call(Shop& shop, const Settings& settings, Take take) {
    const auto& stop = interrupted();
    const Timestamp end = end_of(settings);
    Progress progress("events", settings.events.value_or(0));
    std::uint64_t count = 0;
    while (!stop && count < settings.events.value_or(UINT64_MAX)) {
        const auto call = shop.next();
        if (!call || call->at >= end) {
            break;
        }
        if (auto taken = take(call->json); !taken) {
            return taken;
        }
        progress.at(++count);
    }
    return Done{};
}

Status write_to_terminal(Shop& shop, const Settings& settings) {
    return for_each_call(shop, settings, [](const std::string& json) -> Status {
        if (std::puts(json.c_str()) < 0) {
            return Error{Error::Kind::Unavailable, "cannot write to standard output"};
        }
        return Done{};
    });
}

Status write_to_file(Shop& shop, const Settings& settings) {
    auto file = LineWriter::create(settings.out);
    if (!file) {
        return file.error();
    }
    auto written = for_each_call(shop, settings, [&](const std::string& json) {
        return file.value().write(json);
    });
    return written ? file.value().close() : written;
}

Status send_to_server(Shop& shop, const Settings& settings, const Clock& clock) {
    auto client = HttpClient::create({.url = settings.url, .bearer = settings.key});
    if (!client) {
        return client.error();
    }
    CallSender sender(
        client.value(),
        clock,
        {.in_real_time = !settings.fast,
         .calls_max = settings.events.value_or(UINT64_MAX),
         .until = end_of(settings)}
    );
    Progress progress("events", settings.events.value_or(0));
    const auto sent = sender.run(shop, interrupted(), [&](const SendCounts& counts) {
        progress.at(counts.calls);
    });
    return sent ? Status(Done{}) : sent.error();
}

}  // namespace

int run_simulate(std::span<const std::string> args) {
    Settings settings;
    CLI::App app(
        "Makes the traffic of a shop: visitors who look, search, fill carts, buy or leave.",
        "attune simulate"
    );
    declare(app, settings);
    try {
        app.parse(std::vector<std::string>(args.rbegin(), args.rend())
        );  // CLI11 takes them reversed
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kWrongUsage;
    }
    const SystemClock clock;
    if (const auto problem = complete(settings, clock)) {
        return fail(*problem, kWrongUsage);
    }
    Shop shop(settings.shop);
    const bool to_terminal = settings.url.empty() && settings.out == "-";
    const Status done = !settings.url.empty() ? send_to_server(shop, settings, clock)
                        : to_terminal         ? write_to_terminal(shop, settings)
                                              : write_to_file(shop, settings);
    if (!done) {
        return fail(done.error().message, kFailed);
    }
    // Standard output is for the events when they go there.
    print_counts(to_terminal ? stderr : stdout, shop.counts());
    return 0;
}

}  // namespace attune::host
