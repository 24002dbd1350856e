#include "host/torture_data.h"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "base/bytes.h"
#include "files/simulated.h"
#include "log/segments/small_log.h"
#include "state/rocksdb/rocks_store.h"

namespace attune::host {
namespace {

using files::Fault;
using files::SimulatedFiles;

constexpr std::uint64_t kCutsPerDisk = 10;
constexpr std::uint64_t kCustomers = 16;

struct Sum {
    std::uint64_t count = 0;
    std::uint64_t total = 0;

    friend bool operator==(const Sum&, const Sum&) = default;
};

using Sums = std::map<std::string, Sum>;

void fold(Sums& sums, std::string_view entry) {
    ByteReader in(entry);
    const std::string customer(in.text());
    Sum& sum = sums[customer];
    ++sum.count;
    sum.total += in.varint();
}

std::string encode(const Sum& sum) {
    std::string bytes;
    ByteWriter out(bytes);
    out.fixed(sum.count);
    out.fixed(sum.total);
    return bytes;
}

/// What one life of the process has open.
struct Data {
    std::unique_ptr<StateStore> store;
    std::unique_ptr<Log> log;
    Sums sums;
    std::set<std::string> dirty;  ///< Whose sums the store has not got.
    Position folded;
};

Result<Data> open_data(SimulatedFiles& disk) {
    if (Status made = files::create_durable_directory(disk, "data"); !made.ok()) {
        return made.error();
    }
    Data data;
    Result<std::unique_ptr<StateStore>> store = rocks::open_store(
        {.folder = "data/state", .memory_bytes = 1U << 20U, .free_bytes_min = 0, .files = &disk}
    );
    if (!store.ok()) {
        return store.error();
    }
    data.store = std::move(store).value();
    segments::LogOptions options = segments::small_log(disk);
    options.folder = "data/log";
    options.reaches = data.store->position();
    Result<std::unique_ptr<Log>> log = segments::open_log(options);
    if (!log.ok()) {
        return log.error();
    }
    data.log = std::move(log).value();
    return data;
}

class Run {
public:
    Run(const DataTorture& options, std::uint64_t seed, std::uint64_t cuts)
        : options_(options),
          random_(seed),
          cuts_(cuts),
          replay_("--seed " + std::to_string(seed) + " --cuts " + std::to_string(cuts)) {}

    DataTortureReport all() {
        auto disk = std::make_unique<SimulatedFiles>(SimulatedFiles::Options{.journaled = true});
        for (std::uint64_t life = 0; life <= cuts_ && report_.failures() == 0; ++life) {
            if (life < cuts_) {
                disk->arm({.kind = Fault::Kind::PowerCut, .at_call = 1 + random_() % 500});
            }
            live(*disk);
            disk = random_() % 6 == 0 ? disk->after_kill() : disk->after_power_cut(random_());
            report_.cuts += life == cuts_ ? 0 : 1;
        }
        return report_;
    }

private:
    void fail(std::uint64_t& counter, std::uint64_t count, const std::string& what) {
        counter += count;
        if (report_.first_failure.empty()) {
            report_.first_failure = what + "; again with " + replay_;
        }
    }

    void live(SimulatedFiles& disk) {
        Result<Data> data = open_data(disk);
        if (!data.ok()) {
            if (!disk.struck()) {
                fail(report_.refused, 1, data.error().message);
            }
            return;
        }
        if (!recover(data.value(), disk)) {
            return;
        }
        data.value().log->on_durable([this](Position durable) { acknowledge(durable); });
        for (std::uint64_t acts = 10 + random_() % 80; acts > 0 && !disk.struck(); --acts) {
            act(data.value());
        }
        if (!disk.struck()) {
            disk.arm({.kind = Fault::Kind::PowerCut, .at_call = 1});
        }
    }

    void acknowledge(Position durable) {
        report_.acknowledged += durable - acknowledged_;
        acknowledged_ = durable;
    }

    /// Load, fold the rest, compare with what all entries of the log come to.
    bool recover(Data& data, const SimulatedFiles& disk) {
        Status done = load(data);
        if (done.ok()) {
            done = fold_rest(data);
        }
        if (!done.ok()) {
            if (!disk.struck()) {
                fail(report_.refused, 1, done.error().message);
            }
            return false;
        }
        data.folded = data.log->end();
        compare(data);
        return report_.failures() == 0;
    }

    static Status load(Data& data) {
        const auto take = [&](std::string_view key, std::string_view value) {
            ByteReader in(value);
            const auto count = in.fixed<std::uint64_t>();
            data.sums[std::string(key)] = {count, in.fixed<std::uint64_t>()};
            return true;
        };
        return data.store->scan(Family::Customers, {}, take);
    }

    /// Folds what the log holds behind the store's position.
    Status fold_rest(Data& data) {
        const Position start = data.store->position();
        const auto take = [&](Position at, std::string_view entry) {
            if (at >= start) {
                fold(data.sums, entry);
                data.dirty.emplace(ByteReader(entry).text());
                ++report_.folded_again;
            }
        };
        return read_log(*data.log, start, [&](const LogBatch& batch) { batch.for_each(take); });
    }

    void compare(const Data& data) {
        const Position end = data.log->end();
        if (end < acknowledged_) {
            fail(
                report_.lost,
                acknowledged_ - end,
                "the log ends at " + to_string(end) + ", " + to_string(acknowledged_) +
                    " was acknowledged"
            );
            return;
        }
        entries_.resize(end.index);
        acknowledged_ = end;
        Sums expected;
        for (const std::string& entry : entries_) {
            fold(expected, entry);
        }
        if (data.sums != expected) {
            fail(report_.diverged, 1, "the state is not that of the log up to " + to_string(end));
        }
    }

    void act(Data& data) {
        switch (random_() % 8) {
        case 0:
            (void)data.log->flush();
            break;
        case 1:
            write_behind(data);
            break;
        case 2:
            (void)data.store->flush();
            break;
        default:
            append(data);
        }
    }

    void append(Data& data) {
        LogEntries entries;
        std::vector<std::string> texts;
        for (std::uint64_t count = 1 + random_() % 5; count > 0; --count) {
            std::string text;
            ByteWriter out(text);
            out.text("customer " + std::to_string(random_() % kCustomers));
            out.varint(random_() % 1000);
            entries.add(text);
            texts.push_back(std::move(text));
        }
        const Result<LogRange> range = data.log->append({}, entries);
        if (!range.ok()) {
            return;
        }
        for (std::string& text : texts) {
            ByteReader in(text);
            data.dirty.emplace(in.text());
            fold(data.sums, text);
            entries_.push_back(std::move(text));
        }
        data.folded = range.value().end;
    }

    void write_behind(Data& data) const {
        // Everything folded must be durable first: a state may not know what the log will have
        // forgotten.
        if (options_.mutant != DataMutant::StateAhead && !data.log->flush().ok()) {
            return;
        }
        StateBatch batch;
        for (const std::string& customer : data.dirty) {
            batch.put(Family::Customers, customer, encode(data.sums[customer]));
        }
        Position position = data.folded;
        if (options_.mutant == DataMutant::PositionAhead) {
            position = position + 1;
        } else if (options_.mutant == DataMutant::PositionBehind && position.index > 0) {
            position.index -= 1;
        }
        if (data.store->write(batch, std::max(position, data.store->position())).ok()) {
            data.dirty.clear();
        }
    }

    DataTorture options_;
    std::mt19937_64 random_;
    std::uint64_t cuts_;
    std::string replay_;
    DataTortureReport report_;
    std::vector<std::string> entries_;  // All that the log has taken and not lost, by position.
    Position acknowledged_;
};

}  // namespace

DataTortureReport torture_data(const DataTorture& options) {
    DataTortureReport all;
    for (std::uint64_t seed = options.seed; all.cuts < options.cuts && all.failures() == 0;
         ++seed) {
        Run run(options, seed, std::min(kCutsPerDisk, options.cuts - all.cuts));
        const DataTortureReport one = run.all();
        all.cuts += one.cuts;
        all.acknowledged += one.acknowledged;
        all.folded_again += one.folded_again;
        all.lost += one.lost;
        all.diverged += one.diverged;
        all.refused += one.refused;
        if (all.first_failure.empty()) {
            all.first_failure = one.first_failure;
        }
    }
    return all;
}

}  // namespace attune::host
