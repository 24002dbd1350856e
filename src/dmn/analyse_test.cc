#include "dmn/analyse.h"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "dmn/condition.h"
#include "dmn/decision_model.h"

namespace attune::dmn {
namespace {

struct Column {
    std::string expression;
    std::string type;
    std::string values;
};

using Cells = std::vector<std::vector<std::string>>;

/// A model whose only decision is this table.
Model table_model(
    const std::string& policy, const std::vector<Column>& columns, const Cells& rows
) {
    const auto escape = [](const std::string& text) {
        std::string result;
        for (const char c : text) {
            result += c == '<' ? "&lt;" : std::string(1, c);
        }
        return result;
    };
    std::string xml =
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"m\" "
        "namespace=\"n\">";
    std::string requirements;
    std::string inputs;
    for (const Column& column : columns) {
        xml += "<inputData id=\"" + column.expression + "\" name=\"" + column.expression + "\"/>";
        requirements += "<informationRequirement><requiredInput href=\"#" + column.expression +
                        "\"/></informationRequirement>";
        inputs += "<input><inputExpression typeRef=\"" + column.type + "\"><text>" +
                  column.expression + "</text></inputExpression>";
        if (!column.values.empty()) {
            inputs += "<inputValues><text>" + escape(column.values) + "</text></inputValues>";
        }
        inputs += "</input>";
    }
    xml += "<decision id=\"d\" name=\"D\">" + requirements + "<decisionTable hitPolicy=\"" +
           policy + "\">" + inputs + "<output/>";
    for (const std::vector<std::string>& row : rows) {
        xml += "<rule>";
        for (std::size_t at = 0; at < row.size(); ++at) {
            const std::string entry = at < columns.size() ? "inputEntry" : "outputEntry";
            xml += "<" + entry + "><text>" + escape(row[at]) + "</text></" + entry + ">";
        }
        xml += "</rule>";
    }
    const File file{"m.dmn", xml + "</decisionTable></decision></definitions>"};
    Compilation compiled = Model::compile({&file, 1});
    EXPECT_TRUE(compiled.ok()) << compiled.error();
    return std::move(*compiled.model);
}

/// The findings for a table, one a line.
std::string findings(
    const std::string& policy,
    const std::vector<Column>& columns,
    const Cells& rows,
    const AnalysisLimits& limits = {}
) {
    const Model model = table_model(policy, columns, rows);
    std::string text;
    for (const Finding& each : analyse(*model.tables()[0], limits)) {
        text += to_string(each) + "\n";
    }
    return text;
}

TEST(Analyse, FindsNothingWrongWithACompleteTable) {
    EXPECT_EQ(
        findings(
            "UNIQUE",
            {{"age", "number", ""}, {"vip", "boolean", ""}},
            {{"< 18", "-", "1"}, {">= 18", "true", "2"}, {">= 18", "false", "3"}}
        ),
        ""
    );
}

TEST(Analyse, FindsGapsWithAnExample) {
    EXPECT_EQ(
        findings(
            "UNIQUE",
            {{"age", "number", ""}, {"seg", "string", "\"a\", \"b\""}},
            {{"< 18", "-", "1"}, {"> 18", "\"a\"", "2"}, {">= 18", "\"b\"", "3"}}
        ),
        "decision \"D\": gap: no row matches where age 18, seg \"a\"; for example age = 18, seg = "
        "\"a\"\n"
    );
}

TEST(Analyse, FindsRowsThatMatchTogether) {
    EXPECT_EQ(
        findings("UNIQUE", {{"age", "number", ""}}, {{"<= 18", "1"}, {">= 18", "2"}}),
        "decision \"D\": conflict: rows 1 and 2 match together, against hit policy UNIQUE; for "
        "example age = 18\n"
    );
    EXPECT_EQ(findings("ANY", {{"age", "number", ""}}, {{"<= 18", "1"}, {">= 18", "1"}}), "");
    EXPECT_NE(
        findings(
            "ANY", {{"age", "number", ""}}, {{"<= 18", "1"}, {">= 18", "2"}}
        ).find("match together with different outputs"),
        std::string::npos
    );
}

TEST(Analyse, FindsRowsThatNeverDecide) {
    EXPECT_EQ(
        findings(
            "FIRST", {{"age", "number", ""}}, {{"< 18", "1"}, {">= 18", "2"}, {"[10..20]", "3"}}
        ),
        "decision \"D\": unreachable: row 3 never decides: rows that are preferred cover all of "
        "it\n"
    );
    EXPECT_NE(
        findings(
            "FIRST", {{"seg", "string", "\"a\", \"b\""}}, {{"\"c\"", "1"}, {"-", "2"}}
        ).find("row 1 never matches"),
        std::string::npos
    );
}

TEST(Analyse, FindsRowsThatCanGo) {
    EXPECT_NE(
        findings(
            "FIRST", {{"age", "number", ""}}, {{"> 65", "1"}, {"> 18", "1"}, {"-", "2"}}
        ).find("row 1 can go: row 2 covers it"),
        std::string::npos
    );
    EXPECT_EQ(
        findings("FIRST", {{"age", "number", ""}}, {{"> 65", "1"}, {"> 60", "2"}, {"-", "1"}}), ""
    );
}

TEST(Analyse, SaysWhatItDoesNotUnderstand) {
    const std::string text =
        findings("UNIQUE", {{"age", "number", ""}}, {{"? * 2 > 7", "1"}, {"< 3", "2"}});
    EXPECT_NE(text.find("not exact"), std::string::npos);
    EXPECT_EQ(text.find("gap"), std::string::npos) << "the first row may cover everything";
}

/// Random conditions on three columns, and all inputs between which they tell apart.
class RandomTable {
public:
    explicit RandomTable(std::mt19937& random) : random_(random) {
        for (std::size_t count = random_() % 7 + 1; rows.size() < count;) {
            rows.push_back({number_test(), text_test(), truth_test(), one_of({"1", "2", "3"})});
        }
    }

    static std::vector<Column> columns() {
        return {{"n", "number", ""}, {"s", "string", ""}, {"b", "boolean", ""}};
    }

    static std::vector<std::vector<Value>> inputs() {
        std::vector<std::vector<Value>> result;
        for (int half = -3; half <= 17; ++half) {
            for (const char* const text : {"a", "b", "c", "other"}) {
                for (const bool truth : {false, true}) {
                    result.push_back(
                        {Value::small_number(half * 5, -1),
                         Value::string(text),
                         Value::boolean(truth)}
                    );
                }
            }
        }
        return result;
    }

    Cells rows;

private:
    std::string one_of(std::initializer_list<std::string> choices) {
        return *(choices.begin() + static_cast<std::ptrdiff_t>(random_() % choices.size()));
    }
    std::string digit() { return std::to_string(random_() % 6); }
    std::string interval() {
        return one_of({"[", "("}) + digit() + ".." + std::to_string(random_() % 3 + 5) +
               one_of({"]", ")"});
    }
    std::string number_test() {
        return one_of(
            {"-",
             "< " + digit(),
             ">= " + digit(),
             digit(),
             interval(),
             "not(" + digit() + ", " + interval() + ")",
             "not(< " + digit() + ")",
             "!= " + digit(),
             digit() + ", > " + digit(),
             "null",
             "not(null)"}
        );
    }
    std::string text_test() {
        return one_of(
            {"-",
             "\"a\"",
             "\"a\", \"b\"",
             "not(\"a\")",
             "not(\"b\", \"c\")",
             "!= \"c\"",
             "\"b\", null",
             "not(\"a\", null)"}
        );
    }
    std::string truth_test() { return one_of({"-", "-", "true", "false", "not(true)"}); }

    std::mt19937& random_;
};

/// The rows of a table that accept an input, by asking each condition.
std::vector<std::size_t> accepting(const Table& table, const std::vector<Value>& input) {
    Arena arena;
    feel::Evaluation evaluation(arena);
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < table.row_count(); ++row) {
        bool met = true;
        for (std::size_t column = 0; column < input.size(); ++column) {
            met = met && table.condition(column, row).passes(evaluation, input[column], {});
        }
        if (met) {
            rows.push_back(row);
        }
    }
    return rows;
}

std::set<std::vector<std::size_t>> rows_of(
    const std::vector<Finding>& findings, Finding::Kind kind
) {
    std::set<std::vector<std::size_t>> rows;
    for (const Finding& each : findings) {
        if (each.kind == kind) {
            rows.insert(each.rows);
        }
    }
    return rows;
}

/// The input that a finding gives as its example.
std::vector<Value> input_of(const Finding& finding, Arena& arena) {
    std::vector<Value> input;
    for (const Finding::Example& each : finding.example) {
        const auto value = read_plain_value(each.value, arena);
        EXPECT_TRUE(value.has_value()) << each.value;
        input.push_back(value.value_or(Value()));
    }
    return input;
}

TEST(Analyse, FindsGapsAndConflictsAsAskingForAllInputsDoes) {
    std::mt19937 random(11);
    const std::vector<std::vector<Value>> inputs = RandomTable::inputs();
    int gaps = 0;
    int conflicts = 0;
    for (int round = 0; round < 600; ++round) {
        const RandomTable random_table(random);
        const Model model = table_model("UNIQUE", RandomTable::columns(), random_table.rows);
        const Table& table = *model.tables()[0];
        bool gap = false;
        std::set<std::vector<std::size_t>> pairs;
        for (const std::vector<Value>& input : inputs) {
            const std::vector<std::size_t> rows = accepting(table, input);
            gap = gap || rows.empty();
            for (std::size_t i = 0; i < rows.size(); ++i) {
                for (std::size_t j = i + 1; j < rows.size(); ++j) {
                    pairs.insert({rows[i], rows[j]});
                }
            }
        }
        const std::vector<Finding> found = analyse(table);
        EXPECT_EQ(rows_of(found, Finding::Kind::Conflict), pairs);
        EXPECT_EQ(!rows_of(found, Finding::Kind::Gap).empty(), gap);
        for (const Finding& each : found) {
            Arena arena;
            const std::vector<std::size_t> rows =
                each.example.empty() ? each.rows : accepting(table, input_of(each, arena));
            if (each.kind == Finding::Kind::Gap) {
                EXPECT_TRUE(rows.empty()) << to_string(each);
                ++gaps;
            } else if (each.kind == Finding::Kind::Conflict) {
                EXPECT_TRUE(
                    std::includes(rows.begin(), rows.end(), each.rows.begin(), each.rows.end())
                ) << to_string(each);
                ++conflicts;
            }
        }
        ASSERT_FALSE(HasFailure()) << "round " << round;
    }
    EXPECT_GT(gaps, 500);
    EXPECT_GT(conflicts, 500);
}

TEST(Analyse, FindsRowsThatNeverDecideAsAskingForAllInputsDoes) {
    std::mt19937 random(12);
    const std::vector<std::vector<Value>> inputs = RandomTable::inputs();
    std::size_t unreachable = 0;
    std::size_t redundant = 0;
    for (int round = 0; round < 600; ++round) {
        const RandomTable random_table(random);
        const Cells& cells = random_table.rows;
        const Model model = table_model("FIRST", RandomTable::columns(), cells);
        const Table& table = *model.tables()[0];
        std::set<std::vector<std::size_t>> silent;
        for (std::size_t row = 0; row < cells.size(); ++row) {
            silent.insert({row});
        }
        const std::vector<Finding> found = analyse(table);
        for (const std::vector<Value>& input : inputs) {
            const std::vector<std::size_t> rows = accepting(table, input);
            if (rows.empty()) {
                continue;
            }
            silent.erase({rows[0]});
            // Without a row that can go, the answer is that of the next.
            for (const std::vector<std::size_t>& each : rows_of(found, Finding::Kind::Redundant)) {
                if (each[0] == rows[0]) {
                    ASSERT_GT(rows.size(), 1U);
                    EXPECT_EQ(cells[rows[0]].back(), cells[rows[1]].back());
                    ++redundant;
                }
            }
        }
        EXPECT_EQ(rows_of(found, Finding::Kind::Unreachable), silent);
        unreachable += silent.size();
        ASSERT_FALSE(HasFailure()) << "round " << round;
    }
    EXPECT_GT(unreachable, 300U);
    EXPECT_GT(redundant, 300U);
}

TEST(Analyse, TakesTablesOfTenThousandRows) {
    Cells rows;
    std::string segments;
    for (int at = 0; at < 100; ++at) {
        segments += (at == 0 ? "\"segment " : ", \"segment ") + std::to_string(at) + "\"";
    }
    for (int at = 0; at < 10'000; ++at) {
        const int from = at % 100 * 10;
        rows.push_back(
            {"\"segment " + std::to_string(at / 100) + "\"",
             "[" + std::to_string(from) + ".." + std::to_string(from + 10) + ")",
             std::to_string(at)}
        );
    }
    rows[7'777][1] = "[764..770)";
    rows.push_back({"-", "< 0", "0"});
    rows.push_back({"-", ">= 1000", "0"});
    rows.push_back({"not(\"segment 3\")", "[0..20]", "0"});
    const Model model =
        table_model("UNIQUE", {{"seg", "string", segments}, {"spend", "number", ""}}, rows);
    const std::vector<Finding> found = analyse(*model.tables()[0], {.findings_max = 1'000});
    std::set<std::vector<std::size_t>> overlapping;
    for (std::size_t row = 0; row < 10'000; ++row) {
        if (row % 100 <= 2 && row / 100 != 3) {
            overlapping.insert({row, 10'002});
        }
    }
    overlapping.insert({7'776, 7'777});
    EXPECT_EQ(rows_of(found, Finding::Kind::Conflict), overlapping);
    const auto is_gap = [](const Finding& each) { return each.kind == Finding::Kind::Gap; };
    EXPECT_EQ(std::count_if(found.begin(), found.end(), is_gap), 1);
}

TEST(Analyse, GivesUpOnTablesThatOverlapInTooManyWays) {
    std::mt19937 random(13);
    Cells rows;
    for (int at = 0; at < 60; ++at) {
        std::vector<std::string> row;
        for (int column = 0; column < 4; ++column) {
            row.push_back(
                "[" + std::to_string(random() % 100) + ".." + std::to_string(random() % 100 + 100) +
                "]"
            );
        }
        row.push_back(std::to_string(at));
        rows.push_back(row);
    }
    const std::string text = findings(
        "FIRST",
        {{"p", "number", ""}, {"q", "number", ""}, {"r", "number", ""}, {"s", "number", ""}},
        rows,
        {.steps_max = 10'000}
    );
    EXPECT_NE(text.find("was given up after 10000 steps"), std::string::npos) << text;
    EXPECT_NE(
        findings("UNIQUE", {{"a", "number", ""}}, {{"1", "1"}, {"2", "2"}}, {.rows_max = 1})
            .find("tables of more than 1 rows are not analysed"),
        std::string::npos
    );
}

}  // namespace
}  // namespace attune::dmn
