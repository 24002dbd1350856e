#include "dmn/tck.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attune::dmn::tck {
namespace {

/// The kit, or the part of it that lies beside the source; empty if there is neither.
std::string kit() {
    if (const char* const chosen = std::getenv("DMN_TCK")) {
        return chosen;
    }
    const std::filesystem::path beside =
        std::filesystem::path(ATTUNE_SOURCE_DIR) / "../shared/conformance/dmn-tck";
    return std::filesystem::exists(beside) ? beside.string() : std::string();
}

/// A full checkout keeps the levels in a folder of its own.
std::vector<std::string> levels() {
    std::vector<std::string> paths;
    for (const char* const level : {"compliance-level-2", "compliance-level-3", "non-compliant"}) {
        for (const char* const parent : {"", "TestCases"}) {
            const std::filesystem::path path = std::filesystem::path(kit()) / parent / level;
            if (std::filesystem::exists(path)) {
                paths.push_back(path.string());
            }
        }
    }
    return paths;
}

std::string known_failures() {
    const std::ifstream stream(std::string(ATTUNE_SOURCE_DIR) + "/src/dmn/tck_known_failures.txt");
    std::ostringstream text;
    text << stream.rdbuf();
    EXPECT_TRUE(stream.good());
    return text.str();
}

Outcome failure(std::string node) {
    Outcome result;
    result.file = "kit/0001-a/0001-a-test-01.xml";
    result.test_case = "001";
    result.node = std::move(node);
    return result;
}

TEST(Tck, CountsWhatNeedsJavaAndWhatIsKnownToFailApart) {
    Report report;
    report.outcomes = {failure("a"), failure("b"), failure("c"), failure("d")};
    report.outcomes[1].test_case = "002";
    report.outcomes[2].test_case = "003";
    report.outcomes[3].test_case = "004";
    report.outcomes[1].needs_java = true;
    report.outcomes[3].passed = true;
    mark_known(report, "# why\n0001-a-test-01.xml 001 a  # a reason\n\n");
    const Tally tally = report.tally();
    EXPECT_EQ(tally.cases, 4U);
    EXPECT_EQ(tally.known, 1U);
    EXPECT_EQ(tally.needs_java, 1U);
    EXPECT_EQ(tally.failed, 1U);
    EXPECT_EQ(tally.passed, 1U);
    EXPECT_THAT(to_text(report), testing::EndsWith("1 passed, 1 failed\n"));
}

TEST(Tck, RefusesAListOfKnownFailuresThatIsOutOfDate) {
    Report report;
    report.outcomes = {failure("a")};
    report.outcomes[0].passed = true;
    mark_known(report, "0001-a-test-01.xml 001 a\n");
    EXPECT_EQ(report.tally().failed, 1U);
    EXPECT_THAT(to_text(report), testing::HasSubstr("which does not fail"));
}

TEST(Tck, PassesEveryCaseThatNeedsNoJava) {
    if (kit().empty()) {
        GTEST_SKIP() << "the TCK is not here: set DMN_TCK to a checkout of github.com/dmn-tck/tck";
    }
    Report report = run(levels());
    mark_known(report, known_failures());
    std::cout << to_text(report);
    EXPECT_GT(report.passed(), 0U);
    EXPECT_EQ(report.failed(), 0U);
    EXPECT_TRUE(report.unreadable.empty());
    for (const Outcome& each : report.outcomes) {
        EXPECT_TRUE(each.passed || each.needs_java || each.known)
            << each.file << ": case " << each.test_case << ", " << each.node << ": expected "
            << each.expected << ", got " << each.actual;
    }
}

}  // namespace
}  // namespace attune::dmn::tck
