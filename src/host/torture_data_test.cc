#include "host/torture_data.h"

#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>

namespace attune::host {
namespace {

TEST(DataFolder, IsTheFoldOfItsLogAfterEveryPowerCut) {
    // ATTUNE_TORTURE_CUTS and ATTUNE_TORTURE_SEED ask for more, or for one again.
    const char* cuts = std::getenv("ATTUNE_TORTURE_CUTS");
    const char* seed = std::getenv("ATTUNE_TORTURE_SEED");
    const DataTortureReport report = torture_data(
        {.seed = seed != nullptr ? std::strtoull(seed, nullptr, 10) : 1,
         .cuts = cuts != nullptr ? std::strtoull(cuts, nullptr, 10) : 100}
    );
    std::cout << report.cuts << " cuts, " << report.acknowledged << " acknowledged, "
              << report.folded_again << " folded again, " << report.lost << " lost, "
              << report.diverged << " diverged, " << report.refused << " refused\n";
    EXPECT_EQ(report.failures(), 0) << report.first_failure;
    EXPECT_GT(report.folded_again, 0);
}

class DataMutants : public testing::TestWithParam<DataMutant> {};

INSTANTIATE_TEST_SUITE_P(
    All,
    DataMutants,
    testing::Values(DataMutant::PositionAhead, DataMutant::PositionBehind, DataMutant::StateAhead)
);

TEST_P(DataMutants, AreCaught) {
    const DataTortureReport report = torture_data({.seed = 1, .cuts = 300, .mutant = GetParam()});
    EXPECT_GT(report.failures(), 0);
    std::cout << "caught after " << report.cuts << " cuts: " << report.first_failure << "\n";
}

}  // namespace
}  // namespace attune::host
