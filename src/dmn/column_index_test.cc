#include "dmn/column_index.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "feel/temporal.h"

namespace attune::dmn {
namespace {

using feel::SimpleTest;
using feel::SimpleTests;

/// A column and the arena that its conditions' values live in.
struct Column {
    Arena arena;
    std::vector<Condition> conditions;
    std::vector<std::uint32_t> condition_of_row;

    [[nodiscard]] std::size_t words() const { return condition_of_row.size() / kWordBits + 1; }

    void add(SimpleTests tests) {
        condition_of_row.push_back(static_cast<std::uint32_t>(conditions.size()));
        conditions.push_back({std::move(tests), std::nullopt});
    }
};

/// Whether the index, together with evaluation of what it leaves open, lets `row` pass.
bool passes(const ColumnIndex& index, const Column& column, std::size_t row, const Value& input) {
    Arena arena;
    const auto bit = [row](const Word* rows) {
        return ((rows[row / kWordBits] >> (row % kWordBits)) & 1U) != 0;
    };
    if (!bit(index.rows(input, arena))) {
        return false;
    }
    const Word* const residual = index.residual(input);
    if (residual == nullptr || !bit(residual)) {
        return true;
    }
    return outcome(*column.conditions[column.condition_of_row[row]].simple, input).is_true();
}

/// A few seconds around an hour, some with fractions, in UTC, an hour east of it, or without zone.
rc::Gen<Value> any_moment() {
    return rc::gen::exec([] {
        // Values live as long as the test program: they refer to their moments.
        static Arena arena;
        const auto zone = *rc::gen::element(
            Zone{}, Zone{Zone::Kind::Offset, 0, {}}, Zone{Zone::Kind::Offset, 3'600, {}}
        );
        const std::int64_t second = *rc::gen::inRange(3'598, 3'603) + zone.offset_seconds;
        const std::int64_t fraction = *rc::gen::element(0, 0, 500'000'000);
        return Value::date_time({Date{1}, second * 1'000'000'000 + fraction, zone}, arena);
    });
}

rc::Gen<Value> any_input() {
    return rc::gen::oneOf(
        rc::gen::just(Value()),
        rc::gen::map(rc::gen::arbitrary<bool>(), [](bool truth) { return Value::boolean(truth); }),
        rc::gen::map(
            rc::gen::pair(rc::gen::inRange(-40, 40), rc::gen::inRange(-2, 2)),
            [](const std::pair<int, int>& number) {
                return Value::number(Decimal::scaled(number.first, number.second));
            }
        ),
        rc::gen::map(
            rc::gen::inRange(0, 6),
            [](int letter) {
                return Value::string(
                    std::string_view("abcdef").substr(static_cast<std::size_t>(letter), 1)
                );
            }
        ),
        rc::gen::map(rc::gen::inRange(-5, 5), [](int day) { return Value::date({day}); }),
        rc::gen::map(
            rc::gen::inRange(-3, 3),
            [](int months) { return Value::duration(YearsMonthsDuration{months}); }
        ),
        any_moment(),
        rc::gen::map(
            rc::gen::pair(rc::gen::inRange(-3, 3), rc::gen::inRange(-1, 2)),
            [](const std::pair<int, int>& span) {
                const bool against = span.first != 0 && (span.first < 0) != (span.second < 0);
                return Value::duration(DaysTimeDuration{
                    span.first, against ? 0 : span.second * 1000});
            }
        )
    );
}

SimpleTest interval(const Value& start, bool start_included, const Value& end, bool end_included) {
    SimpleTest test;
    test.kind = SimpleTest::Kind::Interval;
    test.start = start;
    test.end = end;
    test.start_included = start_included;
    test.end_included = end_included;
    return test;
}

rc::Gen<SimpleTest> any_test() {
    return rc::gen::exec([] {
        SimpleTest test;
        const int kind = *rc::gen::inRange(0, 4);
        test.start = *any_input();
        if (kind == 0) {
            test.kind = SimpleTest::Kind::NotEqual;
        }
        const bool ordered = !test.start.null() && !test.start.is(Value::Kind::Boolean);
        if (kind < 2 || !ordered) {
            return test;
        }
        Value end = *any_input();
        if (end.kind() != test.start.kind()) {
            end = Value();
        }
        const bool open_start = *rc::gen::inRange(0, 4) == 0 && !end.null();
        return interval(
            open_start ? Value() : test.start,
            !open_start && *rc::gen::arbitrary<bool>(),
            end,
            !end.null() && *rc::gen::arbitrary<bool>()
        );
    });
}

rc::Gen<SimpleTests> any_tests() {
    return rc::gen::exec([] {
        SimpleTests tests;
        tests.any = *rc::gen::inRange(0, 8) == 0;
        if (!tests.any) {
            tests.negated = *rc::gen::inRange(0, 3) == 0;
            tests.tests = *rc::gen::resize(
                4, rc::gen::nonEmpty(rc::gen::container<std::vector<SimpleTest>>(any_test()))
            );
        }
        return tests;
    });
}

RC_GTEST_PROP(ColumnIndex, AgreesWithEvaluatingEveryCondition, ()) {
    Column column;
    const auto rows = *rc::gen::container<std::vector<SimpleTests>>(any_tests());
    for (const SimpleTests& tests : rows) {
        column.add(tests);
    }
    const ColumnIndex index(column.conditions, column.condition_of_row, column.words());
    const auto inputs = *rc::gen::container<std::vector<Value>>(20, any_input());
    for (const Value& input : inputs) {
        for (std::size_t row = 0; row < rows.size(); ++row) {
            RC_ASSERT(passes(index, column, row, input) == outcome(rows[row], input).is_true());
        }
    }
}

TEST(ColumnIndex, SharesBitmapsWhenThereAreManyBreakPoints) {
    Column column;
    constexpr std::size_t kRows = 10'000;
    for (std::size_t row = 0; row < kRows; ++row) {
        SimpleTests tests;
        const auto start = static_cast<std::int64_t>(row * 7919 % 50'000);
        tests.tests.push_back(
            interval(Value::integer(start), true, Value::integer(start + 100), false)
        );
        column.add(std::move(tests));
    }
    const ColumnIndex index(column.conditions, column.condition_of_row, column.words());
    EXPECT_LT(index.bytes(), 2'500'000U);
    for (const std::int64_t input : {-1, 0, 99, 100, 12'345, 49'999, 50'100, 1'000'000}) {
        for (std::size_t row = 0; row < kRows; ++row) {
            const auto start = static_cast<std::int64_t>(row * 7919 % 50'000);
            ASSERT_EQ(
                passes(index, column, row, Value::integer(input)),
                input >= start && input < start + 100
            ) << "row "
              << row << ", input " << input;
        }
    }
}

TEST(ColumnIndex, FindsNumbersThatAreNoMultiplesOfTheKeys) {
    Column column;
    SimpleTests tests;
    tests.tests.push_back(interval(Value::integer(10), false, Value::integer(11), false));
    column.add(tests);
    const ColumnIndex index(column.conditions, column.condition_of_row, column.words());
    Arena arena;
    const auto number = [&](std::string_view text) {
        return Value::number(*Decimal::parse(text), arena);
    };
    EXPECT_FALSE(passes(index, column, 0, number("10")));
    EXPECT_TRUE(passes(index, column, 0, number("10.0000000001")));
    EXPECT_TRUE(passes(index, column, 0, number("10.99999999999999999999999999")));
    EXPECT_FALSE(passes(index, column, 0, number("11.00")));
    EXPECT_FALSE(passes(index, column, 0, number("1e30")));
    EXPECT_FALSE(passes(index, column, 0, number("-10.5")));
}

}  // namespace
}  // namespace attune::dmn
