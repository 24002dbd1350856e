#include "feel/expression.h"

#include <gtest/gtest.h>

#include "feel/testing.h"

namespace attune::feel {

namespace {

using testing::expect_results;
using testing::Inputs;
using testing::result_of;

TEST(Expression, CalculatesExactlyInThirtyFourDigits) {
    expect_results(
        {{"0.1 + 0.2", "0.3"},
         {"1 / 3", "0.3333333333333333333333333333333333"},
         {"2 / 3", "0.6666666666666666666666666666666667"},
         {"9999999999999999999999999999999999 + 1", "10000000000000000000000000000000000"},
         {"1.1 ** 100", "13780.61233982227018411833717208964"},
         {"9.3 ** -60", "7.780779119696413676016833435748976E-59"},
         {"1 / 0", "null"},
         {"1.000 = 1", "true"},
         {"9223372036854775807 + 1", "9223372036854775808"},
         {"-9223372036854775807 - 1", "-9223372036854775808"},
         {"4611686018427387904 * -2", "-9223372036854775808"},
         {"9e6144 * 10", "null"}}
    );
}

TEST(Expression, BindsOperatorsAsTheGrammarSays) {
    expect_results(
        {{"1 + 2 * 3", "7"},
         {"-4 ** 2", "16"},
         {"2 ** 3 ** 2", "64"},
         {"10 - 4 - 3", "3"},
         {"1 < 2 and 2 < 3 or false", "true"},
         {"not(true) or true", "true"},
         {"5 between 1 and 10 and true", "true"},
         {"-1 instance of number", "null"},
         {"if true then 1 else 2 + 3", "1"},
         {"for x in [1, 2] return x + 1", "[2, 3]"}}
    );
}

TEST(Expression, IsThreeValued) {
    expect_results(
        {{"true and null", "null"},
         {"false and null", "false"},
         {"null and false", "false"},
         {"true or null", "true"},
         {"null or true", "true"},
         {"false or null", "null"},
         {"false and \"x\"", "false"},
         {"true and \"x\"", "null"},
         {"not(0)", "null"},
         {"null = null", "true"},
         {"100 = null", "false"},
         {"\"1\" = 1", "null"},
         {"\"1\" != 1", "null"},
         {"if null then 1 else 2", "2"},
         {"null < 1", "null"},
         {"1 < \"a\"", "null"}}
    );
}

TEST(Expression, FiltersByConditionIndexAndEntriesOfTheItem) {
    expect_results(
        {{"[{x: 1, y: 2}, {x: null, y: 3}][x < 2]", "[{x: 1, y: 2}]"},
         {"[1, 2, 3][item >= 2]", "[2, 3]"},
         {"[1, 2, 3][1]", "1"},
         {"[1, 2, 3][-1]", "3"},
         {"[1, 2, 3][0]", "null"},
         {"[1, 2, 3][4]", "null"},
         {"3[item > 2]", "[3]"},
         {"[{item: 5}, {item: 1}][item > 2]", "[{item: 5}]"},
         {"[{y: 2}, {}].y", "[2, null]"},
         {"[[{a: 1}], [{a: 2}]].a", "[[1], [2]]"},
         {"{l: [{n: 1}, {n: 2}]}.l[n = 2].n", "[2]"},
         {"[][1]", "null"},
         {"[][item = 1]", "[]"}}
    );
}

TEST(Expression, ARangeOfAnyBracketsHasItsEndsAsProperties) {
    expect_results(
        {{"[1..10[.start", "1"},
         {"]1..10[.end included", "false"},
         {"{a: [1..10[}.a.end", "10"},
         {"[1..10].start included", "true"},
         {"[1, 2, 3][item > .5][1]", "1"}}
    );
}

TEST(Expression, LoopsUpDownByDayAndOverPartialResults) {
    expect_results(
        {{"for i in 1..3 return i * i", "[1, 4, 9]"},
         {"for i in 3..1 return i", "[3, 2, 1]"},
         {"for i in [1..3) return i", "[1, 2]"},
         {"for i in [1, 2], j in [10, 20] return i + j", "[11, 21, 12, 22]"},
         {"for d in @\"2024-02-28\"..@\"2024-03-01\" return d.day", "[28, 29, 1]"},
         {"for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1, 1, 2, 6, 24]"},
         {"some x in [] satisfies x", "false"},
         {"every x in [] satisfies x", "true"},
         {"every x in [1, 2], y in [3] satisfies x < y", "true"}}
    );
}

TEST(Expression, ContextsSeeEarlierEntriesAndFunctionsSeeThemselves) {
    expect_results(
        {{"{a: 1, \"b c\": a + 1}", "{a: 1, b c: 2}"},
         {"{a b: 2, c: a b * 2}.c", "4"},
         {"{f: function(n) if n < 2 then 1 else n * f(n - 1), r: f(10)}.r", "3628800"},
         {"{k: 3, f: function(x) x * k, r: f(k: 1, x: 2)}.r", "null"},
         {"{k: 3, f: function(x) x * k, r: f(x: 2)}.r", "6"},
         {"(function(a) function(b) a - b)(5)(3)", "2"},
         {"{a: 1, a: 2}", "error: the context has two entries \"a\""}}
    );
}

TEST(Expression, ReadsTheLongestNameThatIsInScope) {
    Inputs inputs;
    inputs.add("a", "1");
    inputs.add("b", "2");
    inputs.add("a-b", "30");
    inputs.add("Phone Number", "\"555\"");
    inputs.add("Profit and loss", "7");
    inputs.add("what if?", "8");
    inputs.add("first names", "[\"Ada\"]");
    EXPECT_EQ(inputs.result_of("a-b"), "30");
    EXPECT_EQ(inputs.result_of("a - b"), "30");
    EXPECT_EQ(inputs.result_of("(a)-(b)"), "-1");
    EXPECT_EQ(inputs.result_of("b-a"), "1");
    EXPECT_EQ(inputs.result_of("Phone  \n Number"), "\"555\"");
    EXPECT_EQ(inputs.result_of("Profit and loss + 1"), "8");
    EXPECT_EQ(inputs.result_of("what if? > 7 and a = 1"), "true");
    EXPECT_EQ(inputs.result_of("first names[1]"), "\"Ada\"");
}

TEST(Expression, ReadsEntriesWithSpacesByTheirType) {
    Inputs inputs;
    inputs.add("person", "{first name: \"Ada\", \"is-new\": true, home: {zip code: 1}}");
    EXPECT_EQ(inputs.result_of("person.first name = \"Ada\" and person.is-new"), "true");
    EXPECT_EQ(inputs.result_of("person.home.zip code + 1"), "2");
    EXPECT_EQ(inputs.result_of("for p in [person] return p.first name"), "[\"Ada\"]");
}

TEST(Expression, LoadsMembersFromTheirOwnSlots) {
    Scope scope;
    const std::vector<std::string> category{"properties", "category"};
    const std::vector<std::string> total{"properties", "order total"};
    scope.declare_member(category, Type::Kind::String, 0);
    scope.declare_member(total, Type::Kind::Number, 1);
    const std::vector<Value> slots{Value::string("shoes"), Value::integer(12)};
    const auto evaluate = [&](std::string_view text, std::size_t slot_count) {
        const Compilation compiled = Expression::compile(text, scope);
        EXPECT_TRUE(compiled.ok()) << compiled.error();
        EXPECT_EQ(compiled.value().slots().size(), slot_count) << text;
        Arena arena;
        Evaluation evaluation(arena, slots);
        return to_literal(compiled.value().evaluate(evaluation));
    };
    EXPECT_EQ(evaluate("properties.category = \"shoes\"", 1), "true");
    EXPECT_EQ(evaluate("properties.order total * 2", 1), "24");
    EXPECT_EQ(evaluate("properties", 2), "{category: \"shoes\", order total: 12}");
    EXPECT_EQ(evaluate("(function() properties.category)()", 1), "\"shoes\"");
    EXPECT_FALSE(Expression::compile("properties.colour", scope).ok());
}

TEST(Expression, FoldsWhatDependsOnNothing) {
    const auto constant = [](std::string_view text) {
        return Expression::compile(text, Scope()).value().constant().has_value();
    };
    EXPECT_TRUE(constant("1 + 2 * 3"));
    EXPECT_TRUE(constant("date(\"2024-01-01\") + @\"P1D\""));
    EXPECT_TRUE(constant("[1, {a: upper case(\"x\")}]"));
    EXPECT_FALSE(constant("today()"));
    EXPECT_FALSE(constant("number(\"x\")")) << "its warning belongs to each evaluation";
}

TEST(Expression, TakesConstantsFromTheScope) {
    Scope scope;
    scope.declare_constant("limit", Value::integer(3));
    Scope inner(&scope);
    inner.declare("x", Type::Kind::Number, 0);
    const Compilation compiled = Expression::compile("x > limit * 2", inner);
    ASSERT_TRUE(compiled.ok());
    Arena arena;
    const std::vector<Value> slots{Value::integer(7)};
    Evaluation evaluation(arena, slots);
    EXPECT_TRUE(compiled.value().evaluate(evaluation).is_true());
}

TEST(Expression, KnowsNowFromItsEvaluation) {
    const Compilation compiled = Expression::compile("[now(), today()]", Scope());
    Arena arena;
    Evaluation evaluation(arena);
    evaluation.now = Timestamp(1'704'067'199'500);  // 2023-12-31T23:59:59.5Z
    evaluation.zone = "Europe/Paris";
    EXPECT_EQ(
        to_literal(compiled.value().evaluate(evaluation)),
        "[@\"2024-01-01T00:59:59.5@Europe/Paris\", @\"2024-01-01\"]"
    );
}

TEST(Expression, WarnsOfEachNullThatAnErrorMade) {
    const Compilation compiled =
        Expression::compile("[1 / 0, number(\"x\"), null]", Scope(), {.lenient = true});
    Arena arena;
    Evaluation evaluation(arena);
    Warnings warnings;
    evaluation.warnings = &warnings;
    (void)compiled.value().evaluate(evaluation);
    ASSERT_EQ(warnings.count(), 2);
    EXPECT_EQ(to_string(warnings.kept()[0]), "the divisor is zero: 1, 0 (in `1 / 0`)");
    EXPECT_EQ(warnings.kept()[1].place(), "number(\"x\")");
}

TEST(Expression, ExplainsWhatItDoesNotUnderstand) {
    Inputs inputs;
    inputs.add("total", "1");
    inputs.add("customer", "{email: \"a\"}");
    const auto error = [&](std::string_view text) {
        return Expression::compile(text, inputs.scope()).error();
    };
    EXPECT_EQ(error("tota + 1"), "unknown name \"tota\"; did you mean \"total\"?");
    EXPECT_EQ(
        error("customer.emial"), "the context has no entry \"emial\"; did you mean \"email\"?"
    );
    EXPECT_EQ(
        error("total + \"x\""), "cannot add number and string; string(...) makes text of any value"
    );
    EXPECT_EQ(error("total ="), "expected an expression, but the text ends");
    EXPECT_EQ(
        error("if total > 1 then 2"), "expected \"else\" after the first branch, but the text ends"
    );
    EXPECT_EQ(error("total total"), "expected the end of the expression, found \"total\"");
    EXPECT_EQ(
        error("substring(total)"),
        "\"substring\" does not take 1 argument; it is substring(string: string, start position: "
        "number, [length: number])"
    );
    const Compilation compiled = Expression::compile("1 + tota", inputs.scope());
    EXPECT_EQ(compiled.diagnostics.front().offset, 4);
    EXPECT_EQ(compiled.diagnostics.front().length, 4);
}

TEST(Expression, RefusesExternalFunctionsWhenTheyRun) {
    EXPECT_EQ(
        result_of("(function(x) external {java: {class: \"java.lang.Math\", method signature: "
                  "\"cos(double)\"}})(1)"),
        "null"
    );
}

TEST(Expression, ReadsEscapesCommentsAndUnicode) {
    expect_results(
        {{"\"a\\n\\\"b\\\"\"", "\"a\\n\\\"b\\\"\""},
         {"string length(\"\\U01F40Eab\")", "3"},
         {"\"\\uD83D\\uDC0E\" = \"\\U01F40E\"", "true"},
         {"1 /* one */ + // two\n 2", "3"},
         {"{été: 1}.été", "1"},
         {"{🐎: 2}.🐎", "2"},
         {"\"\\d\"", "\"\\\\d\""}}
    );
}

TEST(Expression, FailsAsBFeelDoesWhereAsked) {
    const CompileOptions options{.lenient = true, .dialect = Dialect::BFeel};
    EXPECT_EQ(result_of("\"a\" = 1", options), "false");
    EXPECT_EQ(result_of("\"a\" != 1", options), "true");
    EXPECT_EQ(result_of("1 < \"a\"", options), "false");
    EXPECT_EQ(result_of("number(\"x\")", options), "0");
    EXPECT_EQ(result_of("substring(\"abc\", 9)", options), "\"\"");
}

}  // namespace

}  // namespace attune::feel
