#include "dmn/tck.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

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
    for (const char* const level : {"compliance-level-2", "compliance-level-3"}) {
        for (const char* const parent : {"", "TestCases"}) {
            const std::filesystem::path path = std::filesystem::path(kit()) / parent / level;
            if (std::filesystem::exists(path)) {
                paths.push_back(path.string());
            }
        }
    }
    return paths;
}

TEST(Tck, PassesEveryCaseThatNeedsNoJava) {
    if (kit().empty()) {
        GTEST_SKIP() << "the TCK is not here: set DMN_TCK to a checkout of github.com/dmn-tck/tck";
    }
    const Report report = run(levels());
    std::cout << to_text(report);
    EXPECT_GT(report.passed(), 0U);
    EXPECT_TRUE(report.unreadable.empty());
    for (const Outcome& each : report.outcomes) {
        EXPECT_TRUE(each.passed || each.needs_java)
            << each.file << ": case " << each.test_case << ", " << each.node << ": expected "
            << each.expected << ", got " << each.actual;
    }
}

}  // namespace
}  // namespace attune::dmn::tck
