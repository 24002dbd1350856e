#include "base/metrics.h"

#include <algorithm>
#include <bit>
#include <cctype>

#include "base/assert.h"

namespace attune {

namespace {

constexpr unsigned kOctaves = 26;
constexpr unsigned kStepsInOctave = 8;
constexpr std::size_t kBuckets = 1 + kOctaves * kStepsInOctave + 1;  // below, within, above
constexpr std::size_t kHistogramCells = kBuckets + 1;                // and the sum
constexpr std::size_t kSharedThread = 0;  // for Gauge::set and threads beyond kThreadsMax

/// The power of two at which a histogram's buckets begin: 1.024 µs, 16 B, 1.
unsigned first_octave(MetricUnit unit) {
    switch (unit) {
    case MetricUnit::Seconds:
        return 10;
    case MetricUnit::Bytes:
        return 4;
    case MetricUnit::None:
        break;
    }
    return 0;
}

double in_unit(double amount, MetricUnit unit) {
    return unit == MetricUnit::Seconds ? amount / 1e9 : amount;
}

/// Bounds are inclusive above, as Prometheus' `le` is.
std::size_t bucket_of(std::uint64_t amount, unsigned first) {
    const std::uint64_t below = amount == 0 ? 0 : amount - 1;
    if (below >> first == 0) {
        return 0;
    }
    const auto octave = static_cast<unsigned>(std::bit_width(below)) - 1;
    if (octave >= first + kOctaves) {
        return kBuckets - 1;
    }
    const std::uint64_t step = octave >= 3 ? below >> (octave - 3) : below << (3 - octave);
    return 1 + (octave - first) * kStepsInOctave + (step & (kStepsInOctave - 1));
}

/// The amount at which bucket `index` ends, for all but the last.
double bucket_end(std::size_t index, unsigned first) {
    const std::size_t octave = index / kStepsInOctave;
    const std::size_t step = index % kStepsInOctave;
    const auto base = static_cast<double>(std::uint64_t{1} << (first + octave));
    return base * (1.0 + static_cast<double>(step) / kStepsInOctave);
}

/// Numbers threads so that each owns a row of cells; a number is used again when its thread ends,
/// and the mutex orders the old owner's last write before the new one's first.
class ThreadNumber {
public:
    explicit ThreadNumber(std::size_t numbers) {
        const std::lock_guard lock(mutex());
        if (!free().empty()) {
            number_ = free().back();
            free().pop_back();
        } else if (used() + 1 < numbers) {
            number_ = ++used();
        }
    }
    ThreadNumber(const ThreadNumber&) = delete;
    ThreadNumber& operator=(const ThreadNumber&) = delete;
    ThreadNumber(ThreadNumber&&) = delete;
    ThreadNumber& operator=(ThreadNumber&&) = delete;
    ~ThreadNumber() {
        if (number_ != kSharedThread) {
            const std::lock_guard lock(mutex());
            free().push_back(number_);
        }
    }

    [[nodiscard]] std::size_t number() const { return number_; }

private:
    static std::mutex& mutex() {
        static std::mutex instance;
        return instance;
    }
    static std::vector<std::size_t>& free() {
        static std::vector<std::size_t> numbers;
        return numbers;
    }
    static std::size_t& used() {
        static std::size_t count = 0;
        return count;
    }

    std::size_t number_ = kSharedThread;
};

std::size_t this_thread_number(std::size_t numbers) {
    thread_local const ThreadNumber number(numbers);
    return number.number();
}

bool well_formed_name(std::string_view name) {
    return !name.empty() && std::islower(static_cast<unsigned char>(name.front())) != 0 &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return std::islower(static_cast<unsigned char>(c)) != 0 ||
                      std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '_';
           });
}

}  // namespace

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

std::size_t Metrics::declare(const MetricOptions& options, Kind kind) {
    ATTUNE_ASSERT(well_formed_name(options.name));
    ATTUNE_ASSERT(!options.help.empty() && options.help.back() != '.');
    for (const std::string_view label : options.labels) {
        ATTUNE_ASSERT(well_formed_name(label) && label != "le" && label != "quantile");
    }
    const std::lock_guard lock(mutex_);
    for (const Family& family : families_) {
        ATTUNE_ASSERT(family.name != options.name);
    }
    families_.push_back(Family{
        .name = std::string(options.name),
        .help = std::string(options.help),
        .kind = kind,
        .unit = options.unit,
        .labels = {options.labels.begin(), options.labels.end()},
        .series_max = options.series_max,
        .series = {},
        .read = {},
    });
    return families_.size() - 1;
}

std::size_t Metrics::series_cell(
    std::size_t family_index, const std::vector<std::string_view>& values
) {
    const std::lock_guard lock(mutex_);
    Family& family = families_[family_index];
    ATTUNE_ASSERT(values.size() == family.labels.size());
    const auto same = [](const Series& series, const std::vector<std::string_view>& wanted) {
        return std::equal(series.values.begin(), series.values.end(), wanted.begin(), wanted.end());
    };
    std::vector<std::string_view> wanted = values;
    for (const bool overflowing : {false, true}) {
        if (overflowing) {
            wanted.assign(values.size(), "other");
        }
        for (const Series& series : family.series) {
            if (same(series, wanted)) {
                return series.cell;
            }
        }
        if (overflowing || family.series.size() < family.series_max) {
            break;
        }
    }
    const std::size_t cell = add_cells(family.kind == Kind::Histogram ? kHistogramCells : 1);
    family.series.push_back(Series{{wanted.begin(), wanted.end()}, cell});
    return cell;
}

std::size_t Metrics::add_cells(std::size_t count) {
    const std::size_t first = cells_;
    cells_ += count;
    ATTUNE_ASSERT(cells_ <= kChunkCells * kChunksMax);
    return first;
}

Metrics::Cell& Metrics::own_cell(std::size_t thread, std::size_t index) {
    const ThreadCells* cells = threads_[thread].load(std::memory_order_acquire);
    if (cells != nullptr) {
        Chunk* chunk = cells->chunks[index / kChunkCells].load(std::memory_order_acquire);
        if (chunk != nullptr) {
            return (*chunk)[index % kChunkCells];
        }
    }
    return make_cell(thread, index);
}

Metrics::Cell& Metrics::make_cell(std::size_t thread, std::size_t index) {
    const std::lock_guard lock(mutex_);
    ThreadCells* cells = threads_[thread].load(std::memory_order_acquire);
    if (cells == nullptr) {
        cells = owned_threads_.emplace_back(std::make_unique<ThreadCells>()).get();
        threads_[thread].store(cells, std::memory_order_release);
    }
    std::atomic<Chunk*>& place = cells->chunks[index / kChunkCells];
    Chunk* chunk = place.load(std::memory_order_acquire);
    if (chunk == nullptr) {
        chunk = owned_chunks_.emplace_back(std::make_unique<Chunk>()).get();
        place.store(chunk, std::memory_order_release);
    }
    return (*chunk)[index % kChunkCells];
}

void Metrics::add(std::size_t index, std::uint64_t by) {
    const std::size_t thread = this_thread_number(kThreadsMax);
    Cell& cell = own_cell(thread, index);
    if (thread == kSharedThread) {
        cell.fetch_add(by, std::memory_order_relaxed);
    } else {
        // Only this thread writes the cell, so reading and writing need not be one operation.
        cell.store(cell.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }
}

std::uint64_t Metrics::sum(std::size_t index) const {
    std::uint64_t sum = 0;
    for (const auto& thread : threads_) {
        const ThreadCells* cells = thread.load(std::memory_order_acquire);
        if (cells == nullptr) {
            continue;
        }
        const Chunk* chunk = cells->chunks[index / kChunkCells].load(std::memory_order_acquire);
        if (chunk != nullptr) {
            sum += (*chunk)[index % kChunkCells].load(std::memory_order_relaxed);
        }
    }
    return sum;
}

HistogramSnapshot Metrics::snapshot(std::size_t cell, MetricUnit unit) const {
    HistogramSnapshot snapshot;
    snapshot.unit_ = unit;
    snapshot.buckets_.resize(kBuckets);
    for (std::size_t i = 0; i < kBuckets; ++i) {
        snapshot.buckets_[i] = sum(cell + i);
        snapshot.count_ += snapshot.buckets_[i];
    }
    snapshot.sum_ = in_unit(static_cast<double>(sum(cell + kBuckets)), unit);
    return snapshot;
}

Counter Metrics::counter(const MetricOptions& options) {
    return counters(options).with({});
}
Gauge Metrics::gauge(const MetricOptions& options) {
    return gauges(options).with({});
}
Histogram Metrics::histogram(const MetricOptions& options) {
    return histograms(options).with({});
}

CounterFamily Metrics::counters(const MetricOptions& options) {
    return {this, declare(options, Kind::Counter)};
}

GaugeFamily Metrics::gauges(const MetricOptions& options) {
    return {this, declare(options, Kind::Gauge)};
}

HistogramFamily Metrics::histograms(const MetricOptions& options) {
    return {this, declare(options, Kind::Histogram)};
}

void Metrics::read_counter(const MetricOptions& options, std::function<double()> read) {
    const std::size_t family = declare(options, Kind::Counter);
    const std::lock_guard lock(mutex_);
    families_[family].read = std::move(read);
}

void Metrics::read_gauge(const MetricOptions& options, std::function<double()> read) {
    const std::size_t family = declare(options, Kind::Gauge);
    const std::lock_guard lock(mutex_);
    families_[family].read = std::move(read);
}

void Metrics::info(
    std::string_view name,
    std::string_view help,
    const std::vector<std::pair<std::string_view, std::string_view>>& labels
) {
    MetricOptions options{.name = name, .help = help};
    std::vector<std::string_view> values;
    for (const auto& [label, value] : labels) {
        options.labels.push_back(label);
        values.push_back(value);
    }
    (void)series_cell(declare(options, Kind::Info), values);
}

MetricUnit Metrics::unit_of(std::size_t family) const {
    const std::lock_guard lock(mutex_);
    return families_[family].unit;
}

template <>
Counter CounterFamily::with(const std::vector<std::string_view>& values) const {
    ATTUNE_ASSERT(metrics_ != nullptr);
    return {metrics_, metrics_->series_cell(family_, values)};
}

template <>
Gauge GaugeFamily::with(const std::vector<std::string_view>& values) const {
    ATTUNE_ASSERT(metrics_ != nullptr);
    return {metrics_, metrics_->series_cell(family_, values)};
}

template <>
Histogram HistogramFamily::with(const std::vector<std::string_view>& values) const {
    ATTUNE_ASSERT(metrics_ != nullptr);
    return {metrics_, metrics_->series_cell(family_, values), metrics_->unit_of(family_)};
}

void Counter::add(std::uint64_t by) const {
    metrics_->add(cell_, by);
}
std::uint64_t Counter::value() const {
    return metrics_->sum(cell_);
}

void Gauge::set(std::int64_t value) const {
    metrics_->own_cell(kSharedThread, cell_)
        .store(static_cast<std::uint64_t>(value), std::memory_order_relaxed);
}

void Gauge::add(std::int64_t by) const {
    metrics_->add(cell_, static_cast<std::uint64_t>(by));
}

std::int64_t Gauge::value() const {
    return static_cast<std::int64_t>(metrics_->sum(cell_));
}

void Histogram::observe(std::uint64_t amount) const {
    metrics_->add(cell_ + bucket_of(amount, first_octave(unit_)), 1);
    metrics_->add(cell_ + kBuckets, amount);
}

HistogramSnapshot Histogram::snapshot() const {
    return metrics_->snapshot(cell_, unit_);
}

double HistogramSnapshot::quantile(double q) const {
    if (count_ == 0) {
        return 0;
    }
    const double rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(count_);
    const unsigned first = first_octave(unit_);
    double seen = 0;
    for (std::size_t i = 0; i + 1 < kBuckets; ++i) {
        const auto here = static_cast<double>(buckets_[i]);
        if (here > 0 && seen + here >= rank) {
            const double start = i == 0 ? 0 : bucket_end(i - 1, first);
            const double end = bucket_end(i, first);
            return in_unit(start + (end - start) * ((rank - seen) / here), unit_);
        }
        seen += here;
    }
    return in_unit(bucket_end(kBuckets - 2, first), unit_);
}

HistogramSnapshot HistogramSnapshot::since(const HistogramSnapshot& earlier) const {
    HistogramSnapshot difference = *this;
    if (earlier.buckets_.empty()) {
        return difference;
    }
    for (std::size_t i = 0; i < kBuckets; ++i) {
        difference.buckets_[i] -= earlier.buckets_[i];
    }
    difference.count_ -= earlier.count_;
    difference.sum_ -= earlier.sum_;
    return difference;
}

std::vector<HistogramSnapshot::Bound> HistogramSnapshot::octaves() const {
    std::vector<Bound> bounds;
    const unsigned first = first_octave(unit_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i + 1 < kBuckets; ++i) {
        seen += buckets_[i];
        if (i % kStepsInOctave == 0) {
            bounds.push_back({in_unit(bucket_end(i, first), unit_), seen});
        }
    }
    return bounds;
}

}  // namespace attune
