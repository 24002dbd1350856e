#include "base/metrics.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

namespace attune {
namespace {

using namespace std::chrono_literals;

std::string text(const Metrics& metrics, MetricsFormat format = MetricsFormat::Prometheus) {
    std::string out;
    metrics.write(format, out);
    return out;
}

TEST(Metrics, AddsUpWhatThreadsCounted) {
    Metrics metrics;
    const Counter events = metrics.counter({.name = "events", .help = "Events accepted"});
    const Gauge open = metrics.gauge({.name = "open", .help = "Things open"});
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 10'000; ++n) {
                events.add();
                open.add(3);
                open.subtract(2);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(events.value(), 40'000U);
    EXPECT_EQ(open.value(), 40'000);
}

TEST(Metrics, KeepsWhatAThreadCountedBeforeItEnded) {
    Metrics metrics;
    const Counter events = metrics.counter({.name = "events", .help = "Events accepted"});
    for (int i = 0; i < 1000; ++i) {
        std::thread([&] { events.add(); }).join();
    }
    EXPECT_EQ(events.value(), 1000U);
}

TEST(Metrics, WritesCountersWithHelpTypeAndTotal) {
    Metrics metrics;
    metrics.counter({.name = "attune_events", .help = "Events accepted"}).add(7);
    EXPECT_EQ(
        text(metrics),
        "# HELP attune_events_total Events accepted\n"
        "# TYPE attune_events_total counter\n"
        "attune_events_total 7\n"
    );
    EXPECT_EQ(
        text(metrics, MetricsFormat::OpenMetrics),
        "# HELP attune_events Events accepted\n"
        "# TYPE attune_events counter\n"
        "attune_events_total 7\n"
        "# EOF\n"
    );
}

TEST(Metrics, EscapesLabelValues) {
    Metrics metrics;
    const auto family =
        metrics.counters({.name = "seen", .help = "Things seen", .labels = {"what"}});
    family.with({"a\"b\\c\nd"}).add();
    EXPECT_NE(text(metrics).find(R"(seen_total{what="a\"b\\c\nd"} 1)"), std::string::npos);
}

TEST(Metrics, GivesOneSeriesToEachSetOfValuesAndTheRestToOther) {
    Metrics metrics;
    const auto family = metrics.counters(
        {.name = "seen", .help = "Things seen", .labels = {"what"}, .series_max = 2}
    );
    family.with({"a"}).add();
    family.with({"b"}).add();
    family.with({"c"}).add();
    family.with({"d"}).add();
    family.with({"a"}).add();
    const std::string out = text(metrics);
    EXPECT_NE(out.find("seen_total{what=\"a\"} 2\n"), std::string::npos) << out;
    EXPECT_NE(out.find("seen_total{what=\"b\"} 1\n"), std::string::npos) << out;
    EXPECT_NE(out.find("seen_total{what=\"other\"} 2\n"), std::string::npos) << out;
    EXPECT_EQ(out.find("what=\"c\""), std::string::npos) << out;
}

TEST(Metrics, WritesANegativeGauge) {
    Metrics metrics;
    metrics.gauge({.name = "balance", .help = "A balance"}).set(-5);
    EXPECT_NE(text(metrics).find("\nbalance -5\n"), std::string::npos);
}

TEST(Histogram, EstimatesQuantilesWithinAnEighth) {
    Metrics metrics;
    const Histogram took =
        metrics.histogram({.name = "took", .help = "Time", .unit = MetricUnit::Seconds});
    for (int i = 1; i <= 100'000; ++i) {
        took.observe(std::chrono::microseconds(i));
    }
    const HistogramSnapshot counts = took.snapshot();
    EXPECT_EQ(counts.count(), 100'000U);
    EXPECT_NEAR(counts.sum(), 5000.05, 0.01);
    for (const double q : {0.01, 0.5, 0.9, 0.99, 0.999}) {
        EXPECT_NEAR(counts.quantile(q), q * 0.1, q * 0.1 / 8) << q;
    }
}

TEST(Histogram, DescribesTheTimeBetweenTwoSnapshots) {
    Metrics metrics;
    const Histogram took =
        metrics.histogram({.name = "took", .help = "Time", .unit = MetricUnit::Seconds});
    took.observe(1s);
    const HistogramSnapshot before = took.snapshot();
    took.observe(1ms);
    const HistogramSnapshot lately = took.snapshot().since(before);
    EXPECT_EQ(lately.count(), 1U);
    EXPECT_NEAR(lately.quantile(1), 0.001, 0.000125);
}

TEST(Histogram, CountsAnAmountOnABoundBelowIt) {
    Metrics metrics;
    const Histogram bytes =
        metrics.histogram({.name = "body", .help = "Bodies", .unit = MetricUnit::Bytes});
    bytes.observe(1024);
    bytes.observe(1025);
    const std::string out = text(metrics);
    EXPECT_NE(out.find("body_bytes_bucket{le=\"1024\"} 1\n"), std::string::npos) << out;
    EXPECT_NE(out.find("body_bytes_bucket{le=\"2048\"} 2\n"), std::string::npos) << out;
    EXPECT_NE(out.find("body_bytes_sum 2049\n"), std::string::npos) << out;
}

TEST(Histogram, HoldsZeroAndTheHugest) {
    Metrics metrics;
    const Histogram plain = metrics.histogram({.name = "rows", .help = "Rows"});
    plain.observe(std::uint64_t{0});
    plain.observe(~std::uint64_t{0});
    const std::string out = text(metrics);
    EXPECT_NE(out.find("rows_bucket{le=\"1\"} 1\n"), std::string::npos) << out;
    EXPECT_NE(out.find("rows_bucket{le=\"+Inf\"} 2\n"), std::string::npos) << out;
}

TEST(Metrics, PassPromtool) {
    if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
        GTEST_SKIP() << "promtool is not installed (Debian package prometheus)";
    }
    Metrics metrics;
    metrics.add_process_metrics();
    metrics.info("attune_build", "What is running", {{"version", "1.2"}, {"compiler", "x"}});
    metrics.counter({.name = "attune_events", .help = "Events accepted"}).add();
    metrics.gauge({.name = "attune_customers", .help = "Customers known"}).set(3);
    metrics
        .histograms(
            {.name = "attune_decide",
             .help = "Time of a decision",
             .unit = MetricUnit::Seconds,
             .labels = {"placement"}}
        )
        .with({"hero"})
        .observe(3ms);
    const std::string path = testing::TempDir() + "/attune_metrics.txt";
    std::ofstream(path) << text(metrics);
    EXPECT_EQ(std::system(("promtool check metrics <" + path + " >&2").c_str()), 0);
    (void)std::remove(path.c_str());
}

}  // namespace
}  // namespace attune
