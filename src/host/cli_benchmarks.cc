#include <array>

#include <fmt/format.h>

#include "host/bench.h"
#include "host/command_line.h"
#include "host/commands.h"

namespace attune::host {

namespace {

struct Benchmark {
    std::string_view name;
    std::string_view question;
    int (*run)(std::span<const std::string> args);
};

constexpr std::array kBenchmarks{
    Benchmark{
        "reference", "how fast is the reference job from memory, on one core?", bench_reference},
    Benchmark{
        "ingest",
        "how many events a second over HTTP, each acknowledged when durable?",
        bench_ingest},
    Benchmark{
        "start", "how soon is a server ready, from its state and from its log alone?", bench_start},
    Benchmark{
        "decide", "how long does a decision take over HTTP while events come in?", bench_decide},
};

}  // namespace

int run_bench(std::span<const std::string> args) {
    const bool list = args.empty() || args[0] == "--list" || args[0] == "--help";
    for (const Benchmark& benchmark : kBenchmarks) {
        if (list) {
            fmt::print("{:<12} {}\n", benchmark.name, benchmark.question);
        } else if (benchmark.name == args[0]) {
            return benchmark.run(args.subspan(1));
        }
    }
    if (list) {
        return kDone;
    }
    fmt::print(
        stderr, "attune bench: there is no benchmark \"{}\"\nhint: attune bench --list\n", args[0]
    );
    return kWrongUsage;
}

}  // namespace attune::host
