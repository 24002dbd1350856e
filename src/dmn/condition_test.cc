#include "dmn/condition.h"

#include <gtest/gtest.h>

#include "feel/text.h"

namespace attune::dmn {
namespace {

std::string read(std::string_view text) {
    Arena arena;
    const auto tests = read_plain_tests(text, arena);
    if (!tests) {
        return "FEEL";
    }
    if (tests->any) {
        return "any";
    }
    std::string result = tests->negated ? "not" : "";
    for (const feel::SimpleTest& test : tests->tests) {
        result += test.start_included ? '[' : '(';
        result += feel::to_literal(test.start);
        if (test.kind == feel::SimpleTest::Kind::Interval) {
            result += ".." + feel::to_literal(test.end) + (test.end_included ? "]" : ")");
        }
    }
    return result;
}

TEST(PlainTests, CoverWhatMostTablesHold) {
    EXPECT_EQ(read("-"), "any");
    EXPECT_EQ(read("  "), "any");
    EXPECT_EQ(read("\"a\", \"b c\""), "(\"a\"(\"b c\"");
    EXPECT_EQ(read("not(\"a\")"), "not(\"a\"");
    EXPECT_EQ(read(">= 18"), "[18..null)");
    EXPECT_EQ(read("<-2.5"), "(null..-2.5)");
    EXPECT_EQ(read("[1..10)"), "[1..10)");
    EXPECT_EQ(read("]1 .. 10["), "(1..10)");
    EXPECT_EQ(read("true"), "(true");
    EXPECT_EQ(read("null"), "(null");
    EXPECT_EQ(read(" 5 "), "(5");
}

TEST(PlainTests, LeaveEverythingElseToFeel) {
    for (const char* text :
         {"5 + 1",
          "\"a\" + \"b\"",
          "\"a\\n\"",
          "Limit",
          "> Limit",
          "? > 5",
          "[1..Limit]",
          "[5..1]",
          "trueish",
          "not(5",
          "not(5) and true",
          "nothing",
          "date(\"2024-01-01\")",
          "5,",
          "5 6",
          "1..5"}) {
        EXPECT_EQ(read(text), "FEEL") << text;
    }
}

}  // namespace
}  // namespace attune::dmn
