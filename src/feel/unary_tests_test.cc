#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "feel/equality.h"
#include "feel/expression.h"
#include "feel/testing.h"

namespace attune::feel {

namespace {

std::string test(std::string_view cell, std::string_view input) {
    const Compilation value = Expression::compile(input, Scope());
    const Compilation compiled =
        Expression::compile_unary_tests(cell, Scope(), Type(), {.lenient = true});
    if (!compiled.ok()) {
        return "error: " + compiled.error();
    }
    Arena arena;
    Evaluation evaluation(arena);
    return to_literal(compiled.value().test(evaluation, value.value().evaluate(evaluation)));
}

TEST(UnaryTests, PassWhatTheCellSays) {
    EXPECT_EQ(test("-", "null"), "true");
    EXPECT_EQ(test("\"a\", \"b\"", "\"b\""), "true");
    EXPECT_EQ(test("not(\"a\", \"b\")", "\"b\""), "false");
    EXPECT_EQ(test("not(\"a\")", "null"), "true");
    EXPECT_EQ(test("[18..65]", "65"), "true");
    EXPECT_EQ(test("]18..65[", "65"), "false");
    EXPECT_EQ(test("< 18, > 65", "70"), "true");
    EXPECT_EQ(test("<= -5", "-5"), "true");
    EXPECT_EQ(test("!= 5", "4"), "true");
    EXPECT_EQ(test("null", "null"), "true");
    EXPECT_EQ(test("true", "false"), "false");
    EXPECT_EQ(test("? * 2 > 10", "6"), "true");
    EXPECT_EQ(test("contains(?, \"x\")", "\"axe\""), "true");
    EXPECT_EQ(test("not(contains(?, \"x\"))", "\"axe\""), "false");
    EXPECT_EQ(test("not(true) or ? = 1", "1"), "true");
    EXPECT_EQ(test("[1, 2, 3]", "2"), "true");
    EXPECT_EQ(test("< 5", "\"a\""), "null");
    EXPECT_EQ(test("-1", "-1"), "true");
    EXPECT_EQ(test("some x in [1, 2] satisfies x = ?", "2"), "true");
    EXPECT_EQ(test("", "1"), "error: expected a test, but the text ends");
}

TEST(UnaryTests, ReportACellThatNoInputOfItsTypePasses) {
    const Compilation compiled =
        Expression::compile_unary_tests("\"a\"", Scope(), Type::Kind::Number);
    EXPECT_EQ(compiled.error(), "cannot compare number with string");
}

TEST(UnaryTests, ShowAnIndexWhatTheyConsistOf) {
    const auto simple = [](std::string_view cell) {
        return Expression::compile_unary_tests(cell, Scope(), Type()).value().simple_tests();
    };
    EXPECT_TRUE(simple("-")->any);
    ASSERT_TRUE(simple("1, [2..3), > 5"));
    EXPECT_EQ(simple("1, [2..3), > 5")->tests.size(), 3);
    EXPECT_EQ(simple("1, [2..3), > 5")->tests[1].kind, SimpleTest::Kind::Interval);
    EXPECT_FALSE(simple("1, [2..3), > 5")->tests[1].end_included);
    EXPECT_TRUE(simple("not(1)")->negated);
    EXPECT_TRUE(simple("date(\"2024-01-01\")"));
    EXPECT_FALSE(simple("? > 5"));
    EXPECT_FALSE(simple("[1, 2]"));
    EXPECT_FALSE(simple("(null..10]"));
}

/// What `SimpleTests` promises: an index that only reads them decides like the cell itself.
bool passes(const SimpleTests& simple, const Value& input) {
    if (simple.any) {
        return true;
    }
    bool passed = false;
    bool unknown = false;
    for (const SimpleTest& each : simple.tests) {
        Value outcome;
        if (each.kind == SimpleTest::Kind::Interval) {
            const RangeValue range{
                each.start,
                each.end,
                each.start_included,
                each.end_included,
                each.start.null(),
                each.end.null()};
            outcome = in_range(input, range);
        } else {
            outcome = equal(input, each.start);
            if (each.kind == SimpleTest::Kind::NotEqual && !outcome.null()) {
                outcome = Value::boolean(!outcome.as_boolean());
            }
        }
        passed = passed || outcome.is_true();
        unknown = unknown || outcome.null();
    }
    return simple.negated ? !passed && !unknown : passed;
}

TEST(UnaryTests, DecideAsTheirSimpleFormDoes) {
    const bool held = rc::check("simple tests decide like the cell", [] {
        std::string cell;
        const auto count = *rc::gen::inRange(1, 4);
        for (int i = 0; i < count; ++i) {
            const std::string low = std::to_string(*rc::gen::inRange(-3, 3));
            const std::string high = std::to_string(*rc::gen::inRange(3, 6));
            const std::vector<std::string> forms{
                low,
                "< " + low,
                ">= " + low,
                "[" + low + ".." + high + ")",
                "!= " + low,
                "\"a\"",
                "null"};
            cell += (i == 0 ? "" : ", ") + *rc::gen::elementOf(forms);
        }
        if (*rc::gen::arbitrary<bool>()) {
            cell = "not(" + cell + ")";
        }
        const Compilation compiled =
            Expression::compile_unary_tests(cell, Scope(), Type(), {.lenient = true});
        RC_ASSERT(compiled.ok());
        const Value input = *rc::gen::element(
            Value::integer(*rc::gen::inRange(-4, 7)), Value::string("a"), Value()
        );
        Arena arena;
        Evaluation evaluation(arena);
        const bool direct = compiled.value().test(evaluation, input).is_true();
        RC_ASSERT(passes(*compiled.value().simple_tests(), input) == direct);
    });
    EXPECT_TRUE(held);
}

}  // namespace

}  // namespace attune::feel
