#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "feel/expression.h"
#include "feel/testing.h"

namespace attune::feel {

namespace {

using testing::result_of;

/// A random expression of at most `depth` levels over the variables a, b (numbers or null), s
/// (text) and t (boolean).
std::string expression(int depth) {
    if (depth == 0) {
        return *rc::gen::elementOf(std::vector<std::string>{
            "a",
            "b",
            "s",
            "t",
            "1",
            "2.50",
            "\"x\"",
            "true",
            "null",
            "@\"2024-01-31\"",
            "@\"P1D\"",
            "[1..3]",
            "(<2)",
            "[a, 1]",
            "{k: a}"});
    }
    const auto sub = [depth] { return expression(depth - 1); };
    const auto in_brackets = [&sub] { return "(" + sub() + ")"; };
    switch (*rc::gen::inRange(0, 12)) {
    case 0:
        return in_brackets() +
               *rc::gen::elementOf(std::vector<std::string>{" + ", " - ", " * ", " / ", " ** "}) +
               in_brackets();
    case 1:
        return in_brackets() +
               *rc::gen::elementOf(std::vector<std::string>{
                   " = ", " != ", " < ", " <= ", " > ", " >= "}) +
               in_brackets();
    case 2:
        return in_brackets() + " and " + in_brackets();
    case 3:
        return in_brackets() + " or " + in_brackets();
    case 4:
        return "if " + sub() + " then " + sub() + " else " + sub();
    case 5:
        return "[" + sub() + ", " + sub() + "][" + sub() + "]";
    case 6:
        return in_brackets() + " in (" + sub() + ", < 2, [1..3])";
    case 7:
        return "{k: " + sub() + ", m: k}.m";
    case 8:
        return "for x in [" + sub() + ", 1] return x = " + in_brackets();
    case 9:
        return "-(" + sub() + ")";
    case 10:
        return in_brackets() + " between 1 and " + in_brackets();
    default:
        return "(function(p) [p, " + sub() + "])(" + sub() + ")";
    }
}

class Variables {
public:
    Variables() {
        scope.declare("a", Type(), 0);
        scope.declare("b", Type(), 1);
        scope.declare("s", Type::Kind::String, 2);
        scope.declare("t", Type::Kind::Boolean, 3);
        values = {
            *rc::gen::element(Value(), Value::integer(1), Value::integer(3)),
            *rc::gen::element(Value(), Value::integer(-2), Value::string("x")),
            Value::string("x"),
            Value::boolean(*rc::gen::arbitrary<bool>())};
    }

    [[nodiscard]] std::string evaluate(const Expression& compiled) const {
        Arena arena;
        Evaluation evaluation(arena, values);
        return to_literal(compiled.evaluate(evaluation));
    }

    Scope scope;
    std::vector<Value> values;
};

TEST(Laws, PrintingAndParsingGivesTheSameExpression) {
    const bool held = rc::check("print, parse, print", [] {
        const Variables variables;
        const std::string text = expression(*rc::gen::inRange(0, 4));
        const CompileOptions options{.lenient = true};
        const Compilation once = Expression::compile(text, variables.scope, options);
        RC_ASSERT(once.ok());
        const std::string printed = once.value().print();
        const Compilation twice = Expression::compile(printed, variables.scope, options);
        RC_ASSERT(twice.ok());
        RC_ASSERT(twice.value().print() == printed);
        RC_ASSERT(variables.evaluate(twice.value()) == variables.evaluate(once.value()));
    });
    EXPECT_TRUE(held);
}

TEST(Laws, AnyTextGivesAValueOrADiagnostic) {
    const bool held = rc::check("no text is too strange", [] {
        const Variables variables;
        std::string text = expression(*rc::gen::inRange(0, 3));
        const auto cuts = *rc::gen::inRange(1, 4);
        for (int i = 0; i < cuts && !text.empty(); ++i) {
            const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
            text.replace(
                at,
                1,
                *rc::gen::elementOf(std::vector<std::string>{
                    "", "(", ")", "[", "]", "..", ".", "\"", "and", "\xc3", "//", ","})
            );
        }
        const Compilation compiled = Expression::compile(text, variables.scope, {.lenient = true});
        RC_ASSERT(compiled.ok() || !compiled.error().empty());
        if (compiled.ok()) {
            (void)variables.evaluate(compiled.value());
        }
    });
    EXPECT_TRUE(held);
}

TEST(Laws, FoldingDoesNotChangeResults) {
    const bool held = rc::check("constants in place of variables", [] {
        const Variables variables;
        const CompileOptions options{.lenient = true};
        Scope constants;
        const char* const names[] = {"a", "b", "s", "t"};
        for (std::size_t i = 0; i < variables.values.size(); ++i) {
            constants.declare_constant(names[i], variables.values[i]);
        }
        const std::string text = expression(*rc::gen::inRange(0, 4));
        const Compilation read = Expression::compile(text, variables.scope, options);
        const Compilation folded = Expression::compile(text, constants, options);
        RC_ASSERT(read.ok() && folded.ok());
        RC_ASSERT(variables.evaluate(folded.value()) == variables.evaluate(read.value()));
    });
    EXPECT_TRUE(held);
}

TEST(Laws, LogicIsThatOfKleene) {
    const std::vector<std::string> truths{"true", "false", "null"};
    for (const std::string& p : truths) {
        EXPECT_EQ(result_of("not(not(" + p + "))"), p);
        for (const std::string& q : truths) {
            EXPECT_EQ(result_of(p + " and " + q), result_of(q + " and " + p));
            EXPECT_EQ(result_of(p + " or " + q), result_of(q + " or " + p));
            EXPECT_EQ(
                result_of("not(" + p + " and " + q + ")"),
                result_of("not(" + p + ") or not(" + q + ")")
            );
            for (const std::string& r : truths) {
                EXPECT_EQ(
                    result_of(p + " and (" + q + " or " + r + ")"),
                    result_of("(" + p + " and " + q + ") or (" + p + " and " + r + ")")
                );
            }
        }
    }
}

}  // namespace

}  // namespace attune::feel
