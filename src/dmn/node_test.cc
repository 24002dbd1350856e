#include <gtest/gtest.h>

#include "dmn/decision_model.h"
#include "feel/text.h"
#include "value/json.h"

namespace attune::dmn {
namespace {

/// What came of a decision.
struct Answer {
    std::string value;
    std::string warning;
    std::string exceeded;
};

Answer ask(
    std::string_view inside,
    std::string_view goal,
    std::string_view json = "{}",
    const feel::Limits& limits = {}
) {
    const File file{
        "m.dmn",
        R"(<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="n">)" +
            std::string(inside) + "</definitions>"};
    const Compilation compiled = Model::compile({&file, 1});
    EXPECT_TRUE(compiled.ok()) << compiled.error();
    Arena arena;
    feel::Warnings warnings;
    feel::Evaluation evaluation(arena);
    evaluation.warnings = &warnings;
    evaluation.limits = limits;
    const Value inputs = json::parse(json, arena).value();
    const Value value = compiled.model->evaluate(goal, inputs, evaluation).value();
    return {
        feel::to_literal(value),
        warnings.kept().empty() ? "" : warnings.kept()[0].cause,
        evaluation.exceeded == nullptr ? "" : evaluation.exceeded};
}

/// A decision that runs a boxed loop over a thousand numbers.
std::string loop(std::string_view element, std::string_view body, std::string_view text) {
    std::string xml = R"(<decision id="d" name="D"><variable name="D"/><)";
    xml.append(element).append(element == "filter" ? ">" : R"( iteratorVariable="i">)");
    xml.append(
        "<in><literalExpression><text>for n in 1..1000 return n</text></literalExpression></in><"
    );
    xml.append(body).append("><literalExpression><text>").append(text);
    xml.append("</text></literalExpression></").append(body).append("></");
    return xml.append(element).append("></decision>");
}

TEST(BoxedLoops, CountAStepForEachItem) {
    // The list itself takes a thousand steps.
    const feel::Limits few{.steps_max = 1'500};
    const feel::Limits enough{.steps_max = 2'500};
    for (const std::string& model :
         {loop("for", "return", "i"),
          loop("some", "satisfies", "i &lt; 0"),
          loop("every", "satisfies", "i > 0"),
          loop("filter", "match", "item > 0")}) {
        const Answer stopped = ask(model, "D", "{}", few);
        EXPECT_EQ(stopped.exceeded, "steps_max") << model;
        EXPECT_EQ(stopped.value, "null");
        EXPECT_EQ(stopped.warning, "the evaluation goes over its limit steps_max");
        EXPECT_EQ(ask(model, "D", "{}", enough).exceeded, "") << model;
    }
}

TEST(BoxedLoops, CountTheMemoryOfTheirResults) {
    const feel::Limits little{.memory_bytes_max = 40'000};
    EXPECT_EQ(ask(loop("for", "return", "i"), "D", "{}", little).exceeded, "memory_bytes_max");
    EXPECT_EQ(ask(loop("for", "return", "i"), "D").exceeded, "");
}

TEST(BoxedLoops, DoNotNestTheirResultsWithoutEnd) {
    EXPECT_EQ(ask(loop("for", "return", "[partial[-1]]"), "D").exceeded, "nesting of values (200)");
    EXPECT_EQ(ask(loop("for", "return", "[i, count(partial)]"), "D").exceeded, "");
}

/// Models with the type "T": "a" or "b"; a table that makes a T of a number, and a knowledge model
/// "say" that takes one.
std::string model_with(std::string_view outputs, std::string_view rest) {
    std::string xml = R"(
<itemDefinition name="T"><typeRef>string</typeRef>
  <allowedValues><text>"a", "b"</text></allowedValues></itemDefinition>
<inputData id="n" name="n"><variable name="n" typeRef="number"/></inputData>
<inputData id="s" name="s"><variable name="s" typeRef="string"/></inputData>
<inputData id="t" name="t"><variable name="t" typeRef="T"/></inputData>
<businessKnowledgeModel id="say" name="say"><variable name="say" typeRef="T"/><encapsulatedLogic>
  <formalParameter name="what" typeRef="T"/><formalParameter name="other" typeRef="T"/>
  <decisionTable hitPolicy="FIRST"><input><inputExpression><text>what</text></inputExpression></input>
    <output/><rule><inputEntry><text>"a"</text></inputEntry><outputEntry><text>"b"</text></outputEntry></rule>
    <rule><inputEntry><text>"b"</text></inputEntry><outputEntry><text>"c"</text></outputEntry></rule>
    <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>other</text></outputEntry></rule>
  </decisionTable></encapsulatedLogic></businessKnowledgeModel>
<decision id="Of" name="Of"><variable name="Of" typeRef="T"/>
  <informationRequirement><requiredInput href="#n"/></informationRequirement>
  <decisionTable hitPolicy="UNIQUE"><input><inputExpression><text>n</text></inputExpression></input>
    <output/>)";
    xml.append(outputs).append("</decisionTable></decision>");
    return xml.append(rest);
}

std::string row(std::string_view test, std::string_view output) {
    return std::string("<rule><inputEntry><text>")
        .append(test)
        .append("</text></inputEntry><outputEntry><text>")
        .append(output)
        .append("</text></outputEntry></rule>");
}

// What cannot break a type is not looked at when the model runs; the next tests mix both.
TEST(Types, AreCheckedForTheOutputsOfTables) {
    const std::string sure = model_with(row("1", "\"a\"") + row("2", "\"b\""), "");
    EXPECT_EQ(ask(sure, "Of", R"({"n": 1})").value, "\"a\"");
    EXPECT_EQ(ask(sure, "Of", R"({"n": 2})").value, "\"b\"");
    EXPECT_EQ(ask(sure, "Of", R"({"n": 3})").value, "null");
    const std::string unsure = model_with(row("1", "\"a\"") + row("2", "\"c\""), "");
    EXPECT_EQ(ask(unsure, "Of", R"({"n": 1})").value, "\"a\"");
    EXPECT_EQ(ask(unsure, "Of", R"({"n": 2})").value, "null");
    EXPECT_EQ(ask(unsure, "Of", R"({"n": 2})").warning, "\"c\" is no T; taken as null");
}

TEST(Types, AreCheckedForArgumentsAndResultsOfCalls) {
    const auto call = [](std::string_view requirement, std::string_view text) {
        std::string xml = R"(<decision id="Call" name="Call"><variable name="Call" typeRef="T"/>
  <informationRequirement>)";
        xml.append(requirement).append(R"(</informationRequirement>
  <knowledgeRequirement><requiredKnowledge href="#say"/></knowledgeRequirement>
  <invocation><literalExpression><text>say</text></literalExpression>
    <binding><parameter name="what"/><literalExpression><text>)");
        xml.append(text).append("</text></literalExpression></binding></invocation></decision>");
        return model_with(row("1", "\"a\"") + row("2", "\"b\""), xml);
    };
    // Of the type, of none, and of one that takes more.
    const std::string of_decision = call(R"(<requiredDecision href="#Of"/>)", "Of");
    const std::string of_input = call(R"(<requiredInput href="#t"/>)", "t");
    const std::string of_text = call(R"(<requiredInput href="#s"/>)", "s");
    EXPECT_EQ(ask(of_decision, "Call", R"({"n": 1})").value, "\"b\"");
    EXPECT_EQ(ask(of_input, "Call", R"({"t": "a"})").value, "\"b\"");
    EXPECT_EQ(ask(of_text, "Call", R"({"s": "a"})").value, "\"b\"");
    // The result breaks the type of the knowledge model.
    EXPECT_EQ(ask(of_decision, "Call", R"({"n": 2})").value, "null");
    EXPECT_EQ(ask(of_decision, "Call", R"({"n": 2})").warning, "\"c\" is no T; taken as null");
    // The argument breaks that of the parameter.
    EXPECT_EQ(
        ask(of_text, "Call", R"({"s": "z"})").warning, "argument what is \"z\", which is no T"
    );
    EXPECT_EQ(ask(of_input, "Call", R"({"t": "z"})").warning, "\"z\" is no T; taken as null");
    // A parameter without an argument is null.
    EXPECT_EQ(ask(of_decision, "Call", R"({"n": 3})").value, "null");
    EXPECT_EQ(ask(of_decision, "Call", R"({"n": 3})").warning, "");
}

}  // namespace
}  // namespace attune::dmn
