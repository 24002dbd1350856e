#include "host/cli_log.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "files/posix.h"
#include "host/interrupt.h"
#include "log/segments/folder_reader.h"
#include "log/segments/inspect.h"

namespace attune::host {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
/// How often a followed log is looked at: quick for a person, cheap for the machine.
constexpr std::chrono::milliseconds kLookEvery{200};

constexpr const char* kExamples = R"(Examples:
  attune log ls data                        the segments, their positions and times
  attune log verify data                    every checksum, position and entry
  attune log dump data --from 100 --count 5 five entries from position 100 on
  attune log tail data --follow             what arrives, until Ctrl-C
  attune log tail data -n 3 --json          the last three entries, for a script

DIR is the data folder of a server, which may be running, or the log folder in it.
Exit codes: 0 fine; 1 it could not be read, or is damaged; 2 wrong usage.)";

struct Settings {
    std::string folder;
    std::uint64_t from = 0;
    std::uint64_t count = UINT64_MAX;
    std::uint64_t last = 10;
    bool follow = false;
    bool json = false;
};

int fail(const Error& error) {
    fmt::print(stderr, "attune log: {}\n", error.message);
    return kFailed;
}

/// The log's folder, given it or the data folder around it.
std::string log_folder(const std::string& folder) {
    const std::string inner = folder + "/log";
    return files::posix().list(inner).ok() ? inner : folder;
}

/// Any bytes as a JSON string: what is not printable ASCII by its number, so nothing is lost.
std::string quoted(std::string_view bytes) {
    std::string text = "\"";
    for (const char byte : bytes) {
        const auto number = static_cast<unsigned char>(byte);
        if (byte == '"' || byte == '\\') {
            text += '\\';
            text += byte;
        } else if (number < 0x20 || number >= 0x7f) {
            text += fmt::format("\\u{:04x}", number);
        } else {
            text += byte;
        }
    }
    return text + '"';
}

/// What a batch of the reader is as stored.
struct Stored {
    segments::Packing packing = segments::Packing::None;
    std::uint64_t bytes = 0;
};

void print_batch(const LogBatch& batch, const Stored& stored, const Settings& settings) {
    const BatchStamp& stamp = batch.stamp;
    if (settings.json) {
        fmt::print(
            R"({{"batch":{},"now":"{}","program":"{:016x}","group":{},"groups":{},"entries":{},)"
            R"("packing":"{}","bytes":{},"stored":{}}})",
            batch.range.first.index,
            to_string(stamp.now),
            stamp.program,
            stamp.group,
            stamp.group_count,
            batch.count,
            to_string(stored.packing),
            batch.entries.size(),
            stored.bytes
        );
    } else {
        fmt::print(
            "batch {} at {}, {} entries, program {:016x}, group {} of {}",
            batch.range.first.index,
            to_string(stamp.now),
            batch.count,
            stamp.program,
            stamp.group,
            stamp.group_count
        );
        if (stored.packing != segments::Packing::None) {
            fmt::print(
                ", {} of {} bytes with {}",
                stored.bytes,
                batch.entries.size(),
                to_string(stored.packing)
            );
        }
    }
    fmt::print("\n");
}

void print_entry(Position at, std::string_view entry, const Settings& settings) {
    if (settings.json) {
        fmt::print("{{\"position\":{},\"entry\":{}}}\n", at.index, quoted(entry));
    } else {
        fmt::print("  {} {}\n", at.index, quoted(entry));
    }
}

/// Prints what is at or behind `from`, at most `left` places, batches without entries included.
void print_from(
    const LogBatch& batch,
    const Stored& stored,
    Position from,
    std::uint64_t& left,
    const Settings& settings
) {
    if (left == 0) {
        return;
    }
    print_batch(batch, stored, settings);
    if (batch.count == 0) {
        --left;
    }
    batch.for_each([&](Position at, std::string_view entry) {
        if (at >= from && left > 0) {
            print_entry(at, entry, settings);
            --left;
        }
    });
    std::fflush(stdout);
}

int list(const Settings& settings) {
    const auto segments = segments::list_segments(files::posix(), log_folder(settings.folder));
    if (!segments.ok()) {
        return fail(segments.error());
    }
    if (!settings.json) {
        fmt::print(
            "{:>20} {:>20} {:>12} {:7} {:24} {}\n",
            "first",
            "end",
            "bytes",
            "packing",
            "until",
            "file"
        );
    }
    for (const segments::SegmentSummary& segment : segments.value()) {
        fmt::print(
            fmt::runtime(
                settings.json
                    ? R"({{"first":{},"end":{},"bytes":{},"packing":"{}","until":"{}","file":"{}"}})"
                      "\n"
                    : "{:>20} {:>20} {:>12} {:7} {:24} {}\n"
            ),
            segment.first.index,
            segment.end.index,
            segment.bytes,
            to_string(segment.packing),
            to_string(segment.latest_now),
            segment.path
        );
    }
    return kDone;
}

int verify(const Settings& settings) {
    const auto verified = segments::verify_log(files::posix(), log_folder(settings.folder));
    if (!verified.ok()) {
        return fail(verified.error());
    }
    const segments::LogVerification& log = verified.value();
    fmt::print(
        fmt::runtime(
            settings.json
                ? R"({{"begin":{},"end":{},"segments":{},"batches":{},"entries":{},"bytes":{},)"
                  R"("unpacked":{}}})"
                  "\n"
                : "positions {} to {}: {} segments, {} batches, {} entries, {} bytes ({} "
                  "unpacked), "
                  "all as written\n"
        ),
        log.begin.index,
        log.end.index,
        log.segments,
        log.batches,
        log.entries,
        log.bytes,
        log.plain_bytes
    );
    if (!log.unfinished.empty() && !settings.json) {
        fmt::print(
            "behind them a write is under way, or a crash has left one: {}\n", log.unfinished
        );
    }
    return kDone;
}

/// Prints from a position on; waits for more when following.
int print(const Settings& settings, Position from) {
    const auto reader =
        segments::FolderReader::open(files::posix(), log_folder(settings.folder), from);
    if (!reader.ok()) {
        return fail(reader.error());
    }
    std::uint64_t left = settings.count;
    while (left > 0 && !interrupted()) {
        const Result<const LogBatch*> batch = reader.value()->next();
        if (!batch.ok()) {
            return fail(batch.error());
        }
        if (batch.value() != nullptr) {
            const segments::SegmentScanner& scanner = *reader.value()->scanner();
            const Stored stored{
                scanner.batch_packing(), scanner.batch_stored_bytes() - segments::kBatchHeadBytes};
            print_from(*batch.value(), stored, from, left, settings);
        } else if (settings.follow) {
            std::this_thread::sleep_for(kLookEvery);
        } else {
            break;
        }
    }
    return kDone;
}

int tail(const Settings& settings) {
    const auto segments = segments::list_segments(files::posix(), log_folder(settings.folder));
    if (!segments.ok()) {
        return fail(segments.error());
    }
    Position from;
    if (!segments.value().empty()) {
        const Position end = segments.value().back().end;
        from.index = end.index - std::min(end.index, settings.last);
    }
    return print(settings, from);
}

CLI::App* declare(CLI::App& app, const char* name, const char* what, Settings& settings) {
    CLI::App* command = app.add_subcommand(name, what);
    command->add_option("dir", settings.folder, "Data folder, or the log folder in it")->required();
    command->add_flag("--json", settings.json, "One JSON object a line");
    return command;
}

}  // namespace

int run_log(std::span<const std::string> args) {
    Settings settings;
    CLI::App app("Looks into a log on this machine.", "attune log");
    app.require_subcommand(1);
    app.footer(kExamples);
    const CLI::App* ls = declare(app, "ls", "List the segments", settings);
    const CLI::App* check = declare(app, "verify", "Check every checksum and entry", settings);
    CLI::App* dump = declare(app, "dump", "Print batches and entries", settings);
    dump->add_option("--from", settings.from, "First position")->capture_default_str();
    dump->add_option("--count", settings.count, "How many entries at most");
    CLI::App* last = declare(app, "tail", "Print the latest entries", settings);
    last->add_option("-n", settings.last, "How many")->capture_default_str();
    last->add_flag("-f,--follow", settings.follow, "Go on with what arrives, until Ctrl-C");
    try {
        app.parse(std::vector<std::string>(args.rbegin(), args.rend()));  // CLI11: reversed
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kDone : kWrongUsage;
    }
    if (ls->parsed()) {
        return list(settings);
    }
    if (check->parsed()) {
        return verify(settings);
    }
    return dump->parsed() ? print(settings, Position{settings.from}) : tail(settings);
}

}  // namespace attune::host
