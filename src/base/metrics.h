#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

class Metrics;

template <typename Handle>
class MetricFamily;

/// What a number counts; decides the suffix that Prometheus' conventions ask for and how it is
/// written. Durations are counted in nanoseconds and written in seconds.
enum class MetricUnit : std::uint8_t { None, Bytes, Seconds };

/// How a metric is declared: once, in the constructor of the struct that holds the handles.
struct MetricOptions {
    /// `attune_http_requests`, in base units and snake case; `_bytes`, `_seconds` and `_total` are
    /// added from `unit` and the kind of metric.
    std::string_view name;
    std::string_view help;  ///< One sentence without its full stop.
    MetricUnit unit = MetricUnit::None;
    std::vector<std::string_view> labels = {};
    /// Sets of label values beyond this share one whose values are all "other".
    std::size_t series_max = 200;
};

/// A number that only grows. A handle: cheap to copy, good for as long as its Metrics.
class Counter {
public:
    Counter() = default;
    void add(std::uint64_t by = 1) const;
    /// Over all threads; what others are adding just now may be missing.
    [[nodiscard]] std::uint64_t value() const;

private:
    friend class Metrics;
    friend class MetricFamily<Counter>;
    Counter(Metrics* metrics, std::size_t cell) : metrics_(metrics), cell_(cell) {}

    Metrics* metrics_ = nullptr;
    std::size_t cell_ = 0;
};

/// A number that goes up and down. Use either set(), from one place, or add() and subtract().
class Gauge {
public:
    Gauge() = default;
    void set(std::int64_t value) const;
    void add(std::int64_t by = 1) const;
    void subtract(std::int64_t by = 1) const { add(-by); }
    [[nodiscard]] std::int64_t value() const;

private:
    friend class Metrics;
    friend class MetricFamily<Gauge>;
    Gauge(Metrics* metrics, std::size_t cell) : metrics_(metrics), cell_(cell) {}

    Metrics* metrics_ = nullptr;
    std::size_t cell_ = 0;
};

/// The counts of a Histogram at one moment; the difference of two describes the time between.
class HistogramSnapshot {
public:
    /// The value below which a share `q` (0 to 1) of the observations lies, interpolated; at most
    /// 1/8 off, and exact in none. Seconds or bytes, as the metric's unit. Zero without any.
    [[nodiscard]] double quantile(double q) const;
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] double sum() const { return sum_; }

    /// The doublings at which the metric is exported, each with how many lie at or below it.
    struct Bound {
        double end;
        std::uint64_t count;
    };
    [[nodiscard]] std::vector<Bound> octaves() const;

    /// What was observed after `earlier` was taken.
    [[nodiscard]] HistogramSnapshot since(const HistogramSnapshot& earlier) const;

private:
    friend class Histogram;
    friend class Metrics;

    MetricUnit unit_ = MetricUnit::None;
    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
    double sum_ = 0;
};

/// How often which sizes occurred, in fixed buckets: eight to each doubling, from 1 µs to 69 s or
/// from 16 B to 1 GiB; exported at the doublings.
class Histogram {
public:
    Histogram() = default;
    void observe(std::uint64_t amount) const;
    void observe(std::chrono::nanoseconds span) const {
        observe(static_cast<std::uint64_t>(span.count() < 0 ? 0 : span.count()));
    }
    [[nodiscard]] HistogramSnapshot snapshot() const;

private:
    friend class Metrics;
    friend class MetricFamily<Histogram>;
    Histogram(Metrics* metrics, std::size_t cell, MetricUnit unit)
        : metrics_(metrics), cell_(cell), unit_(unit) {}

    Metrics* metrics_ = nullptr;
    std::size_t cell_ = 0;
    MetricUnit unit_ = MetricUnit::None;
};

/// A metric with labels. with() finds or makes the series of one set of values and takes a lock:
/// callers keep the handle.
template <typename Handle>
class MetricFamily {
public:
    MetricFamily() = default;
    [[nodiscard]] Handle with(const std::vector<std::string_view>& values) const;

private:
    friend class Metrics;
    MetricFamily(Metrics* metrics, std::size_t family) : metrics_(metrics), family_(family) {}

    Metrics* metrics_ = nullptr;
    std::size_t family_ = 0;
};

template <>
Counter MetricFamily<Counter>::with(const std::vector<std::string_view>& values) const;
template <>
Gauge MetricFamily<Gauge>::with(const std::vector<std::string_view>& values) const;
template <>
Histogram MetricFamily<Histogram>::with(const std::vector<std::string_view>& values) const;

using CounterFamily = MetricFamily<Counter>;
using GaugeFamily = MetricFamily<Gauge>;
using HistogramFamily = MetricFamily<Histogram>;

enum class MetricsFormat : std::uint8_t { Prometheus, OpenMetrics };

/// The media type of a format, for Content-Type.
[[nodiscard]] std::string_view media_type(MetricsFormat format);

/// All numbers of the process. Each thread counts in memory of its own, without locks or atomic
/// read-modify-write; a scrape adds the threads up. Create one, hand it down; it outlives all
/// handles.
class Metrics {
public:
    Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;
    Metrics(Metrics&&) = delete;
    Metrics& operator=(Metrics&&) = delete;
    ~Metrics();

    /// Declaring a name twice, or one that breaks Prometheus' rules, is a bug.
    [[nodiscard]] Counter counter(const MetricOptions& options);
    [[nodiscard]] Gauge gauge(const MetricOptions& options);
    [[nodiscard]] Histogram histogram(const MetricOptions& options);
    [[nodiscard]] CounterFamily counters(const MetricOptions& options);
    [[nodiscard]] GaugeFamily gauges(const MetricOptions& options);
    [[nodiscard]] HistogramFamily histograms(const MetricOptions& options);

    /// A number that is asked for at each scrape, in seconds or bytes as the unit says, on the
    /// thread of the scrape. What `read` uses must outlive the last write().
    void read_counter(const MetricOptions& options, std::function<double()> read);
    void read_gauge(const MetricOptions& options, std::function<double()> read);

    /// A metric that is always 1 and whose labels tell something: attune_build_info.
    void info(
        std::string_view name,
        std::string_view help,
        const std::vector<std::pair<std::string_view, std::string_view>>& labels
    );

    /// CPU time, memory, open files and start time of this process, under the names that
    /// Prometheus' own clients use.
    void add_process_metrics();

    /// Appends every metric as text, sorted by name. From any thread; counting goes on meanwhile.
    void write(MetricsFormat format, std::string& out) const;

private:
    friend class Counter;
    friend class Gauge;
    friend class Histogram;
    template <typename Handle>
    friend class MetricFamily;

    enum class Kind : std::uint8_t { Counter, Gauge, Histogram, Info };

    struct Series {
        std::vector<std::string> values;
        std::size_t cell;
    };

    struct Family {
        std::string name;  // without the suffix of the kind
        std::string help;
        Kind kind;
        MetricUnit unit;
        std::vector<std::string> labels;
        std::size_t series_max;
        std::vector<Series> series;
        std::function<double()> read;
    };

    // One thread's numbers. Chunks are added, never moved, so the owner needs no lock.
    static constexpr std::size_t kChunkCells = 1024;
    static constexpr std::size_t kChunksMax = 256;
    static constexpr std::size_t kThreadsMax = 256;
    using Cell = std::atomic<std::uint64_t>;
    using Chunk = std::array<Cell, kChunkCells>;
    struct ThreadCells {
        std::array<std::atomic<Chunk*>, kChunksMax> chunks{};
    };

    std::size_t declare(const MetricOptions& options, Kind kind);
    std::size_t series_cell(std::size_t family, const std::vector<std::string_view>& values);
    std::size_t add_cells(std::size_t count);
    [[nodiscard]] MetricUnit unit_of(std::size_t family) const;
    void add(std::size_t index, std::uint64_t by);
    Cell& own_cell(std::size_t thread, std::size_t index);
    Cell& make_cell(std::size_t thread, std::size_t index);
    [[nodiscard]] std::uint64_t sum(std::size_t index) const;
    [[nodiscard]] HistogramSnapshot snapshot(std::size_t cell, MetricUnit unit) const;
    void write_family(const Family& family, MetricsFormat format, std::string& out) const;
    void write_histogram(const Family& family, const Series& series, std::string& out) const;

    mutable std::mutex mutex_;  // families, series and the making of cells
    std::deque<Family> families_;
    std::size_t cells_ = 0;
    std::array<std::atomic<ThreadCells*>, kThreadsMax> threads_{};
    std::vector<std::unique_ptr<ThreadCells>> owned_threads_;
    std::vector<std::unique_ptr<Chunk>> owned_chunks_;
};

}  // namespace attune
