#include "log/torture.h"

#include <algorithm>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "files/simulated.h"

namespace attune::torture {

namespace {

using files::Fault;
using files::SimulatedFiles;

/// After so many cuts a run starts over with a new disk and the next seed: each can be shown alone.
constexpr std::uint64_t kCutsPerDisk = 20;

class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
    bool one_in(std::uint64_t bound) { return below(bound) == 0; }

private:
    std::mt19937_64 engine_;
};

/// What the log must hold.
class Oracle {
public:
    /// Notes a batch that the log has taken.
    void appended(const LogRange& range, std::string entries) {
        batches_[range.first.index] = {range.end, std::move(entries)};
    }

    void acknowledged(Position durable) {
        if (durable > acknowledged_) {
            acknowledged_count_ += durable - acknowledged_;
            acknowledged_ = durable;
        }
    }

    void trimmed(Position begin) { begin_ = std::max(begin_, begin); }

    /// Compares with a log that has just been opened, and takes over what it holds: from now on
    /// that is promised.
    void check(Log& log, const SimulatedFiles& disk, Report& report, const std::string& replay) {
        const auto fail = [&](std::uint64_t& counter, std::uint64_t count, const std::string& what
                          ) {
            counter += count;
            if (report.first_failure.empty()) {
                report.first_failure = what + "; again with " + replay;
            }
        };
        if (log.end() < acknowledged_) {
            fail(
                report.lost,
                acknowledged_ - log.end(),
                "positions " + to_string(log.end()) + " to " + to_string(acknowledged_) +
                    " were acknowledged and are gone"
            );
        }
        Position next = log.begin();
        const Status read = read_log(log, next, [&](const LogBatch& batch) {
            const auto found = batches_.find(batch.range.first.index);
            if (batch.range.first != next || found == batches_.end() ||
                found->second.end != batch.range.end || found->second.entries != batch.entries) {
                fail(
                    report.wrong,
                    1,
                    "the batch at " + to_string(batch.range.first) + " is not what was appended"
                );
            }
            next = batch.range.end;
        });
        if (!read.ok() && disk.struck()) {
            // The power went while we looked.
        } else if (!read.ok()) {
            fail(report.refused, 1, read.error().message);
        } else if (next != log.end() || log.begin() > begin_) {
            fail(
                report.lost,
                1,
                "the log claims " + to_string(log.begin()) + " to " + to_string(log.end()) +
                    " and gives up to " + to_string(next)
            );
        }
        if (log.end() > acknowledged_) {
            report.unacknowledged_kept += log.end() - acknowledged_;
        }
        batches_.erase(batches_.lower_bound(log.end().index), batches_.end());
        acknowledged_ = log.end();
        begin_ = log.begin();
    }

    [[nodiscard]] std::uint64_t acknowledged_count() const { return acknowledged_count_; }

private:
    struct Batch {
        Position end;
        std::string entries;
    };

    std::map<std::uint64_t, Batch> batches_;
    Position begin_;
    Position acknowledged_;
    std::uint64_t acknowledged_count_ = 0;
};

void append_something(Log& log, Random& random, std::uint64_t life, Oracle& oracle) {
    LogEntries entries;
    for (std::uint64_t count = random.below(6); count > 0; --count) {
        // Never the same twice, so that a batch of an earlier life cannot pass for a later one.
        const std::string text =
            std::to_string(life) + "." + std::to_string(random.below(1U << 30U));
        entries.add(text, std::string(random.below(150), static_cast<char>('a' + life % 26)));
    }
    const Result<LogRange> range = log.append({.now = log.latest_now()}, entries);
    if (range.ok()) {
        oracle.appended(range.value(), std::string(entries.bytes()));
    }
}

void act(Log& log, Random& random, std::uint64_t life, Oracle& oracle) {
    if (random.one_in(3)) {
        (void)log.flush();
    } else if (random.one_in(25)) {
        const LogRetention retention{.bytes_max = 6000 + random.below(6000)};
        const Position keep{random.below(log.durable().index + 1)};
        if (const Result<Position> begin = log.trim(keep, retention, log.latest_now());
            begin.ok()) {
            oracle.trimmed(begin.value());
        } else {
            // Interrupted half way; whether it has removed anything is open.
            oracle.trimmed(keep);
        }
    } else {
        append_something(log, random, life, oracle);
    }
}

/// Opens the log, checks it against the oracle, works, until the power goes or the life is over.
void live(
    SimulatedFiles& disk,
    const OpenLog& open,
    Random& random,
    std::uint64_t life,
    Oracle& oracle,
    Report& report,
    const std::string& replay
) {
    const Result<std::unique_ptr<Log>> log = open(disk);
    if (disk.struck()) {
        return;  // Cut while starting.
    }
    if (!log.ok()) {
        ++report.refused;
        if (report.first_failure.empty()) {
            report.first_failure = log.error().message + "; again with " + replay;
        }
        return;
    }
    oracle.check(*log.value(), disk, report, replay);
    log.value()->on_durable([&](Position durable) { oracle.acknowledged(durable); });
    for (std::uint64_t acts = 5 + random.below(60); acts > 0 && !disk.struck(); --acts) {
        act(*log.value(), random, life, oracle);
    }
    if (!disk.struck()) {
        // At this very moment, with whatever is unsynced: nothing that closing would still write.
        disk.arm({.kind = Fault::Kind::PowerCut, .at_call = 1, .for_ever = true});
    }
}

Report run_disk(std::uint64_t seed, std::uint64_t cuts, const OpenLog& open) {
    Report report;
    Random random(seed);
    Oracle oracle;
    auto disk = std::make_unique<SimulatedFiles>();
    const std::string replay = "--seed " + std::to_string(seed) + " --cuts " + std::to_string(cuts);
    for (std::uint64_t life = 0; life <= cuts && report.failures() == 0; ++life) {
        if (!random.one_in(4)) {
            disk->arm({.kind = Fault::Kind::PowerCut, .at_call = 1 + random.below(120)});
        }
        if (life == cuts) {
            disk->disarm();  // The last life is there to look.
        }
        live(*disk, open, random, life, oracle, report, replay);
        disk =
            random.one_in(6) ? disk->after_kill() : disk->after_power_cut(random.below(1U << 30U));
        report.cuts += life == cuts ? 0 : 1;
    }
    report.acknowledged = oracle.acknowledged_count();
    return report;
}

}  // namespace

void Report::add(const Report& other) {
    cuts += other.cuts;
    acknowledged += other.acknowledged;
    unacknowledged_kept += other.unacknowledged_kept;
    lost += other.lost;
    wrong += other.wrong;
    refused += other.refused;
    if (first_failure.empty()) {
        first_failure = other.first_failure;
    }
}

Report cut_power(const Options& options, const OpenLog& open) {
    Report report;
    for (std::uint64_t seed = options.seed; report.cuts < options.cuts && report.failures() == 0;
         ++seed) {
        report.add(run_disk(seed, std::min(kCutsPerDisk, options.cuts - report.cuts), open));
    }
    return report;
}

namespace {

/// A fixed run: returns whether all of it succeeded.
bool run_script(SimulatedFiles& disk, const OpenLog& open, Oracle& oracle) {
    const Result<std::unique_ptr<Log>> log = open(disk);
    if (!log.ok()) {
        return false;
    }
    bool all_well = true;
    log.value()->on_durable([&](Position durable) { oracle.acknowledged(durable); });
    for (int i = 0; i < 12; ++i) {
        LogEntries entries;
        entries.add(std::to_string(i), std::string(600, 'x'));
        const Result<LogRange> range = log.value()->append({}, entries);
        if (range.ok()) {
            oracle.appended(range.value(), std::string(entries.bytes()));
        }
        all_well = range.ok() && log.value()->flush().ok() && all_well;
    }
    const Result<Position> begin = log.value()->trim(Position{8}, {.bytes_max = 1}, {});
    oracle.trimmed(Position{8});
    return begin.ok() && all_well;
}

void check_after(
    std::unique_ptr<SimulatedFiles> disk,
    const OpenLog& open,
    Oracle oracle,
    Report& report,
    const std::string& replay
) {
    const Result<std::unique_ptr<Log>> log = open(*disk);
    if (log.ok()) {
        oracle.check(*log.value(), *disk, report, replay);
        return;
    }
    ++report.refused;
    if (report.first_failure.empty()) {
        report.first_failure = log.error().message + "; again with " + replay;
    }
}

/// False once the run needs fewer calls than `call`.
bool fail_call(const Fault& fault, std::uint64_t seed, const OpenLog& open, Report& report) {
    SimulatedFiles disk;
    Oracle oracle;
    disk.arm(fault);
    const bool all_well = run_script(disk, open, oracle);
    if (!disk.struck()) {
        return false;
    }
    const std::string replay = "--seed " + std::to_string(seed) + ", fault " +
                               std::to_string(static_cast<int>(fault.kind)) + " at call " +
                               std::to_string(fault.at_call) +
                               (fault.for_ever ? " and for ever" : "");
    const bool only_slow =
        fault.kind == Fault::Kind::Short || fault.kind == Fault::Kind::Interrupted;
    if (only_slow && !fault.for_ever && !all_well) {
        ++report.refused;
        report.first_failure =
            "a call that was only cut short made the run fail; again with " + replay;
    }
    ++report.cuts;
    report.acknowledged += oracle.acknowledged_count();
    check_after(disk.after_kill(), open, oracle, report, replay);
    check_after(disk.after_power_cut(seed + fault.at_call), open, oracle, report, replay);
    return true;
}

}  // namespace

Report fail_every_call(const Options& options, const OpenLog& open) {
    Report report;
    for (const Fault::Kind kind :
         {Fault::Kind::IoError,
          Fault::Kind::NoSpace,
          Fault::Kind::Short,
          Fault::Kind::Interrupted}) {
        for (const bool for_ever : {false, true}) {
            std::uint64_t call = 1;
            while (report.failures() == 0 &&
                   fail_call({kind, call, for_ever}, options.seed, open, report)) {
                ++call;
            }
        }
    }
    return report;
}

namespace {

/// Everything that a log gives; an Error where it refuses.
Result<std::string> contents(SimulatedFiles& disk, const OpenLog& open) {
    const Result<std::unique_ptr<Log>> log = open(disk);
    if (!log.ok()) {
        return log.error();
    }
    std::string all = to_string(log.value()->begin()) + " to " + to_string(log.value()->end());
    const Status read = read_log(*log.value(), log.value()->begin(), [&](const LogBatch& batch) {
        all += "\n" + to_string(batch.range.first) + " " + to_string(batch.stamp.now) + " " +
               std::to_string(batch.stamp.program) + " " + std::to_string(batch.stamp.group) + " " +
               std::to_string(batch.stamp.group_count) + " " + std::string(batch.entries);
    });
    return read.ok() ? Result<std::string>(all) : Result<std::string>(read.error());
}

}  // namespace

Report flip_bits(const Options& options, const OpenLog& open, std::uint64_t stride) {
    Report report;
    SimulatedFiles disk;
    Oracle oracle;
    (void)run_script(disk, open, oracle);
    report.acknowledged = oracle.acknowledged_count();
    const std::string expected = contents(*disk.after_kill(), open).value();
    Random random(options.seed);
    for (const auto& [path, bytes] : disk.after_kill()->file_sizes()) {
        for (std::uint64_t at = 0; at < bytes; at += 1 + random.below(stride)) {
            const auto damaged = disk.after_kill();
            damaged->flip_bit(path, at * 8 + random.below(8));
            ++report.cuts;
            const Result<std::string> found = contents(*damaged, open);
            const bool named = !found.ok() && found.error().message.find(path) != std::string::npos;
            if (named || (found.ok() && found.value() == expected)) {
                continue;
            }
            ++report.wrong;
            if (report.first_failure.empty()) {
                report.first_failure =
                    "a bit turned in \"" + path + "\" at offset " + std::to_string(at) +
                    (found.ok() ? " was served" : " was not named: " + found.error().message);
            }
        }
    }
    return report;
}

}  // namespace attune::torture
