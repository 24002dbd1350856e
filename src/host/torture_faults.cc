#include "host/torture_faults.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "files/simulated.h"
#include "host/backup.h"
#include "host/torture_life.h"
#include "host/torture_oracle.h"
#include "log/segments/inspect.h"

namespace attune::host {
namespace {

using files::Fault;
using files::SimulatedFiles;

constexpr SimulatedFiles::Options kDisk{.journaled = true};
constexpr const char* kBackup = "backup";
constexpr const char* kRestored = "restored";
constexpr std::uint64_t kErased = 5;
constexpr const char* kDecision = "d00000000000000a1";
constexpr const char* kDecisionJson =
    R"({"id":"d00000000000000a1","customer":"c00000000000000b2"})";
constexpr const char* kQuarantined = R"({"reason":"it fits no schema"})";

/// What clients know; it outlives each life of the server.
struct Clients {
    ServerTortureReport report;
    TortureOracle oracle;
    ManualClock clock{TortureLife::kStart};

    Clients() : oracle(report, "") {}
    Clients(const Clients& other, const std::string& replay)
        : oracle(other.oracle), clock(other.clock.now()) {
        oracle.report_to(report, replay);
    }
};

/// The first thing that did not succeed, if any.
class Steps {
public:
    bool take(const std::string& step, const Status& status) {
        if (!status.ok() && failed_.empty()) {
            failed_ = step;
            error_ = status.error();
        }
        return status.ok();
    }
    [[nodiscard]] bool ok() const { return failed_.empty(); }
    [[nodiscard]] std::string text() const { return failed_ + ": " + error_.message; }
    /// Whether it says what the disk, or the log because of it, has answered.
    [[nodiscard]] bool named() const {
        for (const char* why :
             {"Input/output error", "No space left", "the log", "look at the disk"}) {
            if (error_.message.find(why) != std::string::npos) {
                return true;
            }
        }
        return false;
    }

private:
    std::string failed_;
    Error error_{Error::Kind::Unavailable, ""};
};

std::shared_ptr<const program::Program> another_program() {
    static const auto program = TortureLife::compile(
        std::string(TortureOracle::workspace()) + "# published while events come in\n"
    );
    return program;
}

/// Each customer does something of each type.
void send_round(TortureLife& life, Clients& clients, Steps& steps) {
    for (std::uint64_t who = 0; who < TortureOracle::kCustomers; ++who) {
        for (std::size_t type = 0; type < TortureOracle::kTypeCount; ++type) {
            if (clients.oracle.make(who, type) != nullptr) {
                life.send(clients.oracle.events().size() - 1, type == 0);
            }
        }
        life.run();
        steps.take("the log's sync", life.log().flush());
        life.run();
    }
}

Status back_up_all(SimulatedFiles& disk) {
    const Result<BackupReport> report = back_up(disk, TortureLife::kFolder, kBackup);
    return report.ok() ? Status(Done{}) : Status(report.error());
}

/// A backup, an erasure, and a backup that forgets. After an error of the erasure the life ends;
/// see TortureLife::erase.
void spend_the_rest(TortureLife& life, Clients& clients, SimulatedFiles& disk, Steps& steps) {
    steps.take("backup", back_up_all(disk));
    if (!steps.take("erasure", life.erase(kErased))) {
        return;
    }
    send_round(life, clients, steps);
    steps.take("write-behind", life.write_behind());
    if (steps.take("backup", back_up_all(disk))) {
        steps.take("search", life.search(kBackup));
    }
    send_round(life, clients, steps);
}

/// What the log said when it stopped goes to `stopped`.
Steps spend_a_day(SimulatedFiles& disk, Clients& clients, std::optional<Error>& stopped) {
    Steps steps;
    TortureLife life(clients.oracle, clients.clock, {.packing = segments::Packing::Lz4});
    if (!steps.take("start", life.open(disk))) {
        return steps;
    }
    send_round(life, clients, steps);
    life.runtime().kept().keep_decision(kDecision, kDecisionJson);
    life.runtime().kept().keep_quarantined(Position{1}, kQuarantined);
    steps.take("publish", life.publish(another_program()));
    for (int calls = 0; calls < 4 && life.open_calls() > 0; ++calls) {
        life.finish_call(calls != 1, calls != 2);
        life.run();
    }
    send_round(life, clients, steps);
    steps.take("write-behind", life.write_behind());
    steps.take("the state's flush", life.store().flush());
    spend_the_rest(life, clients, disk, steps);
    stopped = life.stopped();
    return steps;
}

/// Starts on a disk and brings everything to its end; an Error is what a start or a step says.
Status check_life(SimulatedFiles& disk, Clients& clients) {
    TortureLife life(clients.oracle, clients.clock, {.packing = segments::Packing::Lz4});
    if (Status opened = life.open(disk); !opened.ok()) {
        return opened;
    }
    life.check_state();
    const Result<std::optional<std::string>> decision = life.runtime().kept().decision(kDecision);
    if (!decision.ok()) {
        return decision.error();
    }
    if (decision.value() && *decision.value() != kDecisionJson) {
        clients.oracle.wrong("the decision is " + *decision.value());
    }
    const auto quarantined = life.runtime().kept().quarantined(std::nullopt, 10);
    if (!quarantined.ok()) {
        return quarantined.error();
    }
    for (const runtime::Kept::Quarantined& one : quarantined.value()) {
        if (one.json != kQuarantined) {
            clients.oracle.wrong("the quarantined event is " + one.json);
        }
    }
    if (!life.finish()) {
        clients.oracle.fail(clients.report.lost, 1, "events or effects are never done with");
    }
    life.check_state();
    clients.oracle.check_effects();
    return Done{};
}

void take_over(const ServerTortureReport& found, FaultTortureReport& report) {
    report.lost += found.lost;
    report.wrong += found.wrong + found.duplicated;
    report.refused += found.refused;
    if (report.first_failure.empty()) {
        report.first_failure = found.first_failure;
    }
}

void blame(FaultTortureReport& report, std::uint64_t& counter, const std::string& what) {
    ++counter;
    if (report.first_failure.empty()) {
        report.first_failure = what;
    }
}

/// What a process finds that starts on what the faulty day has left.
void check_after(
    SimulatedFiles& disk,
    const Clients& before,
    FaultTortureReport& report,
    const std::string& replay
) {
    Clients clients(before, replay);
    Status checked = check_life(disk, clients);
    if (checked.ok()) {
        checked = back_up_all(disk);
    }
    take_over(clients.report, report);
    if (!checked.ok()) {
        blame(report, report.refused, checked.error().message + "; again with " + replay);
    }
}

/// False once the day needs fewer calls.
bool fail_call(const Fault& fault, const FaultTorture& options, FaultTortureReport& report) {
    const std::string replay = "fault " + std::to_string(static_cast<int>(fault.kind)) +
                               " at call " + std::to_string(fault.at_call);
    SimulatedFiles disk(kDisk);
    Clients clients;
    clients.oracle.report_to(clients.report, replay);
    disk.arm(fault);
    std::optional<Error> stopped;
    const Steps steps = spend_a_day(disk, clients, stopped);
    if (!disk.struck()) {
        return false;
    }
    disk.disarm();
    ++report.faults;
    report.acknowledged += clients.report.acknowledged;
    take_over(clients.report, report);
    const bool harmless =
        fault.kind == Fault::Kind::Short || fault.kind == Fault::Kind::Interrupted;
    if (harmless && (!steps.ok() || stopped)) {
        blame(report, report.refused, steps.text() + "; again with " + replay);
    }
    if (!steps.ok() && !stopped && !steps.named()) {
        blame(report, report.unnamed, steps.text() + "; again with " + replay);
    }
    check_after(*disk.after_kill(), clients, report, replay + ", killed");
    check_after(
        *disk.after_power_cut(options.seed + fault.at_call),
        clients,
        report,
        replay + ", then the power"
    );
    return true;
}

}  // namespace

FaultTortureReport fail_every_server_call(const FaultTorture& options) {
    FaultTortureReport report;
    std::mt19937_64 random(options.seed);
    for (const Fault::Kind kind :
         {Fault::Kind::IoError,
          Fault::Kind::NoSpace,
          Fault::Kind::Short,
          Fault::Kind::Interrupted}) {
        std::uint64_t call = 1 + random() % options.stride;
        while (report.failures() == 0 && fail_call({kind, call}, options, report)) {
            call += 1 + random() % (2 * options.stride - 1);
        }
    }
    return report;
}

namespace {

/// All that a log folder gives.
Result<std::string> text_of_log(SimulatedFiles& disk, const std::string& folder) {
    const Result<std::unique_ptr<Log>> log = segments::open_to_read(disk, folder);
    if (!log.ok()) {
        return log.error();
    }
    std::string text;
    const Status read = read_log(*log.value(), log.value()->begin(), [&](const LogBatch& batch) {
        text += to_string(batch.range.first) + " " + to_string(batch.stamp.now) + " " +
                std::to_string(batch.stamp.program) + "\n" + std::string(batch.entries);
    });
    return read.ok() ? Result<std::string>(std::move(text)) : Result<std::string>(read.error());
}

/// What comes of a backup: its log, and who is to stay erased.
Result<std::string> restored(SimulatedFiles& disk) {
    if (const auto report = restore(disk, kBackup, kRestored, {}); !report.ok()) {
        return report.error();
    }
    Result<std::string> text = text_of_log(disk, std::string(kRestored) + "/log");
    const Result<ErasureRecord> record = ErasureRecord::open(disk, kRestored);
    if (text.ok() && record.ok()) {
        text.value() += std::to_string(record.value().at(ErasureStage::Complete).size());
    }
    return text;
}

/// Whether an error names the file, or the folder of a program or of the database around it.
bool names(const Error& error, const std::string& path) {
    for (const char* whole : {"/programs/", "/state/db/"}) {
        if (const std::size_t at = path.find(whole); at != std::string::npos) {
            const std::size_t end = path.find('/', at + std::string_view(whole).size());
            return error.message.find(path.substr(0, std::min(end, path.size()))) !=
                       std::string::npos ||
                   error.message.find("the state") != std::string::npos;
        }
    }
    return error.message.find(path) != std::string::npos;
}

/// A disk after a day on which nothing failed, and what must come of it.
struct Whole {
    SimulatedFiles disk{kDisk};
    Clients clients;
    std::string restored_text;
};

void flip(
    const Whole& whole, const std::string& path, std::uint64_t bit, FaultTortureReport& report
) {
    const std::string replay = "bit " + std::to_string(bit) + " of \"" + path + "\" turned";
    const auto damaged = whole.disk.after_kill();
    damaged->flip_bit(path, bit);
    ++report.faults;
    Clients clients(whole.clients, replay);
    Status found = Done{};
    if (path.starts_with(kBackup)) {
        const Result<std::string> text = restored(*damaged);
        found = text.ok() ? Status(Done{}) : Status(text.error());
        if (text.ok() && text.value() != whole.restored_text) {
            clients.oracle.wrong("what is restored is not what was backed up");
        }
    } else {
        found = check_life(*damaged, clients);
    }
    take_over(clients.report, report);
    if (found.ok()) {
        return;
    }
    if (names(found.error(), path)) {
        ++report.named;
    } else {
        blame(report, report.unnamed, found.error().message + "; " + replay);
    }
}

}  // namespace

FaultTortureReport flip_every_server_bit(const FaultTorture& options) {
    FaultTortureReport report;
    Whole whole;
    std::optional<Error> stopped;
    const Steps steps = spend_a_day(whole.disk, whole.clients, stopped);
    if (!steps.ok()) {
        blame(report, report.refused, steps.text());
        return report;
    }
    report.acknowledged = whole.clients.report.acknowledged;
    const Result<std::string> text = restored(*whole.disk.after_kill());
    if (!text.ok()) {
        blame(report, report.refused, text.error().message);
        return report;
    }
    whole.restored_text = text.value();
    std::mt19937_64 random(options.seed);
    for (const auto& [path, bytes] : whole.disk.file_sizes()) {
        for (std::uint64_t at = random() % options.stride; at < bytes && report.failures() == 0;
             at += 1 + random() % (2 * options.stride - 1)) {
            flip(whole, path, at * 8 + random() % 8, report);
        }
    }
    return report;
}

}  // namespace attune::host
