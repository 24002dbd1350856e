/// How long do a million customers' blobs take to be written behind, to be read one by one, and to
/// be scanned whole at a start? The scan is checked to give every customer once, in order.

#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <string>

#include <unistd.h>

#include "state/rocksdb/rocks_store.h"

namespace attune::rocks {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kCustomers = 1'000'000;
constexpr std::uint64_t kBatch = 5'000;
constexpr std::size_t kBlobBytes = 500;
constexpr std::uint64_t kReads = 100'000;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "state_bench: %s\n", why.c_str());
    std::exit(1);
}

template <typename T>
T value_of(Result<T> result) {
    if (!result.ok()) {
        give_up(result.error().message);
    }
    return std::move(result).value();
}

/// Big-endian, so that byte order is the order of numbers; hashed, as customers arrive in no order.
std::string key_of(std::uint64_t number) {
    std::string key(8, '\0');
    for (int i = 7; i >= 0; --i, number >>= 8U) {
        key[static_cast<std::size_t>(i)] = static_cast<char>(number);
    }
    return key;
}

std::uint64_t shuffled(std::uint64_t i) {
    return i * 7'919 % kCustomers;
}

/// Half of it repeats, as real blobs do; the rest does not.
std::string blob_of(std::uint64_t number) {
    std::string blob = "customer " + std::to_string(number);
    std::uint64_t noise = number;
    while (blob.size() < kBlobBytes / 2) {
        noise = noise * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
        blob.push_back(static_cast<char>(noise >> 56U));
    }
    blob.resize(kBlobBytes, 'f');
    return blob;
}

double write_all(StateStore& store) {
    const Clock::time_point start = Clock::now();
    StateBatch batch;
    for (std::uint64_t i = 0; i < kCustomers; ++i) {
        const std::uint64_t number = shuffled(i);
        batch.put(Family::Customers, key_of(number), blob_of(number));
        if (batch.size() == kBatch || i + 1 == kCustomers) {
            value_of(store.write(batch, Position{i + 1}));
            batch.clear();
        }
    }
    value_of(store.flush());
    return seconds_since(start);
}

double scan_all(const StateStore& store) {
    const Clock::time_point start = Clock::now();
    std::uint64_t count = 0;
    value_of(store.scan(Family::Customers, {}, [&](std::string_view key, std::string_view value) {
        if (value.size() != kBlobBytes || key != key_of(count)) {
            give_up("the scan gave the wrong customer at " + std::to_string(count));
        }
        ++count;
        return true;
    }));
    if (count != kCustomers) {
        give_up("the scan gave " + std::to_string(count) + " customers");
    }
    return seconds_since(start);
}

double read_some(const StateStore& store) {
    const Clock::time_point start = Clock::now();
    for (std::uint64_t i = 0; i < kReads; ++i) {
        if (!value_of(store.get(Family::Customers, key_of(shuffled(i)))).has_value()) {
            give_up("a customer is missing");
        }
    }
    return seconds_since(start) / kReads * 1e6;
}

void run(const std::string& folder, bool json) {
    std::filesystem::remove_all(folder);
    StoreOptions options;
    options.folder = folder;
    double written = 0;
    {
        const auto store = value_of(open_store(options));
        written = write_all(*store);
    }
    const Clock::time_point start = Clock::now();
    const auto store = value_of(open_store(options));
    const double opened = seconds_since(start);
    const std::clock_t cpu_before = std::clock();
    const double scanned = scan_all(*store);
    const double scan_cpu = static_cast<double>(std::clock() - cpu_before) / CLOCKS_PER_SEC;
    const double read = read_some(*store);
    std::printf(
        "%llu customers of %zu B: written behind in %.2f s, opened in %.3f s, scanned in %.2f s "
        "(%.2f s of "
        "CPU), "
        "read one by one %.1f us each, %.0f MB on disk\n",
        static_cast<unsigned long long>(kCustomers),
        kBlobBytes,
        written,
        opened,
        scanned,
        scan_cpu,
        read,
        static_cast<double>(store->size().disk_bytes) / 1e6
    );
    if (json) {
        std::printf(
            "{\"write_seconds\":%.3f,\"open_seconds\":%.3f,\"scan_seconds\":%.3f,"
            "\"scan_cpu_seconds\":%.3f,\"get_microseconds\":%.2f}\n",
            written,
            opened,
            scanned,
            scan_cpu,
            read
        );
    }
}

}  // namespace
}  // namespace attune::rocks

int main(int count, char** arguments) {
    std::string folder = "state_bench_" + std::to_string(::getpid());
    bool json = false;
    for (int i = 1; i < count; ++i) {
        if (std::strcmp(arguments[i], "--json") == 0) {
            json = true;
        } else if (std::strcmp(arguments[i], "--folder") == 0 && i + 1 < count) {
            folder = arguments[++i];
        } else {
            std::fprintf(stderr, "usage: state [--folder NEW_FOLDER] [--json]\n");
            return 2;
        }
    }
    attune::rocks::run(folder, json);
    std::filesystem::remove_all(folder);
    return 0;
}
