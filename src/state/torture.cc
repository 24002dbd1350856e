#include "state/torture.h"

#include <algorithm>
#include <map>
#include <random>
#include <utility>

#include "files/simulated.h"

namespace attune::torture {

namespace {

using files::Fault;
using files::SimulatedFiles;

constexpr std::uint64_t kCutsPerDisk = 10;
/// RocksDB, which stands behind the store, makes a new file durable by syncing it alone.
constexpr SimulatedFiles::Options kDisk{.journaled = true};
constexpr std::uint64_t kKeys = 40;

using Content = std::map<std::string, std::string>;

constexpr Family kFamilies[] = {
    Family::Customers,
    Family::Identifiers,
    Family::Outbox,
    Family::Decisions,
    Family::Quarantine,
    Family::Meta};

std::string name_of(Family family, std::string_view key) {
    return std::to_string(static_cast<int>(family)) + ":" + std::string(key);
}

Result<Content> content_of(const StateStore& store) {
    Content content;
    for (const Family family : kFamilies) {
        const Status scanned =
            store.scan(family, {}, [&](std::string_view key, std::string_view value) {
                content[name_of(family, key)] = value;
                return true;
            });
        if (!scanned.ok()) {
            return scanned.error();
        }
    }
    return content;
}

/// Every write since the last check, and what the store must hold after it.
class StateOracle {
public:
    StateOracle() { history_[0] = {}; }

    void wrote(Position position, const StateBatch& batch) {
        Content content = history_.rbegin()->second;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const StateBatch::Change change = batch.at(i);
            const std::string name = name_of(change.family, change.key);
            if (change.put) {
                content[name] = change.value;
            } else {
                content.erase(name);
            }
        }
        history_[position.index] = std::move(content);
    }

    void flushed(Position position) { flushed_ = std::max(flushed_, position); }

    [[nodiscard]] Position latest() const { return {history_.rbegin()->first}; }

    void check(
        const StateStore& store,
        const SimulatedFiles& disk,
        StateReport& report,
        const std::string& replay
    ) {
        const auto fail = [&](std::uint64_t& counter, const std::string& what) {
            ++counter;
            if (report.first_failure.empty()) {
                report.first_failure = what + "; again with " + replay;
            }
        };
        const Position position = store.position();
        if (position < flushed_) {
            fail(
                report.lost,
                "position " + to_string(flushed_) + " was flushed, the store is at " +
                    to_string(position)
            );
        }
        const auto expected = history_.find(position.index);
        const Result<Content> content = content_of(store);
        if (!content.ok()) {
            if (!disk.struck()) {
                fail(report.refused, content.error().message);
            }
        } else if (expected == history_.end() || content.value() != expected->second) {
            fail(report.wrong, "the content is not that of position " + to_string(position));
        }
        if (position > flushed_) {
            ++report.unflushed_kept;
        }
        history_.erase(history_.upper_bound(position.index), history_.end());
        flushed_ = position;
    }

private:
    std::map<std::uint64_t, Content> history_;
    Position flushed_;
};

StateBatch some_batch(std::mt19937_64& random, std::uint64_t life) {
    StateBatch batch;
    for (std::uint64_t count = random() % 8; count > 0; --count) {
        const Family family = kFamilies[random() % std::size(kFamilies)];
        const std::string key = "key " + std::to_string(random() % kKeys);
        if (random() % 4 == 0) {
            batch.erase(family, key);
        } else {
            const auto letter = static_cast<char>('a' + random() % 26);
            batch.put(family, key, std::to_string(life) + std::string(random() % 600, letter));
        }
    }
    return batch;
}

void refuse(StateReport& report, const Error& error, const std::string& replay) {
    ++report.refused;
    if (report.first_failure.empty()) {
        report.first_failure = error.message + "; again with " + replay;
    }
}

void write_some(
    StateStore& store,
    const SimulatedFiles& disk,
    std::mt19937_64& random,
    std::uint64_t life,
    StateOracle& oracle,
    StateReport& report
) {
    for (std::uint64_t acts = 5 + random() % 40; acts > 0 && !disk.struck(); --acts) {
        if (random() % 6 == 0) {
            (void)store.flush();
            oracle.flushed(store.durable());
            continue;
        }
        const StateBatch batch = some_batch(random, life);
        const Position position = oracle.latest() + 1 + random() % 5;
        if (store.write(batch, position).ok()) {
            oracle.wrote(position, batch);
            ++report.writes;
        }
    }
}

void run_disk(std::uint64_t seed, std::uint64_t cuts, const OpenStore& open, StateReport& report) {
    std::mt19937_64 random(seed);
    StateOracle oracle;
    auto disk = std::make_unique<SimulatedFiles>(kDisk);
    const std::string replay = "--seed " + std::to_string(seed) + " --cuts " + std::to_string(cuts);
    for (std::uint64_t life = 0; life <= cuts && report.failures() == 0; ++life) {
        disk->arm({.kind = Fault::Kind::PowerCut, .at_call = 1 + random() % 500});
        if (life == cuts) {
            disk->disarm();  // The last life is there to look.
        }
        {
            const Result<std::unique_ptr<StateStore>> store = open(*disk);
            if (store.ok()) {
                oracle.check(*store.value(), *disk, report, replay);
                write_some(*store.value(), *disk, random, life, oracle, report);
            } else if (!disk->struck()) {
                refuse(report, store.error(), replay);
            }
            if (!disk->struck()) {
                disk->arm({.kind = Fault::Kind::PowerCut, .at_call = 1});
            }
        }
        disk = random() % 6 == 0 ? disk->after_kill() : disk->after_power_cut(random());
        report.cuts += life == cuts ? 0 : 1;
    }
}

}  // namespace

StateReport cut_power(const StateOptions& options, const OpenStore& open) {
    StateReport report;
    for (std::uint64_t seed = options.seed; report.cuts < options.cuts && report.failures() == 0;
         ++seed) {
        run_disk(seed, std::min(kCutsPerDisk, options.cuts - report.cuts), open, report);
    }
    return report;
}

namespace {

/// A fixed run; goes on where it can after a failure.
void run_script(
    SimulatedFiles& disk, const OpenStore& open, StateOracle& oracle, StateReport& report
) {
    const Result<std::unique_ptr<StateStore>> store = open(disk);
    if (!store.ok()) {
        return;
    }
    std::mt19937_64 random(1);
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 5; ++i) {
            const StateBatch batch = some_batch(random, 0);
            const Position position = oracle.latest() + 1;
            if (store.value()->write(batch, position).ok()) {
                oracle.wrote(position, batch);
                ++report.writes;
            }
        }
        (void)store.value()->flush();
        oracle.flushed(store.value()->durable());
    }
}

void check_after(
    std::unique_ptr<SimulatedFiles> disk,
    const OpenStore& open,
    StateOracle oracle,
    StateReport& report,
    const std::string& replay
) {
    const Result<std::unique_ptr<StateStore>> store = open(*disk);
    if (store.ok()) {
        oracle.check(*store.value(), *disk, report, replay);
    } else {
        refuse(report, store.error(), replay);
    }
}

}  // namespace

StateReport fail_every_call(
    const StateOptions& options, const OpenStore& open, std::uint64_t stride
) {
    StateReport report;
    std::mt19937_64 random(options.seed);
    for (const Fault::Kind kind : {Fault::Kind::IoError, Fault::Kind::NoSpace}) {
        for (const bool for_ever : {false, true}) {
            for (std::uint64_t call = 1; report.failures() == 0; call += 1 + random() % stride) {
                SimulatedFiles disk(kDisk);
                StateOracle oracle;
                disk.arm({kind, call, for_ever});
                run_script(disk, open, oracle, report);
                if (!disk.struck()) {
                    break;
                }
                ++report.cuts;
                const std::string replay = "fault " + std::to_string(static_cast<int>(kind)) +
                                           " at call " + std::to_string(call);
                check_after(disk.after_kill(), open, oracle, report, replay);
                check_after(disk.after_power_cut(call), open, oracle, report, replay);
            }
        }
    }
    return report;
}

StateReport flip_bits(const StateOptions& options, const OpenStore& open, std::uint64_t stride) {
    StateReport report;
    SimulatedFiles disk(kDisk);
    StateOracle oracle;
    run_script(disk, open, oracle, report);
    std::mt19937_64 random(options.seed);
    for (const auto& [path, bytes] : disk.after_kill()->file_sizes()) {
        for (std::uint64_t at = random() % stride; at < bytes; at += 1 + random() % stride) {
            const auto damaged = disk.after_kill();
            damaged->flip_bit(path, at * 8 + random() % 8);
            ++report.cuts;
            const Result<std::unique_ptr<StateStore>> store = open(*damaged);
            const std::string replay =
                "a bit turned in \"" + path + "\" at offset " + std::to_string(at);
            if (!store.ok()) {
                continue;
            }
            StateReport found;
            StateOracle judge = oracle;
            judge.check(*store.value(), *damaged, found, replay);
            if (found.wrong + found.lost > 0) {
                ++report.wrong;
                report.first_failure = found.first_failure;
            }
        }
    }
    return report;
}

}  // namespace attune::torture
