#include <gtest/gtest.h>

#include "feel/expression.h"
#include "feel/testing.h"
#include "feel/text.h"

namespace attune::feel {

namespace {

/// The warning of an evaluation under small limits; empty if it went through.
std::string exceeded(std::string_view text, const Limits& limits = {}) {
    const Compilation compiled = Expression::compile(text, Scope(), {.lenient = true});
    if (!compiled.ok()) {
        return "error: " + compiled.error();
    }
    Arena arena;
    Evaluation evaluation(arena);
    Warnings warnings;
    evaluation.warnings = &warnings;
    evaluation.limits = limits;
    const Value result = compiled.value().evaluate(evaluation);
    EXPECT_TRUE(evaluation.exceeded == nullptr || result.null());
    return evaluation.exceeded == nullptr ? "" : evaluation.exceeded;
}

TEST(Limits, StopLoopsThatAreTooLong) {
    EXPECT_EQ(exceeded("for i in 1..1000000000000 return i", {.steps_max = 1'000}), "steps_max");
    EXPECT_EQ(
        exceeded("count(for i in 1..100 return i)", {.list_length_max = 50}), "list_length_max"
    );
    EXPECT_EQ(
        exceeded("some i in 1..999, j in 1..999 satisfies i + j < 0", {.steps_max = 10'000}),
        "steps_max"
    );
}

TEST(Limits, StopRecursionWithoutEnd) {
    EXPECT_EQ(exceeded("{f: function(n) 1 + f(n), r: f(1)}.r"), "depth_max");
    EXPECT_EQ(exceeded("{f: function(n) if n = 0 then 0 else f(n - 1), r: f(100)}.r"), "");
}

TEST(Limits, StopTextAndListsThatGrowWithoutEnd) {
    const char* doubling =
        "{f: function(s, n) if n = 0 then s else f(s + s, n - 1), r: string length(f(\"ab\", "
        "40))}.r";
    EXPECT_EQ(exceeded(doubling), "string_bytes_max");
    EXPECT_EQ(exceeded("for i in 1..100000 return [partial[-1]]"), "nesting of values (200)");
}

// A list of a list twice, and so on: a trillion items in the memory of forty.
constexpr std::string_view kShared =
    "{f: function(x, n) if n = 0 then x else f([x, x], n - 1), "
    "g: function(x, n) if n = 0 then x else g({a: x, b: x}, n - 1), r: ";

TEST(Limits, StopComparingValuesThatAreLargerThanTheirMemory) {
    for (const std::string_view comparison :
         {"f(1, 40) = f(1, 40)",
          "g(1, 40) = g(1, 40)",
          "f(1, 40) in [f(1, 40)]",
          "f(1, 40) in (f(2, 40), f(1, 40))",
          "is(f(1, 40), f(1, 40))",
          "list contains([f(1, 40)], f(1, 40))",
          "index of([f(1, 40)], f(1, 40))",
          "distinct values([f(1, 40), f(1, 40)])",
          "count(flatten(f(1, 40)))"}) {
        EXPECT_EQ(exceeded(std::string(kShared) + std::string(comparison) + "}.r"), "steps_max")
            << comparison;
    }
    EXPECT_EQ(
        exceeded(std::string(kShared) + "string length(string(f(1, 40)))}.r"), "string_bytes_max"
    );
    EXPECT_EQ(exceeded(std::string(kShared) + "f(1, 10) = f(1, 10)}.r"), "");
}

TEST(Limits, StopLoopsThatDoubleWhatTheyHave) {
    EXPECT_EQ(
        exceeded(
            "count((for i in 1..60 return if i = 1 then [0] else [partial[-1], partial[-1]])[-1])"
        ),
        "steps_max"
    );
}

TEST(Limits, KnowHowLargeAValueWouldBeWhenWritten) {
    Arena arena;
    Value value = Value::integer(1);
    for (int level = 0; level < 40; ++level) {
        const std::span<Value> both = arena.array<Value>(2);
        both[0] = value;
        both[1] = value;
        value = Value::list(both);
    }
    EXPECT_TRUE(larger_than(value, 1'000'000));
    const Value pair[] = {Value::integer(1), Value::list({})};
    EXPECT_FALSE(larger_than(Value::list(pair), 2));
    EXPECT_TRUE(larger_than(Value::list(pair), 1));
}

TEST(Limits, CountTheItemsThatInLooksAt) {
    EXPECT_EQ(exceeded("{l: for i in 1..100000 return i, r: l[item in l]}.r"), "steps_max");
}

TEST(Limits, StopRegularExpressionsThatBacktrackWithoutEnd) {
    const std::string text = "matches(\"" + std::string(40, 'a') + "!\", \"^(a+)+$\")";
    EXPECT_EQ(exceeded(text), "regex_steps_max");
}

TEST(Limits, RefuseTextsThatNestOrChainTooDeeply) {
    const std::string open(100'000, '(');
    EXPECT_NE(exceeded(open).find("nests more than"), std::string::npos);
    EXPECT_NE(exceeded(std::string(100'000, '[')).find("nests more than"), std::string::npos);
    EXPECT_NE(exceeded(std::string(100'000, '-') + "1").find("nests more than"), std::string::npos);
    std::string chain = "1";
    for (int i = 0; i < 5'000; ++i) {
        chain += "+1";
    }
    EXPECT_NE(exceeded(chain).find("chains more than"), std::string::npos);
    EXPECT_NE(exceeded("{a:" + open).find("nests more than"), std::string::npos);
}

TEST(Limits, TakeTextsOfTenMegabytes) {
    const std::string text = "string length(\"" + std::string(10'000'000, 'x') + "\")";
    EXPECT_EQ(testing::result_of(text), "10000000");
    const std::string huge(17'000'000, ' ');
    EXPECT_NE(testing::result_of(huge).find("more than 16000000"), std::string::npos);
}

}  // namespace

}  // namespace attune::feel
