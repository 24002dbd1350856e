#include "host/cli_backup.h"

#include <fmt/format.h>

#include "files/posix.h"
#include "host/backup.h"
#include "host/command_line.h"
#include "log/segments/inspect.h"
#include "runtime/fold_check.h"
#include "state/memory_store.h"
#include "state/rocksdb/rocks_store.h"

namespace attune::host {
namespace {

constexpr const char* kBackupExamples = R"(Examples:
  attune backup /var/lib/attune /mnt/backup     the first time all, then what is new
  attune backup data backup --json              one JSON object, for a script

The server may run. The folder holds nothing but the backup; every checksum in it is verified
before this ends. Keep it on another disk.
Exit codes: 0 it is up to date and verified; 1 it is not, and why; 2 wrong usage.)";

constexpr const char* kRestoreExamples = R"(Examples:
  attune restore /mnt/backup data                                  up to its end
  attune restore /mnt/backup data --to-time 2026-03-01T11:59:00Z   before somebody's mistake
  attune restore /mnt/backup data --to-position 123456

DATA must not exist. Afterwards: attune serve WORKSPACE --data DATA, which folds the log.
A batch of events that was made durable at once is restored whole or not at all.
Exit codes: 0 restored and verified; 1 not, and why; 2 wrong usage.)";

constexpr const char* kVerifyExamples = R"(Examples:
  attune verify data            a data folder; its server may run
  attune verify /mnt/backup     a backup

Checks every checksum of log and state, and that the state is what the log gives when it is folded
from its start, customer by customer.
Exit codes: 0 all is as it was written; 1 it is not, and what; 2 wrong usage.)";

int print(const BackupReport& report, const std::string& what, bool json) {
    if (json) {
        fmt::print(
            R"({{"from":{},"to":{},"latest":"{}","segments_copied":{},"bytes_copied":{},"entries":{}}})"
            "\n",
            report.begin.index,
            report.end.index,
            to_string(report.latest),
            report.segments_copied,
            report.bytes_copied,
            report.entries
        );
        return kDone;
    }
    if (!report.noted) {
        fmt::print(
            stderr,
            "attune backup: could not note the backup in the data folder; a server with "
            "--log-keep-for-backup goes on keeping its log\n"
        );
    }
    fmt::print(
        "{}: positions {} to {}, the last of {}; {} segments with {} bytes copied, {} entries "
        "verified{}\n",
        what,
        report.begin.index,
        report.end.index,
        to_string(report.latest),
        report.segments_copied,
        report.bytes_copied,
        report.entries,
        report.with_state ? "; with the state from before the log begins" : ""
    );
    return kDone;
}

/// Opens the state to be read, after checking its checksums as far as a running server lets us.
/// A store without content when there is none.
Result<std::unique_ptr<StateStore>> checked_state(const std::string& folder, bool& in_use) {
    rocks::StoreOptions options;
    options.folder = folder;
    if (!files::posix().list(folder).ok()) {
        return std::unique_ptr<StateStore>(std::make_unique<MemoryStore>());
    }
    const Status verified = rocks::verify_store(options);
    in_use = !verified.ok() && verified.error().kind == Error::Kind::Conflict;
    if (!verified.ok() && !in_use) {
        return verified.error();
    }
    return rocks::open_to_read(options);
}

Result<runtime::FoldCheck> verify_fold(const std::string& folder, bool& in_use) {
    // The state first: the log then reaches at least as far.
    const Result<std::unique_ptr<StateStore>> state = checked_state(folder + "/state", in_use);
    if (!state.ok()) {
        return state.error();
    }
    const Result<std::unique_ptr<Log>> log =
        segments::open_to_read(files::posix(), folder + "/log");
    if (!log.ok()) {
        return log.error();
    }
    runtime::Programs programs(files::posix(), folder + "/programs");
    return runtime::check_fold(*log.value(), *state.value(), programs);
}

void print(const runtime::FoldCheck& check, bool in_use) {
    fmt::print(
        "state: complete up to position {}; {}\n",
        check.state.index,
        in_use ? "a server has it open, so its blocks were checked by reading them"
               : "every checksum is right"
    );
    if (!check.compared) {
        fmt::print(
            "fold: the log begins at position {}, so there is nothing to compare the state with; "
            "what is there could be read and folded\n",
            check.begin.index
        );
        return;
    }
    fmt::print(
        "fold: {} customers, {} identifiers, {} deliveries, {} of them not what the log gives\n",
        check.customers,
        check.identifiers,
        check.deliveries,
        check.differences
    );
    for (const std::string& difference : check.first_differences) {
        fmt::print("  {}\n", difference);
    }
}

}  // namespace

int run_backup(std::span<const std::string> args) {
    CLI::App app("Brings a backup of a data folder up to date, and verifies it", "attune backup");
    std::string data;
    std::string to;
    bool json = false;
    app.add_option("DATA", data, "The data folder of a server, which may run")->required();
    app.add_option("DIR", to, "The backup; made when missing")->required();
    app.add_flag("--json", json, "One JSON object");
    app.footer(kBackupExamples);
    if (const auto code = parse(app, args)) {
        return *code;
    }
    const Result<BackupReport> report = back_up(files::posix(), data, to);
    return report.ok() ? print(report.value(), "backup", json)
                       : fail("attune backup", report.error().message);
}

int run_restore(std::span<const std::string> args) {
    CLI::App app("Makes a data folder from a backup", "attune restore");
    std::string from;
    std::string data;
    std::optional<std::uint64_t> position;
    std::string time;
    std::string erasures;
    bool json = false;
    app.add_option("DIR", from, "The backup")->required();
    app.add_option("DATA", data, "The data folder to make")->required();
    CLI::Option* const until =
        app.add_option("--to-position", position, "Only what lies before this place of the log");
    app.add_option("--to-time", time, "Only what was taken up to then: 2026-03-01T12:00:00Z")
        ->excludes(until);
    app.add_option(
        "--erasures", erasures, "Also erase whom this record names: DATA/erasures of the server"
    );
    app.add_flag("--json", json, "One JSON object");
    app.footer(kRestoreExamples);
    if (const auto code = parse(app, args)) {
        return *code;
    }
    RestoreUntil wanted;
    wanted.erasures = erasures;
    if (position) {
        wanted.position = Position{*position};
    }
    if (!time.empty()) {
        wanted.time = parse_timestamp(time);
        if (!wanted.time) {
            fmt::print(
                stderr,
                "attune restore: --to-time must be like 2026-03-01T12:00:00Z, got \"{}\"\n",
                time
            );
            return kWrongUsage;
        }
    }
    const Result<BackupReport> report = restore(files::posix(), from, data, wanted);
    return report.ok() ? print(report.value(), "restored", json)
                       : fail("attune restore", report.error().message);
}

int run_verify(std::span<const std::string> args) {
    CLI::App app("Checks a data folder or a backup", "attune verify");
    std::string folder;
    app.add_option("DIR", folder, "A data folder, or a backup")->required();
    app.footer(kVerifyExamples);
    if (const auto code = parse(app, args)) {
        return *code;
    }
    const Result<segments::LogVerification> log =
        segments::verify_log(files::posix(), folder + "/log");
    if (!log.ok()) {
        return fail("attune verify", log.error().message);
    }
    fmt::print(
        "log: positions {} to {}, {} segments, {} entries, every checksum is right\n",
        log.value().begin.index,
        log.value().end.index,
        log.value().segments,
        log.value().entries
    );
    bool in_use = false;
    const Result<runtime::FoldCheck> check = verify_fold(folder, in_use);
    if (!check.ok()) {
        return fail("attune verify", check.error().message);
    }
    print(check.value(), in_use);
    return check.value().differences == 0 ? kDone : kFailed;
}

}  // namespace attune::host
