#include "host/completion.h"

#include <gtest/gtest.h>

namespace attune::host {
namespace {

const std::vector<std::string> kNames{
    "string", "string join", "string length", "starts with", "sum", "été", "étain"};

TEST(Completion, TakesTheLongestEndThatBeginsAName) {
    const Completion found = complete("1 + string l", kNames);
    EXPECT_EQ(found.names, std::vector<std::string>{"string length"});
    EXPECT_EQ(found.typed, 8U);
    EXPECT_EQ(found.common(), "ength");
}

TEST(Completion, GoesOnAsFarAsAllNamesAgree) {
    const Completion found = complete("(st", kNames);
    EXPECT_EQ(
        found.names,
        (std::vector<std::string>{"starts with", "string", "string join", "string length"})
    );
    EXPECT_EQ(found.common(), "");
    EXPECT_EQ(complete("str", kNames).common(), "ing");
}

TEST(Completion, StopsBetweenCharactersOnly) {
    EXPECT_EQ(complete("x = é", kNames).common(), "t");
}

TEST(Completion, BeginsAtWordsOnly) {
    EXPECT_TRUE(complete("consum", kNames).names.empty());
    EXPECT_TRUE(complete("", kNames).names.empty());
    EXPECT_TRUE(complete("sum(", kNames).names.empty());
}

}  // namespace
}  // namespace attune::host
