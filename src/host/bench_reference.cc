#include <chrono>

#include <fmt/format.h>
#include <sys/resource.h>

#include "host/bench.h"
#include "host/command_line.h"
#include "host/line_file.h"
#include "host/progress.h"
#include "host/replay.h"
#include "host/server_process.h"
#include "value/json_writer.h"

// The reference job (docs/guide/benchmarks.md): parse, validate, drop repeats, features, patterns
// and rules, from memory.

namespace attune::host {

namespace {

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t fnv1a(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char byte : text) {
        hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
    }
    return hash;
}

/// The whole file as lines end to end, with readable bytes behind the last.
Result<std::string> load(const std::string& path) {
    Result<LineReader> reader = LineReader::open(path);
    if (!reader) {
        return reader.error();
    }
    std::string text;
    while (true) {
        const Result<std::optional<std::string_view>> line = reader.value().next();
        if (!line) {
            return line.error();
        }
        if (!line.value()) {
            break;
        }
        text.append(*line.value()).push_back('\n');
    }
    text.append(schema::kPadding, '\0');
    return text;
}

void fold(std::string_view text, Replay& replay) {
    const std::size_t end = text.size() - schema::kPadding;
    for (std::size_t at = 0; at < end;) {
        const std::size_t line_end = text.find('\n', at);
        replay.line(text.substr(at, line_end - at));
        at = line_end + 1;
    }
    replay.finish();
}

/// Over all customers: the hash of the user's id and the last products viewed, newest first.
std::uint64_t recent_products_hash(Replay& replay, const program::Program& program) {
    const auto feature = std::find_if(
        program.features.begin(),
        program.features.end(),
        [](const program::Feature& one) { return one.name == "recent_products"; }
    );
    std::uint64_t sum = 0;
    program::Frame& frame = replay.population().fold().frame();
    for (const auto& shard : replay.population().shards()) {
        shard->each([&](engine::Place place) {
            frame.bind(shard->id(place), shard->blob(place), replay.time());
            std::string text(frame.value(program::kUserIdSlot).as_string());
            text += '|';
            const Value products = frame.value(feature->slot);
            bool first = true;
            for (const Value& product : products.as_list()) {
                text += first ? "" : ",";
                text += product.as_string();
                first = false;
            }
            sum += fnv1a(text);
        });
    }
    return sum;
}

std::uint64_t state_bytes(Replay& replay) {
    std::uint64_t bytes = 0;
    for (const auto& shard : replay.population().shards()) {
        bytes += shard->state_bytes();
    }
    return bytes;
}

std::string answer_json(Replay& replay, const program::Program& program, double wall, double cpu) {
    const engine::Counts& counts = replay.population().effects().counts;
    const double millions = static_cast<double>(replay.lines()) / 1e6;
    std::string out;
    json::ObjectWriter object(out);
    object.number("lines", replay.lines());
    object.number("rejected", counts.quarantined);
    object.number("duplicate", counts.duplicates);
    object.number("accepted", counts.accepted);
    for (std::size_t i = 0; i < program.rules.size(); ++i) {
        object.number(program.rules[i].name, counts.rules[i]);
    }
    for (std::size_t i = 0; i < program.patterns.size(); ++i) {
        object.number(program.patterns[i].name, counts.patterns[i]);
    }
    object.text("recent_products_hash", program::hash_text(recent_products_hash(replay, program)));
    object.number(
        "events_per_second", static_cast<std::uint64_t>(static_cast<double>(replay.lines()) / wall)
    );
    object.raw("cpu_seconds_per_million", fmt::format("{:.3f}", cpu / millions));
    object.number("customers", replay.population().customer_count());
    object.number(
        "state_bytes_per_customer",
        state_bytes(replay) / std::max<std::uint64_t>(1, replay.population().customer_count())
    );
    object.close();
    return out;
}

}  // namespace

int bench_reference(std::span<const std::string> args) {
    CLI::App app("The reference job from memory, on one core", "attune bench reference");
    std::string input = "../shared/data/reference/events.jsonl.gz";
    std::string workspace = "examples/reference";
    std::uint32_t runs = 1;
    bool json = false;
    app.add_option("--input", input, "JSON Lines of the reference job, .gz or not")
        ->capture_default_str();
    app.add_option("--workspace", workspace, "The job as a workspace")->capture_default_str();
    app.add_option("--runs", runs, "Run so often and report the fastest")
        ->capture_default_str()
        ->check(CLI::Range(1, 100));
    app.add_flag("--json", json, "One JSON object as the last line");
    if (const auto code = parse(app, args)) {
        return *code;
    }
    auto program = compile_workspace(workspace);
    if (!program) {
        return fail("attune bench reference", program.error().message);
    }
    const Result<std::string> text = load(input);
    if (!text) {
        return fail("attune bench reference", text.error().message);
    }
    std::string answer;
    double best = 0;
    double best_cpu = 0;
    for (std::uint32_t run = 0; run < runs; ++run) {
        Replay replay(program.value());
        const double cpu_before = cpu_seconds();
        const auto started = std::chrono::steady_clock::now();
        fold(text.value(), replay);
        const double wall =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
        const double cpu = cpu_seconds() - cpu_before;
        if (run == 0 || wall < best) {
            best = wall;
            best_cpu = cpu;
            answer = answer_json(replay, *program.value(), wall, cpu);
        }
    }
    fmt::print("the reference job from memory, one core: {}\n", input);
    fmt::print(
        "  {:<28}{:>14}\n", "bytes read", with_commas(text.value().size() - schema::kPadding)
    );
    fmt::print(
        "  {:<28}{:>14.3f}\n  {:<28}{:>14.3f}\n", "wall seconds", best, "CPU seconds", best_cpu
    );
    fmt::print("{}\n", json ? answer : "  " + answer);
    return kDone;
}

}  // namespace attune::host
