#include <chrono>

#include <fmt/format.h>

#include "host/command_line.h"
#include "host/commands.h"
#include "host/line_file.h"
#include "host/progress.h"
#include "host/replay.h"
#include "host/server_process.h"

namespace attune::host {

namespace {

constexpr const char* kExamples = R"(Examples:
  attune replay examples/reference events.jsonl.gz
  attune replay shop monday.jsonl tuesday.jsonl.gz --json

The events are JSON Lines in Segment's form, compressed or not, in order of their timestamps.
Exit codes: 0 done; 1 a file could not be read, or the workspace is not sound; 2 wrong usage.)";

Status fold_file(const std::string& path, Replay& replay, Progress& progress) {
    Result<LineReader> reader = LineReader::open(path);
    if (!reader) {
        return reader.error();
    }
    std::string padded;
    while (true) {
        const Result<std::optional<std::string_view>> line = reader.value().next();
        if (!line) {
            return line.error();
        }
        if (!line.value()) {
            return Done{};
        }
        padded.assign(*line.value());
        padded.append(schema::kPadding, '\0');
        replay.line(std::string_view(padded).substr(0, line.value()->size()));
        if (replay.lines() % 50'000 == 0) {
            progress.at(replay.lines());
        }
    }
}

template <typename List>
void print_table(const char* title, const List& list, const std::vector<std::uint64_t>& counts) {
    if (list.empty()) {
        return;
    }
    fmt::print("\n{}\n", title);
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (!list[i].name.empty() || counts[i] > 0) {
            fmt::print(
                "  {:<32} {:>12}\n",
                list[i].name.empty() ? "(other)" : list[i].name,
                with_commas(counts[i])
            );
        }
    }
}

void print_counts(Replay& replay, double seconds) {
    const engine::Counts& counts = replay.population().effects().counts;
    const program::Program& program = replay.population().program();
    fmt::print(
        "{} lines: {} accepted, {} duplicates, {} rejected; {} customers; up to {}\n",
        with_commas(replay.lines()),
        with_commas(counts.accepted),
        with_commas(counts.duplicates),
        with_commas(counts.quarantined),
        with_commas(replay.population().customer_count()),
        to_string(replay.time())
    );
    if (!replay.first_rejection().empty()) {
        fmt::print("first rejected: {}\n", replay.first_rejection());
    }
    print_table("events", program.kinds, counts.kinds);
    print_table("rules", program.rules, counts.rules);
    print_table("patterns", program.patterns, counts.patterns);
    print_table("segments entered", program.segments, counts.segments_entered);
    print_table("segments left", program.segments, counts.segments_left);
    print_table("campaigns", program.campaigns, counts.campaigns);
    fmt::print(
        "\n{} lines/s\n",
        with_commas(static_cast<std::uint64_t>(
            static_cast<double>(replay.lines()) / std::max(seconds, 1e-9)
        ))
    );
}

}  // namespace

int run_replay(std::span<const std::string> args) {
    CLI::App app(
        "Folds event files in memory at full speed and prints what happened", "attune replay"
    );
    std::string workspace;
    std::vector<std::string> files;
    bool json = false;
    app.add_option("WORKSPACE", workspace, "A folder of YAML files, or one file")->required();
    app.add_option("FILE", files, "JSON Lines, .gz or not")->required();
    app.add_flag("--json", json, "Print one JSON object");
    app.footer(kExamples);
    if (const auto code = parse(app, args)) {
        return *code;
    }
    auto program = compile_workspace(workspace);
    if (!program) {
        return fail("attune replay", program.error().message);
    }
    Replay replay(std::move(program).value());
    const auto started = std::chrono::steady_clock::now();
    {
        Progress progress("lines", 0);
        for (const std::string& file : files) {
            if (const Status folded = fold_file(file, replay, progress); !folded) {
                return fail("attune replay", folded.error().message);
            }
        }
        replay.finish();
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    if (json) {
        fmt::print("{}\n", to_json(replay));
    } else {
        print_counts(replay, seconds);
    }
    return kDone;
}

}  // namespace attune::host
