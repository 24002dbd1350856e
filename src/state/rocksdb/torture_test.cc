#include "state/torture.h"

#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>

#include "state/rocksdb/rocks_store.h"

namespace attune::rocks {
namespace {

Result<std::unique_ptr<StateStore>> open(files::FileSystem& disk) {
    return open_store({.folder = "state", .memory_bytes = 1U << 20U, .files = &disk});
}

/// ATTUNE_TORTURE_CUTS and ATTUNE_TORTURE_SEED ask for more, or for one again.
torture::StateOptions options(std::uint64_t cuts) {
    const char* wanted = std::getenv("ATTUNE_TORTURE_CUTS");
    const char* seed = std::getenv("ATTUNE_TORTURE_SEED");
    return {
        .seed = seed != nullptr ? std::strtoull(seed, nullptr, 10) : 1,
        .cuts = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : cuts};
}

void expect_clean(const torture::StateReport& report) {
    std::cout << report.cuts << " faults, " << report.writes << " writes, " << report.unflushed_kept
              << " times more than was flushed, " << report.lost << " lost, " << report.wrong
              << " wrong, " << report.refused << " refused\n";
    EXPECT_EQ(report.failures(), 0) << report.first_failure;
}

TEST(PowerCuts, LeaveTheStateOfSomeWriteWhole) {
    expect_clean(torture::cut_power(options(300), open));
}

TEST(FailingCalls, LeaveTheStateOfSomeWriteWhole) {
    expect_clean(torture::fail_every_call({}, open, 5));
}

TEST(TurnedBits, AreNamedOrHarmless) {
    expect_clean(torture::flip_bits({}, open, 40));
}

}  // namespace
}  // namespace attune::rocks
