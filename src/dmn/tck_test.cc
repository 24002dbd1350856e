#include "dmn/tck.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
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

constexpr std::string_view kModel =
    R"(<definitions xmlns="http://www.omg.org/spec/DMN/20180521/MODEL/" name="m" namespace="n">
  <decision name="Two" id="two"><literalExpression><text>1 + 1</text></literalExpression></decision>
  <decision name="Wrong" id="wrong"><literalExpression><text>1 / 0</text></literalExpression></decision>
</definitions>)";
constexpr std::string_view kCases =
    R"(<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <modelName>0001-two.dmn</modelName>
  <testCase id="001"><resultNode name="Two" type="decision">
    <expected><value xsi:type="xsd:decimal">2</value></expected></resultNode></testCase>
  <testCase id="002"><resultNode name="Wrong" type="decision" errorResult="true">
    <expected><value xsi:nil="true"/></expected></resultNode></testCase>
</testCases>)";

void write(const std::filesystem::path& path, std::string_view text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
}

class TckCheckout : public testing::Test {
protected:
    TckCheckout()
        : root_(
              std::filesystem::path(testing::TempDir()) /
              ("tck-" + std::to_string(std::random_device()()))
          ) {}
    ~TckCheckout() override { std::filesystem::remove_all(root_); }
    TckCheckout(const TckCheckout&) = delete;
    TckCheckout& operator=(const TckCheckout&) = delete;

    std::filesystem::path root_;
};

TEST_F(TckCheckout, IsSearchedForTestCasesAndNothingElse) {
    for (const char* const level : {"compliance-level-2", "compliance-level-3", "non-compliant"}) {
        const std::filesystem::path folder = root_ / "TestCases" / level / "0001-two";
        write(folder / "0001-two.dmn", kModel);
        write(folder / "0001-two-test-01.xml", kCases);
    }
    write(root_ / "TestCases/pom.xml", "<project/>");
    write(root_ / "runners/broken.xml", "<testCases");
    const Report report = run({root_.string()});
    EXPECT_THAT(report.unreadable, testing::IsEmpty());
    EXPECT_EQ(report.passed(), 6U);
    EXPECT_EQ(report.failed(), 0U);
    EXPECT_EQ(report.tally().null_passes, 3U);
    EXPECT_THAT(to_text(report), testing::HasSubstr("compliance-level-2/0001-two\n"));
}

TEST_F(TckCheckout, IsMissedWithAHint) {
    EXPECT_THAT(
        run({root_.string()}).unreadable,
        testing::ElementsAre(testing::HasSubstr("No such file or directory"))
    );
    write(root_ / "README.md", "nothing here");
    const Report report = run({root_.string()});
    EXPECT_THAT(
        report.unreadable,
        testing::ElementsAre(testing::HasSubstr("a checkout of github.com/dmn-tck/tck has them"))
    );
    EXPECT_EQ(report.failed(), 1U);
}

TEST(Tck, PassesEveryCaseThatNeedsNoJava) {
    if (kit().empty()) {
        GTEST_SKIP() << "the TCK is not here: set DMN_TCK to a checkout of github.com/dmn-tck/tck";
    }
    Report report = run({kit()});
    mark_known(report, known_failures());
    std::cout << to_text(report);
    EXPECT_GT(report.passed(), 0U);
    EXPECT_EQ(report.failed(), 0U);
    EXPECT_THAT(report.unreadable, testing::IsEmpty());
    for (const Outcome& each : report.outcomes) {
        EXPECT_TRUE(each.passed || each.needs_java || each.known)
            << each.file << ": case " << each.test_case << ", " << each.node << ": expected "
            << each.expected << ", got " << each.actual;
    }
}

}  // namespace
}  // namespace attune::dmn::tck
