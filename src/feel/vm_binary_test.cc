#include <array>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "feel/expression.h"
#include "feel/testing.h"

namespace attune::feel {

namespace {

/// Numbers with a coefficient of 64 bits: everyday ones, and those at the edges of what fits.
class Numbers {
public:
    Decimal next() {
        const int exponent = random_() % 2 == 0 ? -static_cast<int>(random_() % 5)
                                                : static_cast<int>(random_() % 37) - 18;
        return Decimal::scaled(coefficient(), exponent);
    }

private:
    std::int64_t coefficient() {
        constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
        const auto any = static_cast<std::int64_t>(random_());
        const std::int64_t sign = random_() % 2 == 0 ? 1 : -1;
        switch (random_() % 6) {
        case 0:
            return sign * static_cast<std::int64_t>(random_() % 3);
        case 1:
            return sign * (kMost - static_cast<std::int64_t>(random_() % 3));
        case 2:
            return any == std::numeric_limits<std::int64_t>::min() ? 0 : any;
        case 3:
            return sign * 1'000'000'000 * static_cast<std::int64_t>(random_() % 9'000'000'000);
        default:
            return sign * static_cast<std::int64_t>(random_() % 100'000);
        }
    }

    std::mt19937_64 random_{31};
};

/// What stands for a number in an expression: a literal, a slot, a variable of the expression, and
/// something that has to be evaluated.
constexpr std::array<std::string_view, 4> kPlaces{"", "s", "v", "[s, 0][1]"};

Value expected(std::string_view op, Decimal lhs, Decimal rhs, Arena& arena) {
    const auto number = [&](std::optional<Decimal> result) {
        return result ? Value::number(*result, arena) : Value();
    };
    if (op == "+" || op == "-" || op == "*") {
        return number(
            op == "+"   ? Decimal::add(lhs, rhs)
            : op == "-" ? Decimal::subtract(lhs, rhs)
                        : Decimal::multiply(lhs, rhs)
        );
    }
    return Value::boolean(
        op == "="    ? lhs == rhs
        : op == "!=" ? lhs != rhs
        : op == "<"  ? lhs < rhs
        : op == "<=" ? lhs <= rhs
        : op == ">"  ? lhs > rhs
                     : lhs >= rhs
    );
}

std::string operand(std::size_t place, std::string_view side, Decimal number) {
    if (place == 0) {
        return "(" + number.to_string() + ")";
    }
    std::string text;
    for (const char letter : kPlaces[place]) {
        text += letter == 's' || letter == 'v' ? std::string(1, letter) + std::string(side)
                                               : std::string(1, letter);
    }
    return text;
}

}  // namespace

// Decimal itself is compared with another library in its own tests.
TEST(SmallNumbers, GiveWhatDecimalGivesWhereverTheOperandsStand) {
    Numbers numbers;
    Scope scope;
    scope.declare("s1", Type::Kind::Number, 0);
    scope.declare("s2", Type::Kind::Number, 1);
    constexpr std::array<std::string_view, 9> kOps{"+", "-", "*", "=", "!=", "<", "<=", ">", ">="};
    for (int round = 0; round < 300; ++round) {
        const Decimal lhs = numbers.next();
        // Equal numbers of different scale are rare unless made.
        const Decimal rhs =
            round % 5 == 0 ? *Decimal::multiply(lhs, Decimal::scaled(10, -1)) : numbers.next();
        Arena arena;
        const std::array<Value, 2> slots{Value::number(lhs, arena), Value::number(rhs, arena)};
        for (const std::string_view op : kOps) {
            const Value wanted = expected(op, lhs, rhs, arena);
            for (std::size_t places = 0; places < kPlaces.size() * kPlaces.size(); ++places) {
                const std::string text =
                    "{v1: s1, v2: s2, r: " + operand(places / kPlaces.size(), "1", lhs) + " " +
                    std::string(op) + " " + operand(places % kPlaces.size(), "2", rhs) + "}.r";
                const Compilation compiled = Expression::compile(text, scope);
                ASSERT_TRUE(compiled.ok()) << text << ": " << compiled.error();
                Evaluation evaluation(arena, slots);
                const Value result = compiled.value().evaluate(evaluation);
                ASSERT_TRUE(identical(result, wanted))
                    << text << " is " << to_literal(result) << ", not " << to_literal(wanted);
            }
        }
    }
}

// A test in parentheses is evaluated; the same conditions as comparisons are another piece of code.
TEST(SmallNumbers, AreInRangesWhereComparisonsSayTheyAre) {
    Numbers numbers;
    Scope scope;
    for (Slot slot = 0; slot < 3; ++slot) {
        scope.declare("s" + std::to_string(slot), Type::Kind::Number, slot);
    }
    const auto compile = [&](std::string_view text) {
        const Compilation compiled = Expression::compile(text, scope);
        EXPECT_TRUE(compiled.ok()) << text << ": " << compiled.error();
        return compiled.value();
    };
    const std::array<std::pair<Expression, Expression>, 5> pairs{
        {{compile("s0 in [s1..s2]"), compile("s0 >= s1 and s0 <= s2")},
         {compile("s0 in (s1..s2]"), compile("s0 > s1 and s0 <= s2")},
         {compile("s0 in [s1..s2)"), compile("s0 >= s1 and s0 < s2")},
         {compile("s0 in (s1..s2)"), compile("s0 > s1 and s0 < s2")},
         {compile("s0 in (s1, s2)"), compile("s0 = s1 or s0 = s2")}}};
    for (int round = 0; round < 20'000; ++round) {
        Arena arena;
        Decimal low = numbers.next();
        Decimal high = numbers.next();
        if (high < low) {
            std::swap(low, high);
        }
        const Decimal input = round % 4 == 0 ? low : (round % 4 == 1 ? high : numbers.next());
        const std::array<Value, 3> slots{
            Value::number(input, arena), Value::number(low, arena), Value::number(high, arena)};
        Evaluation evaluation(arena, slots);
        for (const auto& [test, comparisons] : pairs) {
            ASSERT_TRUE(identical(test.evaluate(evaluation), comparisons.evaluate(evaluation)))
                << test.text() << ": " << input.to_string() << " " << low.to_string() << " "
                << high.to_string();
        }
    }
}

TEST(SmallNumbers, LeaveOtherOperandsToTheirOwnRules) {
    testing::Inputs inputs;
    inputs.add("n", "2");
    inputs.add("t", "\"b\"");
    inputs.add("u", "\"abcdefghijklmnopqrstuvwxyz\"");
    inputs.add("nothing", "null");
    for (const auto& [text, result] : std::initializer_list<testing::Case>{
             {"t = \"b\"", "true"},
             {"\"b\" != t", "false"},
             {"u = \"abcdefghijklmnopqrstuvwxyz\"", "true"},
             {"u = \"abcdefghijklmnopqrstuvwxyy\"", "false"},
             {"t < \"c\"", "true"},
             {"t + \"c\"", "\"bc\""},
             {"nothing = \"b\"", "false"},
             {"nothing = 1", "false"},
             {"nothing < 1", "null"},
             {"nothing + 1", "null"},
             {"n * 99999999999999999999", "199999999999999999998"},
             {"n < 99999999999999999999", "true"},
             {"n / 4", "0.5"},
             {"n ** 3", "8"},
         }) {
        EXPECT_EQ(inputs.result_of(text), result) << text;
    }
    const Compilation mixed =
        Expression::compile("t = 1", inputs.scope(), CompileOptions{.lenient = true});
    ASSERT_TRUE(mixed.ok());
    Arena arena;
    Evaluation evaluation(arena, inputs.slots());
    Warnings warnings;
    evaluation.warnings = &warnings;
    EXPECT_TRUE(mixed.value().evaluate(evaluation).null());
    EXPECT_EQ(warnings.count(), 1U);
}

/// One side of a conjunction: true, false or null, as a text of which it is known that it is a
/// condition, and as one of which it is not.
struct Side {
    std::string_view known;
    std::string_view opaque;
    std::string_view value;
};

constexpr std::array<Side, 3> kSides{
    {{"one = 1", "[one = 1][1]", "true"},
     {"one > 1", "[one > 1][1]", "false"},
     {"nothing > 1", "[nothing > 1][1]", "null"}}};

/// Tables 50 and 51 of the standard: `decisive` wins, `neutral` leaves it to the other side.
std::string_view outcome(
    std::string_view lhs, std::string_view rhs, std::string_view decisive, std::string_view neutral
) {
    if (lhs == decisive || rhs == decisive) {
        return decisive;
    }
    return lhs == neutral && rhs == neutral ? neutral : "null";
}

void expect_logic(testing::Inputs& inputs, const Side& left, const Side& right) {
    for (const std::string_view lhs : {left.known, left.opaque}) {
        for (const std::string_view rhs : {right.known, right.opaque}) {
            const std::string both = std::string(lhs).append(" and ").append(rhs);
            EXPECT_EQ(inputs.result_of(both), outcome(left.value, right.value, "false", "true"))
                << both;
            const std::string either = std::string(lhs).append(" or ").append(rhs);
            EXPECT_EQ(inputs.result_of(either), outcome(left.value, right.value, "true", "false"))
                << either;
        }
    }
}

TEST(Logic, FollowsTheTablesWhateverIsKnownOfTheSides) {
    testing::Inputs inputs;
    inputs.add("one", "1");
    inputs.add("nothing", "null");
    for (const Side& left : kSides) {
        for (const Side& right : kSides) {
            expect_logic(inputs, left, right);
        }
    }
}

}  // namespace attune::feel
