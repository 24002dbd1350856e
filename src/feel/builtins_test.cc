#include "feel/builtins.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "feel/testing.h"

namespace attune::feel {

namespace {

using testing::expect_results;
using testing::result_of;

TEST(Builtins, AreTheEightySixOfTheStandard) {
    EXPECT_EQ(builtins().size(), 86);
}

TEST(Builtins, DoWhatTheirExamplesSay) {
    for (const Builtin& builtin : builtins()) {
        EXPECT_FALSE(builtin.examples.empty()) << builtin.name;
        for (const BuiltinExample& example : builtin.examples) {
            EXPECT_EQ(result_of(example.expression), result_of(example.result))
                << example.expression;
        }
    }
}

TEST(Builtins, StandInTheGuide) {
    std::ifstream file(std::string(ATTUNE_SOURCE_DIR) + "/docs/guide/feel.md");
    const std::string guide{std::istreambuf_iterator<char>(file), {}};
    for (const Builtin& builtin : builtins()) {
        const std::string call = "`" + std::string(builtin.name) + "(";
        EXPECT_NE(guide.find(call), std::string::npos) << builtin.name;
        EXPECT_NE(guide.find(builtin.summary), std::string::npos) << builtin.summary;
    }
}

TEST(Builtins, TakeArgumentsByName) {
    expect_results(
        {{"substring(string: \"foobar\", start position: 3)", "\"obar\""},
         {"substring(start position: 3, length: 2, string: \"foobar\")", "\"ob\""},
         {"substring(start position: 3)", "null"},
         {"substring(text: \"foobar\", start position: 3)", "null"},
         {"list contains(list: [1, null], element: null)", "true"},
         {"years and months duration(from: @\"2020-01-01\", to: @\"2021-03-01\")", "@\"P1Y2M\""},
         {"before(point: 1, range: [2..3])", "true"},
         {"before(range: [2..3], point: 4)", "true"},
         {"context put(context: {}, key: [\"a\", \"b\"], value: 1)", "null"},
         {"context put(context: {}, keys: [\"a\"], value: 1)", "{a: 1}"}}
    );
}

TEST(Builtins, TakePartsOnlyOfWhatIsThere) {
    expect_results(
        {{"sublist([4, 5, 6], 2, 2)", "[5, 6]"},
         {"sublist([4, 5, 6], 2, 0)", "null"},
         {"sublist([4, 5, 6], 2, 3)", "null"},
         {"sublist([4, 5, 6], 4)", "null"},
         {"substring(\"abc\", 2, 0)", "null"}}
    );
}

TEST(Builtins, ConvertListsOfOneItem) {
    expect_results(
        {{"contains([\"foobar\"], \"of\")", "false"},
         {"count(1)", "1"},
         {"sum(3)", "3"},
         {"append(1, 2)", "[1, 2]"},
         {"upper case([\"a\"])", "\"A\""}}
    );
}

TEST(Builtins, AreValuesLikeOtherFunctions) {
    expect_results(
        {{"{f: sum, r: f([1, 2])}.r", "3"},
         {"sort([3, 1, 2], function(a, b) a > b)", "[3, 2, 1]"},
         {"(function(f, x) f(x))(abs, -4)", "4"}}
    );
}

TEST(Builtins, GiveNullOfEmptyListsWhereNothingIsToBeHad) {
    expect_results(
        {{"sum([])", "null"},
         {"product([])", "null"},
         {"mean([])", "null"},
         {"median([])", "null"},
         {"stddev([])", "null"},
         {"mode([])", "[]"},
         {"min([])", "null"},
         {"all([])", "true"},
         {"any([])", "false"},
         {"all(0)", "null"},
         {"count(null)", "null"}}
    );
}

TEST(Builtins, SortKeepsTheOrderOfEqualItemsAndSurvivesNonsense) {
    expect_results(
        {{"sort([{k: 2, v: \"a\"}, {k: 1, v: \"b\"}, {k: 2, v: \"c\"}], function(x, y) x.k < "
          "y.k).v",
          "[\"b\", \"a\", \"c\"]"},
         {"count(sort(for i in 1..50 return modulo(i * 7, 13), function(x, y) true))", "50"},
         {"sort([1, 2], function(x, y) 5)", "null"}}
    );
}

TEST(Builtins, MatchAsXQueryDoes) {
    expect_results(
        {{"matches(\"abracadabra\", \"^a.*a$\")", "true"},
         {"matches(\"a\\nb\", \"a.b\")", "false"},
         {"matches(\"a\\nb\", \"a.b\", \"s\")", "true"},
         {"matches(\"a\\nb\", \"^b$\", \"m\")", "true"},
         {"matches(\"b\\n\", \"^b$\")", "false"},
         {"matches(\"aa\", \"(a)\\\\1\")", "true"},
         {"matches(\"é\", \"\\\\p{Ll}\")", "true"},
         {"matches(\"x-1\", \"^\\\\i\\\\c*$\")", "true"},
         {"matches(\"hello\", \"[a-z-[aeiou]]{2}\")", "true"},
         {"matches(\"α\", \"\\\\p{IsGreek}\")", "true"},
         {"matches(\"a.b\", \"a.b\", \"q\")", "true"},
         {"matches(\"axb\", \"a.b\", \"q\")", "false"},
         {"matches(\"hello world\", \"hello\\\\ sworld\", \"x\")", "true"},
         {"matches(\"a\", \"a++\")", "null"},
         {"matches(\"a\", \"[\")", "null"},
         {"matches(\"a\", \"(?=a)\")", "null"},
         {"matches(\"a\", \"a\", \"z\")", "null"},
         {"replace(\"abracadabra\", \"bra\", \"*\")", "\"a*cada*\""},
         {"replace(\"darted\", \"^(.*?)d(.*)$\", \"$1c$2\")", "\"carted\""},
         {"replace(\"abc\", \"x*\", \"-\")", "null"},
         {"replace(\"abc\", \"b\", \"$\")", "null"},
         {"split(\"a1b22c\", \"[0-9]+\")", "[\"a\", \"b\", \"c\"]"}}
    );
}

TEST(Builtins, KeepOpenRangesInOrder) {
    expect_results(
        {{"before((<5), (>7))", "true"},
         {"includes((>5), 7)", "true"},
         {"during(3, (<=3))", "true"},
         {"overlaps((<5), [3..8])", "true"},
         {"includes([1..10], \"a\")", "null"}}
    );
}

}  // namespace

}  // namespace attune::feel
