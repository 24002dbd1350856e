/// How fast does the log take events, with and without fdatasync; how long does a single event wait
/// on an idle server, beside the disk's own write + fdatasync; how fast is replay? Answers are
/// checked: replay must give every event, in order.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include "files/posix.h"
#include "log/segments/segment_log.h"

namespace attune::segments {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kEventBytes = 256;
constexpr std::uint32_t kBatchEvents = 100;
constexpr std::uint64_t kEvents = 2'000'000;
constexpr int kSingleEvents = 300;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double percentile(std::vector<double>& values, double share) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "log_bench: %s\n", why.c_str());
    std::exit(1);
}

template <typename T>
T value_of(Result<T> result) {
    if (!result.ok()) {
        give_up(result.error().message);
    }
    return std::move(result).value();
}

/// Like a shop's: what differs from event to event differs, so that packing has to work for it.
std::string event_text(std::uint64_t number) {
    std::uint64_t mixed = (number + 1) * 0x9e3779b97f4a7c15U;
    mixed ^= mixed >> 29U;
    std::string text = R"({"type":"track","messageId":"m)" + std::to_string(mixed) +
                       R"(","userId":"c)" + std::to_string(mixed % 100'000) +
                       R"(","event":"Product Viewed","timestamp":"2026-03-01T00:)" +
                       std::to_string(10 + number / 60 % 50) + ":" +
                       std::to_string(10 + number % 50) +
                       R"(.000Z","properties":{"product_id":"p)" + std::to_string(mixed % 977) +
                       R"(","category":"office","brand":"b)" + std::to_string(mixed % 97) +
                       R"(","price":)" + std::to_string(mixed % 300) + "." +
                       std::to_string(10 + mixed % 89) + R"(,"currency":"EUR"}})";
    text.resize(kEventBytes, ' ');
    return text;
}

LogOptions options_in(const std::string& folder) {
    std::filesystem::remove_all(folder);
    LogOptions options;
    options.folder = folder;
    return options;
}

/// Events per second of `threads` threads that append batches as fast as the log takes them.
double append_rate(const LogOptions& options, std::uint16_t threads) {
    const auto log = value_of(open_log(options));
    std::vector<std::thread> pool;
    const Clock::time_point start = Clock::now();
    for (std::uint16_t group = 0; group < threads; ++group) {
        pool.emplace_back([&, group] {
            LogEntries entries;
            for (std::uint64_t at = group * kEvents / threads; at < (group + 1) * kEvents / threads;
                 at += kBatchEvents) {
                entries.clear();
                for (std::uint32_t i = 0; i < kBatchEvents; ++i) {
                    entries.add(event_text(at + i));
                }
                while (!log->append({.group = group, .group_count = threads}, entries).ok()) {
                    std::this_thread::yield();
                }
            }
        });
    }
    for (std::thread& thread : pool) {
        thread.join();
    }
    value_of(log->flush());
    return static_cast<double>(kEvents) / seconds_since(start);
}

/// Milliseconds from append to the listener's call, one event at a time.
std::vector<double> single_waits(const LogOptions& options) {
    const auto log = value_of(open_log(options));
    std::atomic<std::uint64_t> durable{0};
    log->on_durable([&](Position position) {
        durable.store(position.index);
        durable.notify_one();
    });
    std::vector<double> waits;
    LogEntries entries;
    entries.add(event_text(0));
    for (int i = 0; i < kSingleEvents; ++i) {
        const Clock::time_point start = Clock::now();
        const LogRange range = value_of(log->append({}, entries));
        for (std::uint64_t seen = durable.load(); seen < range.end.index; seen = durable.load()) {
            durable.wait(seen);
        }
        waits.push_back(seconds_since(start) * 1000);
    }
    return waits;
}

/// The same bytes, written and synced without a log.
std::vector<double> raw_waits(const std::string& folder) {
    files::FileSystem& files = files::posix();
    value_of(files.create_directory(folder));
    const auto file = value_of(files.open(folder + "/raw", files::Open::Create));
    value_of(file->preallocate(64U << 20U));
    value_of(file->sync());
    std::vector<double> waits;
    const std::string text = event_text(0);
    for (int i = 0; i < kSingleEvents; ++i) {
        const Clock::time_point start = Clock::now();
        value_of(files::write_all(*file, static_cast<std::uint64_t>(i) * text.size(), text));
        value_of(file->sync());
        waits.push_back(seconds_since(start) * 1000);
    }
    return waits;
}

/// Events per second read back; stops when one is missing or out of place.
double replay_rate(const LogOptions& options) {
    const auto log = value_of(open_log(options));
    const Clock::time_point start = Clock::now();
    std::uint64_t count = 0;
    value_of(read_log(*log, {}, [&](const LogBatch& batch) {
        batch.for_each([&](Position at, std::string_view entry) {
            if (at.index != count || entry.size() != kEventBytes) {
                give_up("replay gave the wrong event at " + std::to_string(count));
            }
            ++count;
        });
    }));
    if (count != kEvents) {
        give_up("replay gave " + std::to_string(count) + " events");
    }
    return static_cast<double>(kEvents) / seconds_since(start);
}

/// Appending and replaying with a packing.
std::pair<double, double> packed_rates(const std::string& folder, Packing packing) {
    LogOptions options = options_in(folder);
    options.packing = packing;
    const double appended = append_rate(options, 1);
    return {appended, replay_rate(options)};
}

void run(const std::string& folder, bool json) {
    LogOptions options = options_in(folder);
    const double synced = append_rate(options, 1);
    const double replay = replay_rate(options);
    options = options_in(folder);
    const double synced_by_two = append_rate(options, 2);
    options = options_in(folder);
    options.sync = LogOptions::Sync::Never;
    const double unsynced = append_rate(options, 1);
    const auto [packed, packed_replay] = packed_rates(folder, Packing::Lz4);
    const auto [zstd, zstd_replay] = packed_rates(folder, Packing::Zstd);
    std::vector<double> waits = single_waits(options_in(folder));
    std::filesystem::remove_all(folder);
    std::vector<double> raw = raw_waits(folder);
    std::filesystem::remove_all(folder);

    const auto megabytes = [](double rate) { return rate * kEventBytes / 1e6; };
    std::printf(
        "%llu events of %zu B in batches of %u, %u CPUs\n",
        static_cast<unsigned long long>(kEvents),
        kEventBytes,
        kBatchEvents,
        std::thread::hardware_concurrency()
    );
    const auto line = [&](const char* what, double rate) {
        std::printf("%-34s %12.0f events/s %8.0f MB/s\n", what, rate, megabytes(rate));
    };
    line("append, fdatasync, 1 thread", synced);
    line("append, fdatasync, 2 threads", synced_by_two);
    line("append, fdatasync, lz4, 1 thread", packed);
    line("append, fdatasync, zstd, 1 thread", zstd);
    line("append, no sync, 1 thread", unsynced);
    line("replay", replay);
    line("replay, lz4", packed_replay);
    line("replay, zstd", zstd_replay);
    std::printf(
        "one event until durable: p50 %.3f ms, p99 %.3f ms; the disk alone: p50 %.3f ms, p99 %.3f "
        "ms\n",
        percentile(waits, 0.5),
        percentile(waits, 0.99),
        percentile(raw, 0.5),
        percentile(raw, 0.99)
    );
    if (json) {
        std::printf(
            "{\"append_events_per_second\":%.0f,\"append_two_threads_events_per_second\":%.0f,"
            "\"append_lz4_events_per_second\":%.0f,\"append_zstd_events_per_second\":%.0f,"
            "\"append_unsynced_events_per_second\":%.0f,"
            "\"replay_events_per_second\":%.0f,\"replay_lz4_events_per_second\":%.0f,"
            "\"replay_zstd_events_per_second\":%.0f,"
            "\"single_p50_ms\":%.3f,\"single_p99_ms\":%.3f,\"disk_p50_ms\":%.3f,"
            "\"disk_p99_ms\":%.3f}\n",
            synced,
            synced_by_two,
            packed,
            zstd,
            unsynced,
            replay,
            packed_replay,
            zstd_replay,
            percentile(waits, 0.5),
            percentile(waits, 0.99),
            percentile(raw, 0.5),
            percentile(raw, 0.99)
        );
    }
}

}  // namespace
}  // namespace attune::segments

int main(int count, char** arguments) {
    std::string folder = "log_bench_" + std::to_string(::getpid());
    bool json = false;
    for (int i = 1; i < count; ++i) {
        if (std::strcmp(arguments[i], "--json") == 0) {
            json = true;
        } else if (std::strcmp(arguments[i], "--folder") == 0 && i + 1 < count) {
            folder = arguments[++i];
        } else {
            std::fprintf(stderr, "usage: log [--folder NEW_FOLDER] [--json]\n");
            return 2;
        }
    }
    attune::segments::run(folder, json);
    return 0;
}
