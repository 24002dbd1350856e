#include "host/torture_pair.h"

#include <gtest/gtest.h>

namespace attune::host {
namespace {

TEST(APairOfServers, LosesNothingAcknowledgedToPowerCutsCutLinksAndPromotions) {
    const PairTortureReport report = torture_pair({.seed = 1, .cuts = 400});
    EXPECT_EQ(report.failures(), 0U) << report.first_failure;
    EXPECT_GE(report.cuts, 400U);
    EXPECT_GT(report.promotions, 20U);
    EXPECT_GT(report.acknowledged, 400U);
    EXPECT_GT(report.set_aside, 0U);
}

TEST(APairOfServers, IsCaughtWhenTheStandbyAcknowledgesBeforeItsOwnSync) {
    const PairTortureReport report = torture_pair(
        {.seed = 1, .cuts = 2'000, .mutant = replication::Mutant::AcknowledgeBeforeSync}
    );
    EXPECT_GT(report.lost, 0U) << report.first_failure;
}

TEST(APairOfServers, IsCaughtWhenAnEpochIsIgnored) {
    const PairTortureReport report =
        torture_pair({.seed = 1, .cuts = 2'000, .mutant = replication::Mutant::IgnoreEpoch});
    EXPECT_GT(report.failures(), 0U);
}

}  // namespace
}  // namespace attune::host
