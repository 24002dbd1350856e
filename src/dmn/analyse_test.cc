#include "dmn/analyse.h"

#include <gtest/gtest.h>

#include "dmn/decision_model.h"

namespace attune::dmn {
namespace {

struct Column {
    std::string expression;
    std::string type;
    std::string values;
};

/// The findings for a table, one a line.
std::string findings(
    const std::string& policy,
    const std::vector<Column>& columns,
    const std::vector<std::vector<std::string>>& rows
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
    const Compilation compiled = Model::compile({&file, 1});
    EXPECT_TRUE(compiled.ok()) << compiled.error();
    std::string text;
    for (const Finding& each : analyse(*compiled.model->tables()[0])) {
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

}  // namespace
}  // namespace attune::dmn
