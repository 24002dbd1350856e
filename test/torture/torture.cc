// The program behind `./dev torture`: power cuts, failing calls and turned bits against log, state
// and the whole server on a simulated disk, and the mistakes that must be noticed.

#include "log/torture.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "host/torture_data.h"
#include "host/torture_faults.h"
#include "host/torture_pair.h"
#include "host/torture_server.h"
#include "log/segments/small_log.h"
#include "state/rocksdb/rocks_store.h"
#include "state/torture.h"

namespace {

using namespace attune;

struct Sum {
    std::uint64_t cuts = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t lost = 0;
    std::uint64_t duplicated = 0;
    int passed = 0;
    int failed = 0;
};

void tell(Sum& sum, const std::string& name, bool passed, const std::string& what) {
    (passed ? sum.passed : sum.failed) += 1;
    fmt::print("  {:<7} {}: {}\n", passed ? "ok" : "FAILED", name, what);
    std::fflush(stdout);
}

torture::OpenLog log_opener(segments::Mutant mutant) {
    return [mutant](files::FileSystem& disk) {
        return segments::open_log(segments::small_log(disk, mutant));
    };
}

Result<std::unique_ptr<StateStore>> open_state(files::FileSystem& disk) {
    return rocks::open_store({.folder = "state", .memory_bytes = 1U << 20U, .files = &disk});
}

void tell_log(Sum& sum, const std::string& name, const torture::Report& report) {
    sum.acknowledged += report.acknowledged;
    sum.lost += report.lost;
    tell(
        sum,
        name,
        report.failures() == 0,
        report.failures() == 0
            ? fmt::format("{} faults, {} acknowledged", report.cuts, report.acknowledged)
            : report.first_failure
    );
}

void tell_state(Sum& sum, const std::string& name, const torture::StateReport& report) {
    sum.lost += report.lost;
    tell(
        sum,
        name,
        report.failures() == 0,
        report.failures() == 0 ? fmt::format("{} faults, {} writes", report.cuts, report.writes)
                               : report.first_failure
    );
}

void torture_parts(Sum& sum, std::uint64_t seed, std::uint64_t cuts) {
    const torture::OpenLog log = log_opener(segments::Mutant::None);
    const torture::Report log_cuts = torture::cut_power({.seed = seed, .cuts = cuts}, log);
    sum.cuts += log_cuts.cuts;
    tell_log(sum, "log, power cuts", log_cuts);
    tell_log(sum, "log, every call fails", torture::fail_every_call({.seed = seed}, log));
    tell_log(sum, "log, turned bits", torture::flip_bits({.seed = seed}, log, 5));
    const torture::StateReport state_cuts =
        torture::cut_power({.seed = seed, .cuts = cuts / 4}, open_state);
    sum.cuts += state_cuts.cuts;
    tell_state(sum, "state, power cuts", state_cuts);
    tell_state(sum, "state, calls fail", torture::fail_every_call({.seed = seed}, open_state, 5));
    tell_state(sum, "state, turned bits", torture::flip_bits({.seed = seed}, open_state, 40));
    const host::DataTortureReport data = host::torture_data({.seed = seed, .cuts = cuts / 4});
    sum.cuts += data.cuts;
    sum.acknowledged += data.acknowledged;
    sum.lost += data.lost;
    tell(
        sum,
        "log and state together, power cuts",
        data.failures() == 0,
        data.failures() == 0 ? fmt::format("{} cuts, {} acknowledged", data.cuts, data.acknowledged)
                             : data.first_failure
    );
}

void torture_whole(Sum& sum, std::uint64_t seed, std::uint64_t cuts) {
    const host::ServerTortureReport report = host::torture_server({.seed = seed, .cuts = cuts});
    sum.cuts += report.cuts;
    sum.acknowledged += report.acknowledged;
    sum.lost += report.lost;
    sum.duplicated += report.duplicated;
    tell(
        sum,
        "server, power cuts",
        report.failures() == 0,
        report.failures() == 0 ? fmt::format(
                                     "{} cuts, {} acknowledged, {} effects in {} attempts, {} "
                                     "customers erased",
                                     report.cuts,
                                     report.acknowledged,
                                     report.effects,
                                     report.attempts,
                                     report.erased
                                 )
                               : report.first_failure
    );
}

void tell_faults(Sum& sum, const std::string& name, const host::FaultTortureReport& report) {
    sum.acknowledged += report.acknowledged;
    sum.lost += report.lost;
    tell(
        sum,
        name,
        report.failures() == 0,
        report.failures() == 0 ? fmt::format(
                                     "{} faults, {} named, {} acknowledged",
                                     report.faults,
                                     report.named,
                                     report.acknowledged
                                 )
                               : report.first_failure
    );
}

void torture_two(Sum& sum, std::uint64_t seed, std::uint64_t cuts) {
    const host::PairTortureReport report = host::torture_pair({.seed = seed, .cuts = cuts});
    sum.cuts += report.cuts;
    sum.acknowledged += report.acknowledged;
    sum.lost += report.lost;
    tell(
        sum,
        "leader and standby, power and link cut",
        report.failures() == 0,
        report.failures() == 0
            ? fmt::format(
                  "{} cuts, {} promotions, {} acknowledged, {} lost, {} late acknowledgements",
                  report.cuts,
                  report.promotions,
                  report.acknowledged,
                  report.lost,
                  report.late
              )
            : report.first_failure
    );
}

void torture_pair_mutants(Sum& sum) {
    constexpr std::uint64_t kCutsMax = 3'000;
    for (const auto& [name, mutant] :
         {std::pair(
              "standby acknowledges before its own sync", replication::Mutant::AcknowledgeBeforeSync
          ),
          std::pair("epoch ignored", replication::Mutant::IgnoreEpoch)}) {
        const host::PairTortureReport report =
            host::torture_pair({.seed = 1, .cuts = kCutsMax, .mutant = mutant});
        tell(
            sum,
            fmt::format("mistake \"{}\"", name),
            report.lost + report.late > 0,
            fmt::format("caught after {} cuts", report.cuts)
        );
    }
}

/// Every mistake must be noticed; the seed is fixed, as this is about the harness.
void torture_mutants(Sum& sum) {
    constexpr std::uint64_t kCutsMax = 1'000;
    for (const auto& [name, mutant] :
         {std::pair("acknowledge before sync", segments::Mutant::AcknowledgeBeforeSync),
          std::pair("skip sync", segments::Mutant::SkipSync),
          std::pair("skip folder sync", segments::Mutant::SkipFolderSync),
          std::pair("accept torn tail", segments::Mutant::AcceptTornTail),
          std::pair("skip checksums", segments::Mutant::SkipChecksums)}) {
        const torture::Report report =
            torture::cut_power({.seed = 1, .cuts = kCutsMax}, log_opener(mutant));
        tell(
            sum,
            fmt::format("mistake \"{}\"", name),
            report.failures() > 0,
            fmt::format("caught after {} cuts", report.cuts)
        );
    }
    for (const auto& [name, mutant] :
         {std::pair("mark before delivery", runtime::Mutant::MarkBeforeDelivery),
          std::pair("send before durable", runtime::Mutant::SendBeforeDurable),
          std::pair("position ahead", runtime::Mutant::PositionAhead),
          std::pair("state ahead of log", runtime::Mutant::StateAhead)}) {
        const host::ServerTortureReport report =
            host::torture_server({.seed = 1, .cuts = kCutsMax, .mutant = mutant});
        tell(
            sum,
            fmt::format("mistake \"{}\"", name),
            report.failures() > 0,
            fmt::format("caught after {} cuts", report.cuts)
        );
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::uint64_t seed = 1;
    std::uint64_t cuts = 1'000;
    CLI::App app("Power cuts, failing calls and turned bits on a simulated disk", "./dev torture");
    app.add_option("--seed", seed, "Decides everything")->capture_default_str();
    app.add_option("--cuts", cuts, "Power cuts of the whole server")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    Sum sum;
    torture_whole(sum, seed, cuts);
    // A run of 1,000 cuts lets every call fail; a smaller one, some of them.
    const std::uint64_t stride =
        std::max<std::uint64_t>(1, 1'000 / std::max<std::uint64_t>(cuts, 1));
    tell_faults(
        sum,
        "server, every call fails",
        host::fail_every_server_call({.seed = seed, .stride = stride})
    );
    tell_faults(
        sum,
        "server, turned bits in every file",
        host::flip_every_server_bit({.seed = seed, .stride = 50 * stride})
    );
    torture_parts(sum, seed, cuts);
    torture_two(sum, seed, cuts);
    torture_mutants(sum);
    torture_pair_mutants(sum);
    fmt::print(
        "{} cuts, {} acknowledged, {} lost, {} duplicated\n{} passed, {} failed\n",
        sum.cuts,
        sum.acknowledged,
        sum.lost,
        sum.duplicated,
        sum.passed,
        sum.failed
    );
    return sum.failed == 0 ? 0 : 1;
}
