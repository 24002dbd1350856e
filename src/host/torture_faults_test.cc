#include "host/torture_faults.h"

#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>

namespace attune::host {
namespace {

/// ATTUNE_TORTURE_STRIDE asks for more of them: 1 for all.
FaultTorture every(std::uint64_t stride) {
    const char* wanted = std::getenv("ATTUNE_TORTURE_STRIDE");
    return {.seed = 1, .stride = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : stride};
}

void expect_clean(const FaultTortureReport& report) {
    std::cout << report.faults << " faults, " << report.named << " named, " << report.acknowledged
              << " acknowledged, " << report.lost << " lost, " << report.wrong << " wrong, "
              << report.refused << " refused, " << report.unnamed << " unnamed\n";
    EXPECT_EQ(report.failures(), 0) << report.first_failure;
}

TEST(ServerCalls, FailOneByOneAndNothingIsLost) {
    const FaultTortureReport report = fail_every_server_call(every(60));
    expect_clean(report);
    EXPECT_GT(report.faults, 40);
}

TEST(ServerBits, TurnOneByOneAndAreNamedOrHarmless) {
    const FaultTortureReport report = flip_every_server_bit(every(1'500));
    expect_clean(report);
    EXPECT_GT(report.faults, 60);
    EXPECT_GT(report.named, 10);
}

}  // namespace
}  // namespace attune::host
