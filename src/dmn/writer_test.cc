#include "dmn/writer.h"

#include <gtest/gtest.h>

#include "dmn/diff.h"
#include "dmn/show.h"
#include "dmn/tck.h"

namespace attune::dmn {
namespace {

Definitions read(const std::string& xml) {
    Reading reading = read_definitions("m.dmn", xml);
    EXPECT_TRUE(reading.definitions.has_value());
    return std::move(*reading.definitions);
}

TEST(Writer, MakesDmn15OfAnEarlierVersionAndKeepsWhatItDoesNotKnow) {
    const std::string written = write_definitions(
        read("<?xml version=\"1.0\"?>\n<!-- ours -->\n<definitions "
             "xmlns=\"http://www.omg.org/spec/DMN/20151101/dmn.xsd\" "
             "xmlns:feel=\"http://www.omg.org/spec/FEEL/20140401\" xmlns:v=\"urn:vendor\" "
             "namespace=\"n\" name=\"m\">\n  <extensionElements><v:thing v:a=\"1\"/>"
             "</extensionElements>\n  <inputData name=\"A\" id=\"a\">\n    "
             "<variable name=\"A\" typeRef=\"feel:number\"/>\n  </inputData>\n</definitions>")
    );
    EXPECT_NE(
        written.find("xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\""), std::string::npos
    );
    EXPECT_NE(written.find("typeRef=\"number\""), std::string::npos);
    EXPECT_NE(written.find("<!-- ours -->"), std::string::npos);
    EXPECT_NE(written.find("<v:thing v:a=\"1\""), std::string::npos);
    EXPECT_NE(
        written.find("\n  <inputData name=\"A\" id=\"a\">\n    <variable"), std::string::npos
    );
    const Definitions again = read(written);
    EXPECT_EQ(again.version, "1.5");
    EXPECT_EQ(again.inputs[0].variable.type.name, "number");
}

TEST(Writer, StaysWith16WhereOnlyThatWillDo) {
    const auto model = [](std::string_view attributes) {
        return read(
            "<definitions xmlns=\"https://www.omg.org/spec/DMN/20240513/MODEL/\" namespace=\"n\" "
            "name=\"m\" " +
            std::string(attributes) + "/>"
        );
    };
    EXPECT_NE(write_definitions(model("")).find("20230324/MODEL/"), std::string::npos);
    const std::string b_feel = write_definitions(
        model("expressionLanguage=\"https://www.omg.org/spec/DMN/20240513/B-FEEL/\"")
    );
    EXPECT_NE(b_feel.find("20240513/MODEL/"), std::string::npos);
}

std::string table_model(const std::string& rows) {
    return "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"m\" "
           "namespace=\"n\"><inputData id=\"age\" name=\"age\"/><decision id=\"d\" name=\"D\">"
           "<informationRequirement><requiredInput href=\"#age\"/></informationRequirement>"
           "<decisionTable hitPolicy=\"FIRST\"><input><inputExpression typeRef=\"number\"><text>age"
           "</text></inputExpression></input><output name=\"fee\"/>" +
           rows + "</decisionTable></decision></definitions>";
}

std::string row(std::string_view id, std::string_view test, std::string_view output) {
    return "<rule id=\"" + std::string(id) + "\"><inputEntry><text>" + std::string(test) +
           "</text></inputEntry><outputEntry><text>" + std::string(output) +
           "</text></outputEntry></rule>";
}

TEST(Show, DrawsTablesAndGraphs) {
    const Definitions definitions = read(table_model(row("a", ">= 18", "10") + row("b", "-", "5")));
    EXPECT_EQ(
        logic_text(definitions, "D"),
        "┌───┬───────╥─────┐\n"
        "│ F │ age   ║ fee │\n"
        "├───┼───────╫─────┤\n"
        "│ 1 │ >= 18 ║ 10  │\n"
        "│ 2 │ -     ║ 5   │\n"
        "└───┴───────╨─────┘\n"
    );
    EXPECT_EQ(graph_text(definitions), "m\n└─ D (table F, 2 rows)\n   └─ age\n");
    EXPECT_NE(logic_svg(definitions, "D").find("&gt;= 18"), std::string::npos);
    EXPECT_NE(graph_svg(definitions).find("<line"), std::string::npos);
}

TEST(Diff, NamesRowsAndInputsWithOtherAnswers) {
    const File before{"a.dmn", table_model(row("a", ">= 18", "10") + row("b", "-", "5"))};
    const File after{
        "b.dmn",
        table_model(row("a", ">= 21", "10") + row("c", "&lt; 5", "0") + row("b", "-", "5"))};
    const Compilation old = Model::compile({&before, 1});
    const Compilation now = Model::compile({&after, 1});
    std::string text;
    for (const Difference& each :
         diff(read(before.content), *old.model, read(after.content), *now.model)) {
        text += to_string(each) + "\n";
    }
    EXPECT_NE(
        text.find("~ decision \"D\": row 1 changed: age >= 18 became >= 21"), std::string::npos
    ) << text;
    EXPECT_NE(text.find("+ decision \"D\": row 2 added: < 5 -> 0"), std::string::npos) << text;
    EXPECT_NE(text.find("= decision \"D\": age = 18: 10 became 5"), std::string::npos) << text;
    EXPECT_NE(text.find("age = 4: 5 became 0"), std::string::npos) << text;
}

TEST(Examples, PassTheirOwnTests) {
    const tck::Report report = tck::run({std::string(ATTUNE_SOURCE_DIR) + "/examples/rules"});
    EXPECT_EQ(report.failed(), 0U) << tck::to_text(report);
    EXPECT_EQ(report.passed(), 5U);
}

}  // namespace
}  // namespace attune::dmn
