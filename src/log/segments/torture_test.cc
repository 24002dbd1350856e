#include "log/torture.h"

#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>

#include "log/segments/small_log.h"

namespace attune::segments {
namespace {

torture::OpenLog opener(Mutant mutant = Mutant::None, Packing packing = Packing::None) {
    return [=](files::FileSystem& disk) {
        LogOptions options = small_log(disk, mutant);
        options.packing = packing;
        return open_log(options);
    };
}

/// ATTUNE_TORTURE_CUTS and ATTUNE_TORTURE_SEED ask for more, or for one again.
torture::Options options(std::uint64_t cuts) {
    const char* wanted = std::getenv("ATTUNE_TORTURE_CUTS");
    const char* seed = std::getenv("ATTUNE_TORTURE_SEED");
    return {
        .seed = seed != nullptr ? std::strtoull(seed, nullptr, 10) : 1,
        .cuts = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : cuts};
}

void expect_clean(const torture::Report& report) {
    std::cout << report.cuts << " faults, " << report.acknowledged << " acknowledged, "
              << report.unacknowledged_kept << " kept without a promise, " << report.lost
              << " lost, " << report.wrong << " wrong, " << report.refused << " refused\n";
    EXPECT_EQ(report.failures(), 0) << report.first_failure;
}

TEST(PowerCuts, LoseNothingThatWasAcknowledged) {
    const torture::Report report = torture::cut_power(options(1000), opener());
    expect_clean(report);
    EXPECT_GT(report.acknowledged, report.cuts);
    EXPECT_GT(report.unacknowledged_kept, 0) << "the disk never keeps unsynced pages";
}

TEST(PowerCuts, LoseNothingThatWasAcknowledgedOfPackedBatches) {
    for (const Packing packing : {Packing::Lz4, Packing::Zstd}) {
        expect_clean(torture::cut_power(options(200), opener(Mutant::None, packing)));
    }
}

TEST(FailingCalls, LoseNothingThatWasAcknowledged) {
    const torture::Report report = torture::fail_every_call({}, opener());
    expect_clean(report);
    EXPECT_GT(report.cuts, 100);
}

TEST(FailingCalls, LoseNothingThatWasAcknowledgedOfPackedBatches) {
    expect_clean(torture::fail_every_call({}, opener(Mutant::None, Packing::Lz4)));
}

TEST(TurnedBits, AreNamedOrHarmless) {
    for (const Packing packing : {Packing::None, Packing::Lz4, Packing::Zstd}) {
        expect_clean(torture::flip_bits({}, opener(Mutant::None, packing), 5));
    }
}

class Mutants : public testing::TestWithParam<Mutant> {};

INSTANTIATE_TEST_SUITE_P(
    All,
    Mutants,
    testing::Values(
        Mutant::AcknowledgeBeforeSync,
        Mutant::SkipSync,
        Mutant::SkipFolderSync,
        Mutant::AcceptTornTail,
        Mutant::SkipChecksums
    )
);

TEST_P(Mutants, AreCaughtByPowerCuts) {
    const torture::Report report =
        torture::cut_power({.seed = 1, .cuts = 1000}, opener(GetParam()));
    EXPECT_GT(report.failures(), 0);
    std::cout << "caught after " << report.cuts << " cuts: " << report.first_failure << "\n";
}

TEST(TurnedBitsMutant, WithoutChecksumsIsCaught) {
    EXPECT_GT(torture::flip_bits({}, opener(Mutant::SkipChecksums), 20).failures(), 0);
}

}  // namespace
}  // namespace attune::segments
