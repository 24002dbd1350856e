#include "host/torture_server.h"

#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>

namespace attune::host {
namespace {

TEST(Server, LosesNothingAndDoublesNothingWhateverPowerCutsDo) {
    // ATTUNE_TORTURE_CUTS and ATTUNE_TORTURE_SEED ask for more, or for one again.
    const char* cuts = std::getenv("ATTUNE_TORTURE_CUTS");
    const char* seed = std::getenv("ATTUNE_TORTURE_SEED");
    const ServerTortureReport report = torture_server(
        {.seed = seed != nullptr ? std::strtoull(seed, nullptr, 10) : 1,
         .cuts = cuts != nullptr ? std::strtoull(cuts, nullptr, 10) : 60}
    );
    std::cout << report.cuts << " cuts, " << report.acknowledged << " acknowledged, "
              << report.effects << " effects in " << report.attempts << " attempts, "
              << report.erased << " erased, " << report.lost << " lost, " << report.duplicated
              << " duplicated, " << report.wrong << " wrong, " << report.refused << " refused\n";
    EXPECT_EQ(report.failures(), 0) << report.first_failure;
    EXPECT_GT(report.acknowledged, report.cuts);
    EXPECT_GT(report.attempts, report.effects) << "no attempt was ever repeated";
    EXPECT_GT(report.erased, 0);
}

struct Planted {
    const char* name;
    segments::Mutant log = segments::Mutant::None;
    runtime::Mutant server = runtime::Mutant::None;
};

class ServerMutants : public testing::TestWithParam<Planted> {};

INSTANTIATE_TEST_SUITE_P(
    All,
    ServerMutants,
    testing::Values(
        Planted{"AcknowledgeBeforeSync", segments::Mutant::AcknowledgeBeforeSync, {}},
        Planted{"SkipSync", segments::Mutant::SkipSync, {}},
        Planted{"MarkBeforeDelivery", {}, runtime::Mutant::MarkBeforeDelivery},
        Planted{"SendBeforeDurable", {}, runtime::Mutant::SendBeforeDurable},
        Planted{"PositionAhead", {}, runtime::Mutant::PositionAhead},
        Planted{"StateAhead", {}, runtime::Mutant::StateAhead}
    ),
    [](const auto& planted) { return planted.param.name; }
);

TEST_P(ServerMutants, AreCaught) {
    const Planted& planted = GetParam();
    const ServerTortureReport report =
        torture_server({.seed = 1, .cuts = 400, .log_mutant = planted.log, .mutant = planted.server}
        );
    EXPECT_GT(report.failures(), 0);
    EXPECT_GT(report.acknowledged, 0) << "not by accident: " << report.first_failure;
    std::cout << "caught after " << report.cuts << " cuts: " << report.first_failure << "\n";
}

}  // namespace
}  // namespace attune::host
