#include "host/failure_lines.h"

#include <gtest/gtest.h>

namespace attune::host {
namespace {

TEST(FailureLines, TellTheFirstOfEachChannelAndCountTheRest) {
    FailureLines lines;
    runtime::DeliveryFailure failure{
        Timestamp(1'000'000), "e1", "email", "smtp", "the connection was refused", false};
    EXPECT_EQ(
        lines.line(failure),
        "attune serve: cannot deliver email e1 to smtp: the connection was refused; to be tried "
        "again"
    );
    failure.at = failure.at + Duration(1);
    EXPECT_EQ(lines.line(failure), "");
    EXPECT_EQ(lines.line(failure), "");
    runtime::DeliveryFailure hook = failure;
    hook.channel = "webhook";
    hook.final = true;
    EXPECT_NE(lines.line(hook).find("given up"), std::string::npos);
    failure.at = failure.at + FailureLines::kSpan;
    EXPECT_NE(lines.line(failure).find("(2 more failed since the last line)"), std::string::npos);
}

}  // namespace
}  // namespace attune::host
