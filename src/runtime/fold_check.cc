#include "runtime/fold_check.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/metrics.h"
#include "customer/blob.h"
#include "customer/blob_upgrade.h"
#include "runtime/runtime.h"
#include "runtime/test_loop.h"
#include "state/memory_store.h"

namespace attune::runtime {

namespace {

constexpr std::size_t kShownMax = 5;

/// A log for runtimes that only recover: nothing is added, and the owner's listener stays.
class ReadOnlyLog final : public Log {
public:
    explicit ReadOnlyLog(Log& log) : log_(log) {}

    Result<LogRange> append(const BatchStamp&, const LogEntries&) override { return only_read(); }
    [[nodiscard]] Position begin() const override { return log_.begin(); }
    [[nodiscard]] Position end() const override { return log_.durable(); }
    [[nodiscard]] Position durable() const override { return log_.durable(); }
    [[nodiscard]] Timestamp latest_now() const override { return log_.latest_now(); }
    Status seal() override { return only_read(); }
    [[nodiscard]] Position sealed() const override { return {}; }
    Status rewrite(const LogRewrite&) override { return only_read(); }
    void on_durable(std::function<void(Position)>) override {}
    Status flush() override { return Done{}; }
    [[nodiscard]] Result<std::unique_ptr<LogReader>> reader(Position from) override {
        return log_.reader(from);
    }
    Result<Position> trim(Position, const LogRetention&, Timestamp) override {
        return log_.begin();
    }
    [[nodiscard]] Status writable() const override { return Done{}; }

private:
    static Error only_read() {
        return {Error::Kind::Unavailable, "cannot change the log: it is only being read"};
    }

    Log& log_;
};

/// The program that the log's last batch was folded with; none when the log is empty.
Result<std::shared_ptr<const program::Program>> last_program(Log& log, Programs& programs) {
    std::optional<std::uint64_t> hash;
    const Status read =
        read_log(log, log.begin(), [&](const LogBatch& batch) { hash = batch.stamp.program; });
    if (!read) {
        return read.error();
    }
    return hash ? programs.get(*hash) : std::shared_ptr<const program::Program>();
}

Result<std::unique_ptr<MemoryStore>> copy_of(const StateStore& store) {
    auto copy = std::make_unique<MemoryStore>();
    for (const Family family : kFamilies) {
        StateBatch batch;
        const Status scanned = store.scan(family, {}, [&](auto key, auto value) {
            batch.put(family, key, value);
            return true;
        });
        if (!scanned) {
            return scanned.error();
        }
        if (Status written = copy->write(batch, store.position()); !written) {
            return written.error();
        }
    }
    return copy;
}

/// Brings `store` up to the end of the log.
Status fold_up(
    ReadOnlyLog& log,
    MemoryStore& store,
    Programs& programs,
    const std::shared_ptr<const program::Program>& program
) {
    TestLoops loops(1);
    const ManualClock clock(log.latest_now());
    Metrics metrics;
    Runtime::Options options;
    options.commons.log = &log;
    options.commons.clock = &clock;
    options.commons.programs = &programs;
    options.store = &store;
    options.metrics = &metrics;
    options.loops = loops.all();
    options.write_behind = Duration(0);
    Result<std::unique_ptr<Runtime>> runtime = Runtime::create(std::move(options), program);
    if (!runtime) {
        return runtime.error();
    }
    loops.run_at_once(true);
    return runtime.value()->write_behind();
}

/// Whether the state of a customer that nothing has touched since an earlier version wrote it is
/// what this one makes of the log.
bool same_since_before(std::string_view stored, std::string_view folded) {
    const Result<customer::Blob> old = customer::Blob::from_bytes(stored);
    Result<customer::Blob> now = customer::Blob::from_bytes(folded);
    if (!old || !now || old.value().judged_by() != customer::kJudgedByItsProgram) {
        return false;
    }
    now.value().set_judged_by(customer::kJudgedByItsProgram);
    return old.value().bytes() == now.value().bytes();
}

/// Counts what both sides hold of a family; `values` compares more than the keys.
std::size_t compare(
    Family family,
    const char* what,
    bool values,
    const std::pair<const MemoryStore*, const MemoryStore*>& sides,
    FoldCheck& check
) {
    const auto contents = [family](const MemoryStore& store) {
        std::map<std::string, std::string> all;
        // A store in memory has nothing that could fail.
        static_cast<void>(store.scan(family, {}, [&](auto key, auto value) {
            all.emplace(key, value);
            return true;
        }));
        return all;
    };
    std::map<std::string, std::string> folded = contents(*sides.second);
    const std::map<std::string, std::string> stored = contents(*sides.first);
    const auto differs = [&](const std::string& key, const char* how) {
        ++check.differences;
        if (check.first_differences.size() < kShownMax) {
            std::string name;
            for (const char byte : key) {
                constexpr const char* kDigits = "0123456789abcdef";
                const auto number = static_cast<unsigned char>(byte);
                name += family == Family::Outbox
                            ? std::string(1, byte)
                            : std::string{kDigits[number >> 4U], kDigits[number & 15U]};
            }
            check.first_differences.push_back(std::string(what) + " " + name + " " + how);
        }
    };
    for (const auto& [key, value] : stored) {
        const auto found = folded.find(key);
        if (found == folded.end()) {
            differs(key, "is stored, and the log does not give it");
            continue;
        }
        if (values && found->second != value &&
            !(family == Family::Customers && same_since_before(value, found->second))) {
            differs(key, "is not what the log gives");
        }
        folded.erase(found);
    }
    for (const auto& [key, value] : folded) {
        differs(key, "is given by the log, and is not stored");
    }
    return stored.size();
}

}  // namespace

Result<FoldCheck> check_fold(Log& log, const StateStore& store, Programs& programs) {
    ReadOnlyLog reading(log);
    FoldCheck check;
    check.begin = log.begin();
    check.state = store.position();
    check.end = log.durable();
    auto program = last_program(reading, programs);
    if (!program) {
        return program.error();
    }
    if (program.value() == nullptr) {
        check.compared = check.begin.index == 0;
        return check;
    }
    Result<std::unique_ptr<MemoryStore>> stored = copy_of(store);
    if (!stored) {
        return stored.error();
    }
    if (Status done = fold_up(reading, *stored.value(), programs, program.value()); !done) {
        return done.error();
    }
    MemoryStore folded;
    check.compared = check.begin.index == 0;
    if (check.compared) {
        if (Status done = fold_up(reading, folded, programs, program.value()); !done) {
            return done.error();
        }
    }
    const MemoryStore& other = check.compared ? folded : *stored.value();
    const std::pair<const MemoryStore*, const MemoryStore*> sides{stored.value().get(), &other};
    check.customers = compare(Family::Customers, "customer", true, sides, check);
    check.identifiers = compare(Family::Identifiers, "identifier", true, sides, check);
    // When a delivery is due again after a failed attempt is not in the log, whether it is owed is.
    check.deliveries = compare(Family::Outbox, "delivery", false, sides, check);
    return check;
}

}  // namespace attune::runtime
