#include "dmn/decision_model.h"

#include <gtest/gtest.h>

#include "dmn/table.h"
#include "feel/text.h"
#include "value/json.h"

namespace attune::dmn {
namespace {

File file(std::string_view body, std::string_view name = "m", std::string_view ns = "n") {
    std::string xml =
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"" +
        std::string(name) + "\" namespace=\"" + std::string(ns) + "\">\n";
    xml += body;
    return {std::string(name) + ".dmn", xml + "</definitions>"};
}

std::string literal(std::string_view text, std::string_view attributes = "") {
    std::string escaped;
    for (const char c : text) {
        escaped += c == '<' ? "&lt;" : std::string(1, c);
    }
    return "<literalExpression " + std::string(attributes) + "><text>" + escaped +
           "</text></literalExpression>";
}

std::string input(std::string_view name, std::string_view type) {
    return "<inputData id=\"" + std::string(name) + "\" name=\"" + std::string(name) +
           "\"><variable name=\"" + std::string(name) + "\" typeRef=\"" + std::string(type) +
           "\"/></inputData>";
}

std::string requires_input(std::string_view id) {
    return "<informationRequirement><requiredInput href=\"#" + std::string(id) +
           "\"/></informationRequirement>";
}

std::string requires_decision(std::string_view href) {
    return "<informationRequirement><requiredDecision href=\"" + std::string(href) +
           "\"/></informationRequirement>";
}

std::string decision(
    std::string_view name, std::string_view inside, std::string_view type = "Any"
) {
    return "<decision id=\"" + std::string(name) + "\" name=\"" + std::string(name) +
           "\"><variable name=\"" + std::string(name) + "\" typeRef=\"" + std::string(type) +
           "\"/>" + std::string(inside) + "</decision>";
}

struct Answer {
    std::string value;
    std::string warning;
};

class Asked {
public:
    explicit Asked(std::vector<File> files, bool lenient = false) {
        CompileOptions options;
        options.lenient = lenient;
        compiled_ = Model::compile(files, options);
        EXPECT_TRUE(compiled_.ok()) << compiled_.error();
    }

    Answer operator()(std::string_view goal, std::string_view json = "{}") {
        arena_.reset();
        explanation_.clear();
        feel::Warnings warnings;
        feel::Evaluation evaluation(arena_);
        evaluation.warnings = &warnings;
        const Result<Value> inputs = json::parse(json, arena_);
        EXPECT_TRUE(inputs.ok());
        const Result<Value> value =
            compiled_.model->evaluate(goal, inputs.value(), evaluation, &explanation_);
        if (!value) {
            return {"error: " + value.error().message, ""};
        }
        return {
            feel::to_literal(value.value()),
            warnings.kept().empty() ? "" : warnings.kept()[0].cause};
    }

    std::string explained() {
        feel::Evaluation evaluation(arena_);
        return json::to_json(describe(explanation_, evaluation));
    }

    [[nodiscard]] const Compilation& compiled() const { return compiled_; }

private:
    Compilation compiled_;
    Arena arena_;
    Explanation explanation_;
};

/// A table over `age` (number) and `seg` (string): rows of two conditions and an output.
std::string table(
    std::string_view attributes,
    std::initializer_list<std::array<std::string_view, 3>> rows,
    std::string_view output = "<output/>"
) {
    std::string xml = "<decisionTable " + std::string(attributes) +
                      "><input label=\"Age\"><inputExpression typeRef=\"number\"><text>age</text>"
                      "</inputExpression></input><input><inputExpression typeRef=\"string\">"
                      "<text>seg</text></inputExpression></input>" +
                      std::string(output);
    std::size_t number = 0;
    for (const auto& row : rows) {
        xml += "<rule id=\"r" + std::to_string(++number) + "\">";
        for (std::size_t at = 0; at < 3; ++at) {
            std::string cell;
            for (const char c : row[at]) {
                cell += c == '<' ? "&lt;" : std::string(1, c);
            }
            const std::string_view entry = at < 2 ? "inputEntry" : "outputEntry";
            xml += "<" + std::string(entry) + "><text>" + cell + "</text></" + std::string(entry) +
                   ">";
        }
        xml += "</rule>";
    }
    return xml + "</decisionTable>";
}

File table_model(const std::string& logic) {
    return file(
        input("age", "number") + input("seg", "string") +
        decision("D", requires_input("age") + requires_input("seg") + logic)
    );
}

TEST(HitPolicy, UniqueGivesTheOnlyRowAndNullForTwo) {
    Asked ask({table_model(table("", {{">= 18", "-", "1"}, {">= 65", "\"a\"", "2"}}))});
    EXPECT_EQ(ask("D", R"({"age": 20, "seg": "a"})").value, "1");
    EXPECT_EQ(ask("D", R"({"age": 10, "seg": "a"})").value, "null");
    const Answer two = ask("D", R"({"age": 70, "seg": "a"})");
    EXPECT_EQ(two.value, "null");
    EXPECT_EQ(two.warning, "hit policy UNIQUE allows one row to match, but rows 1, 2 do");
}

TEST(HitPolicy, AnyNeedsEqualOutputs) {
    Asked ask({table_model(
        table("hitPolicy=\"ANY\"", {{">= 18", "-", "1"}, {">= 21", "-", "1"}, {">= 65", "-", "2"}})
    )});
    EXPECT_EQ(ask("D", R"({"age": 30})").value, "1");
    EXPECT_EQ(ask("D", R"({"age": 70})").value, "null");
}

TEST(HitPolicy, FirstGivesTheFirst) {
    Asked ask({table_model(
        table("hitPolicy=\"FIRST\"", {{">= 65", "-", "2"}, {">= 18", "-", "1"}, {"-", "-", "0"}})
    )});
    EXPECT_EQ(ask("D", R"({"age": 70})").value, "2");
    EXPECT_EQ(ask("D", R"({"age": 20})").value, "1");
    EXPECT_EQ(ask("D", R"({"age": 2})").value, "0");
    EXPECT_EQ(ask("D", "{}").value, "0");
}

TEST(HitPolicy, PriorityAndOutputOrderFollowTheOutputValues) {
    const std::string_view output =
        "<output><outputValues><text>\"c\", \"b\", \"a\"</text></outputValues></output>";
    const auto rows = {
        std::array<std::string_view, 3>{"-", "-", "\"a\""},
        std::array<std::string_view, 3>{">= 18", "-", "\"b\""},
        std::array<std::string_view, 3>{">= 65", "-", "\"c\""}};
    Asked priority({table_model(table("hitPolicy=\"PRIORITY\"", rows, output))});
    EXPECT_EQ(priority("D", R"({"age": 70})").value, "\"c\"");
    EXPECT_EQ(priority("D", R"({"age": 20})").value, "\"b\"");
    Asked order({table_model(table("hitPolicy=\"OUTPUT ORDER\"", rows, output))});
    EXPECT_EQ(order("D", R"({"age": 70})").value, R"(["c", "b", "a"])");
}

TEST(HitPolicy, CollectGivesAllOrAggregates) {
    const auto rows = {
        std::array<std::string_view, 3>{"-", "-", "10"},
        std::array<std::string_view, 3>{">= 18", "-", "5"},
        std::array<std::string_view, 3>{">= 18", "-", "5"}};
    const auto answer = [&](std::string_view attributes, std::string_view json) {
        return Asked({table_model(table(attributes, rows))})("D", json).value;
    };
    EXPECT_EQ(answer("hitPolicy=\"RULE ORDER\"", R"({"age": 20})"), "[10, 5, 5]");
    EXPECT_EQ(answer("hitPolicy=\"COLLECT\"", R"({"age": 20})"), "[10, 5, 5]");
    EXPECT_EQ(answer("hitPolicy=\"COLLECT\" aggregation=\"SUM\"", R"({"age": 20})"), "20");
    EXPECT_EQ(answer("hitPolicy=\"COLLECT\" aggregation=\"COUNT\"", R"({"age": 20})"), "3");
    EXPECT_EQ(answer("hitPolicy=\"COLLECT\" aggregation=\"MIN\"", R"({"age": 20})"), "5");
    EXPECT_EQ(answer("hitPolicy=\"COLLECT\" aggregation=\"MAX\"", R"({"age": 20})"), "10");
}

TEST(Table, GivesTheDefaultOutputWhereNoRowMatches) {
    Asked ask({table_model(table(
        "",
        {{">= 18", "-", "1"}},
        "<output><defaultOutputEntry><text>7 + 1</text></defaultOutputEntry></output>"
    ))});
    EXPECT_EQ(ask("D", R"({"age": 3})").value, "8");
}

TEST(Table, GivesAContextForSeveralOutputs) {
    const std::string logic =
        "<decisionTable><input><inputExpression><text>age</text></inputExpression></input>"
        "<output name=\"a\" typeRef=\"number\"/><output name=\"b\" typeRef=\"string\"/>"
        "<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>age * 2</text>"
        "</outputEntry><outputEntry><text>\"x\"</text></outputEntry></rule></decisionTable>";
    Asked ask({table_model(logic)});
    EXPECT_EQ(ask("D", R"({"age": 3})").value, R"({a: 6, b: "x"})");
}

TEST(Table, EvaluatesConditionsThatTheIndexDoesNotUnderstand) {
    Asked ask({table_model(table(
        "hitPolicy=\"FIRST\"",
        {{"? * 2 > 30", "starts with(?, \"v\")", "1"},
         {"> 5 + 5", "-", "2"},
         {"not(1, 2)", "not(\"x\")", "3"},
         {"-", "\"x\", \"y\"", "4"}}
    ))});
    EXPECT_EQ(ask("D", R"({"age": 20, "seg": "vip"})").value, "1");
    EXPECT_EQ(ask("D", R"({"age": 11, "seg": "vip"})").value, "2");
    EXPECT_EQ(ask("D", R"({"age": 3, "seg": "vip"})").value, "3");
    EXPECT_EQ(ask("D", R"({"age": 1, "seg": "y"})").value, "4");
    EXPECT_EQ(ask("D", R"({"age": 1, "seg": "z"})").value, "null");
}

TEST(Table, ExplainsRowsThatMatchedAndWhoRefusedTheOthers) {
    Asked ask({table_model(
        table("", {{">= 18", "\"a\"", "1"}, {"< 18", "-", "2"}, {">= 18", "? = \"b\"", "3"}})
    )});
    ask("D", R"({"age": 20, "seg": "a"})");
    EXPECT_EQ(
        ask.explained(),
        R"([{"element":"decision \"D\"","inputs":[{"column":"Age","value":20},)"
        R"({"column":"seg","value":"a"}],"matched":[{"row":1,"id":"r1","annotation":""}],)"
        R"("refused":[{"row":2,"column":"Age","condition":"< 18","input":20},)"
        R"({"row":3,"column":"seg","condition":"? = \"b\"","input":"a"}],"result":1}])"
    );
}

TEST(Table, WarnsOfInputsOutsideTheInputValues) {
    const std::string logic =
        "<decisionTable><input><inputExpression><text>seg</text></inputExpression><inputValues>"
        "<text>\"a\", \"b\"</text></inputValues></input><output/><rule><inputEntry><text>-</text>"
        "</inputEntry><outputEntry><text>1</text></outputEntry></rule></decisionTable>";
    Asked ask({table_model(logic)});
    EXPECT_EQ(ask("D", R"({"seg": "a"})").warning, "");
    EXPECT_EQ(ask("D", "{}").warning, "");
    const Answer outside = ask("D", R"({"seg": "c"})");
    EXPECT_EQ(outside.value, "1");
    EXPECT_EQ(outside.warning, R"(input seg is "c", which is not among its input values "a", "b")");
}

TEST(Model, ChecksTheTypesOfInputsAndResults) {
    Asked ask({file(
        input("n", "number") + decision("D", requires_input("n") + literal("n"), "number") +
        decision("E", literal("\"text\""), "number")
    )});
    EXPECT_EQ(ask("D", R"({"n": 1})").value, "1");
    EXPECT_EQ(ask("D", R"({"n": [1]})").value, "1");
    EXPECT_EQ(ask("D", R"({"n": "1"})").value, "null");
    EXPECT_EQ(ask("E").value, "null");
    EXPECT_EQ(ask("E").warning, "\"text\" is no number; taken as null");
}

TEST(Model, KeepsTheConstraintsOfItemDefinitions) {
    Asked ask({file(
        "<itemDefinition name=\"tSize\"><typeRef>string</typeRef><allowedValues>"
        "<text>\"S\", \"M\"</text></allowedValues></itemDefinition>"
        "<itemDefinition name=\"tSizes\" isCollection=\"true\"><typeRef>tSize</typeRef>"
        "<typeConstraint><text>count(?) > 1</text></typeConstraint></itemDefinition>"
        "<itemDefinition name=\"tShirt\"><itemComponent name=\"size\"><typeRef>tSize</typeRef>"
        "</itemComponent></itemDefinition>" +
        input("s", "tSize") + input("l", "tSizes") + input("c", "tShirt") +
        decision("S", requires_input("s") + literal("s")) +
        decision("L", requires_input("l") + literal("l")) +
        decision("C", requires_input("c") + literal("c.size"))
    )});
    EXPECT_EQ(ask("S", R"({"s": "M"})").value, "\"M\"");
    EXPECT_EQ(ask("S", R"({"s": "X"})").value, "null");
    EXPECT_EQ(ask("L", R"({"l": ["S", "M"]})").value, R"(["S", "M"])");
    EXPECT_EQ(ask("L", R"({"l": ["S"]})").value, "null");
    EXPECT_EQ(ask("L", R"({"l": ["S", "X"]})").value, "null");
    EXPECT_EQ(ask("C", R"({"c": {"size": "S"}})").value, "\"S\"");
    EXPECT_EQ(ask("C", R"({"c": {"size": "X"}})").value, "null");
}

TEST(Model, CallsKnowledgeModelsAndServices) {
    const std::string bkm =
        "<businessKnowledgeModel id=\"b\" name=\"add one\"><encapsulatedLogic>"
        "<formalParameter name=\"n\" typeRef=\"number\"/>" +
        literal("n + 1") + "</encapsulatedLogic></businessKnowledgeModel>";
    const std::string service =
        "<decisionService id=\"s\" name=\"serve\"><outputDecision href=\"#Out\"/>"
        "<inputDecision href=\"#In\"/><inputData href=\"#x\"/></decisionService>";
    Asked ask({file(
        bkm + service + input("x", "number") + decision("In", literal("100")) +
        decision("Out", requires_decision("#In") + requires_input("x") + literal("In + x")) +
        decision(
            "D",
            "<knowledgeRequirement><requiredKnowledge href=\"#b\"/></knowledgeRequirement>"
            "<knowledgeRequirement><requiredKnowledge href=\"#s\"/></knowledgeRequirement>" +
                requires_decision("#Out") + literal("[add one(1), serve(1, 2), Out]")
        )
    )});
    EXPECT_EQ(ask("D", R"({"x": 5})").value, "[2, 3, 105]");
    EXPECT_EQ(ask("serve", R"({"x": 5, "In": 1})").value, "6");
    EXPECT_EQ(ask("add one", R"({"n": 5})").value, "6");
}

std::string binding(std::string_view parameter, std::string_view text) {
    return "<binding><parameter name=\"" + std::string(parameter) + "\"/>" + literal(text) +
           "</binding>";
}

constexpr std::string_view kRequiresModel =
    "<knowledgeRequirement><requiredKnowledge href=\"#b\"/></knowledgeRequirement>";

TEST(Model, BindsParametersOfInvocationsByName) {
    const std::string bkm =
        "<businessKnowledgeModel id=\"b\" name=\"f\"><encapsulatedLogic>"
        "<formalParameter name=\"one\" typeRef=\"number\"/>"
        "<formalParameter name=\"two\" typeRef=\"number\"/>" +
        literal("[one, two]") + "</encapsulatedLogic></businessKnowledgeModel>";
    const auto call = [&](std::string_view name, const std::string& bindings) {
        return decision(
            name,
            std::string(kRequiresModel) + "<invocation>" + literal("f") + bindings + "</invocation>"
        );
    };
    Asked ask({file(
        bkm + call("Both", binding("two", "2") + binding("one", "1")) +
        call("Single", binding("two", "2")) + call("Unknown", binding("three", "3")) +
        call("Twice", binding("one", "1") + binding("one", "2")) +
        call("Text", binding("one", "\"x\"") + binding("two", "2"))
    )});
    EXPECT_EQ(ask("Both").value, "[1, 2]");
    EXPECT_EQ(ask("Single").value, "[null, 2]");
    EXPECT_EQ(ask("Unknown").warning, "the function has no such parameters");
    EXPECT_EQ(ask("Twice").value, "null");
    EXPECT_EQ(ask("Text").value, "null");
    EXPECT_NE(ask("Text").warning, "");
}

TEST(Model, StopsAKnowledgeModelThatCallsItselfWithoutEnd) {
    const std::string bkm =
        "<businessKnowledgeModel id=\"b\" name=\"f\">"
        "<encapsulatedLogic><formalParameter name=\"n\" typeRef=\"number\"/><invocation>" +
        literal("f") + binding("n", "n") + "</invocation></encapsulatedLogic>" +
        std::string(kRequiresModel) + "</businessKnowledgeModel>";
    Asked ask({file(bkm + decision("D", std::string(kRequiresModel) + literal("f(1)")))});
    const Answer answer = ask("D");
    EXPECT_EQ(answer.value, "null");
    EXPECT_EQ(answer.warning, "the evaluation goes over its limit depth_max");
}

TEST(Model, EvaluatesAllDecisionsEachOnce) {
    const File one = file(
        input("x", "number") + decision("A", requires_input("x") + literal("x + 1")) +
        decision("B", requires_decision("#A") + literal("A * 2")) +
        decision("C", requires_decision("#A") + requires_decision("#B") + literal("A + B"))
    );
    const Compilation compiled = Model::compile({&one, 1});
    ASSERT_TRUE(compiled.ok()) << compiled.error();
    Arena arena;
    feel::Evaluation evaluation(arena);
    Explanation explanation;
    const Value inputs = json::parse(R"({"x": 5})", arena).value();
    const Value all = compiled.model->evaluate_all(inputs, evaluation, &explanation);
    EXPECT_EQ(json::to_json(all), R"({"A":6,"B":12,"C":18})");
    std::size_t decided = 0;
    for (const DecisionTrace* at = explanation.decisions(); at != nullptr; at = at->next) {
        ++decided;
    }
    EXPECT_EQ(decided, 3U);
}

TEST(Model, StopsAServiceThatCallsItselfWithoutEnd) {
    const std::string requires_service =
        "<knowledgeRequirement><requiredKnowledge href=\"#s\"/></knowledgeRequirement>";
    Asked ask({file(
        "<decisionService id=\"s\" name=\"serve\"><outputDecision href=\"#Out\"/>"
        "<inputData href=\"#x\"/></decisionService>" +
        input("x", "number") +
        decision(
            "Out",
            requires_service + requires_input("x") + "<invocation>" + literal("serve") +
                binding("x", "x") + "</invocation>"
        )
    )});
    const Answer answer = ask("Out", R"({"x": 1})");
    EXPECT_EQ(answer.value, "null");
    EXPECT_EQ(answer.warning, "the evaluation goes over its limit depth_max");
}

TEST(Model, RefusesChainsOfDecisionsThatAreTooLong) {
    const auto link = [](int at) {
        const std::string before = "D" + std::to_string(at - 1);
        const std::string inside =
            at == 0 ? literal("0") : requires_decision("#" + before) + literal(before + " + 1");
        return decision("D" + std::to_string(at), inside);
    };
    constexpr int kLength = 2'000;
    std::string upwards;
    std::string downwards;
    for (int at = 0; at < kLength; ++at) {
        upwards += link(at);
        downwards += link(kLength - 1 - at);
    }
    for (const std::string& body : {upwards, downwards}) {
        const File one = file(body);
        const Compilation compiled = Model::compile({&one, 1});
        EXPECT_NE(
            compiled.error().find("more than 500 decisions build on each other"), std::string::npos
        ) << compiled.error();
    }
}

TEST(Model, ReadsImportsWithAndWithoutPrefix) {
    const File far = file(
        "<itemDefinition name=\"tN\"><typeRef>number</typeRef></itemDefinition>" +
            input("x", "tN") + decision("Twice", requires_input("x") + literal("x * 2")),
        "far",
        "f"
    );
    const auto with = [](std::string_view prefix, std::string_view text) {
        return file(
            "<import name=\"" + std::string(prefix) +
            "\" namespace=\"f\" importType=\"https://www.omg.org/spec/DMN/20230324/MODEL/\"/>" +
            decision("D", requires_decision("f#Twice") + literal(text))
        );
    };
    Asked prefixed({with("lib", "lib.Twice + 1"), far});
    EXPECT_EQ(prefixed("D", R"({"lib": {"x": 4}})").value, "9");
    EXPECT_EQ(prefixed("D", R"({"x": 4})").value, "9");
    Asked bare({with("", "Twice + 1"), far});
    EXPECT_EQ(bare("D", R"({"x": 4})").value, "9");
}

TEST(Model, EvaluatesBoxedExpressions) {
    const std::string items = "<in>" + literal("[1, 2, 3]") + "</in>";
    Asked ask({file(
        decision(
            "Context",
            "<context><contextEntry><variable name=\"a\"/>" + literal("2") +
                "</contextEntry><contextEntry>" + literal("a * 21") + "</contextEntry></context>"
        ) +
        decision(
            "Relation",
            "<relation><column name=\"p\"/><column name=\"q\"/><row>" + literal("1") +
                literal("2") + "</row></relation>"
        ) +
        decision("List", "<list>" + literal("1") + literal("\"b\"") + "</list>") +
        decision(
            "Conditional",
            "<conditional><if>" + literal("1 > 2") + "</if><then>" + literal("1") +
                "</then><else>" + literal("2") + "</else></conditional>"
        ) +
        decision(
            "Filter", "<filter>" + items + "<match>" + literal("item > 1") + "</match></filter>"
        ) +
        decision(
            "Fields",
            "<filter><in>" + literal("[{p: 1}, {p: 2}]") + "</in><match>" + literal("p > 1") +
                "</match></filter>"
        ) +
        decision(
            "For",
            "<for iteratorVariable=\"i\">" + items + "<return>" + literal("i + count(partial)") +
                "</return></for>"
        ) +
        decision(
            "Some",
            "<some iteratorVariable=\"i\">" + items + "<satisfies>" + literal("i > 2") +
                "</satisfies></some>"
        ) +
        decision(
            "Every",
            "<every iteratorVariable=\"i\">" + items + "<satisfies>" + literal("i > 2") +
                "</satisfies></every>"
        ) +
        decision(
            "Closure",
            "<context><contextEntry><variable name=\"k\"/>" + literal("10") +
                "</contextEntry><contextEntry><variable name=\"f\"/><functionDefinition>"
                "<formalParameter name=\"n\"/>" +
                literal("n * k") + "</functionDefinition></contextEntry><contextEntry>" +
                literal("f(4)") + "</contextEntry></context>"
        )
    )});
    EXPECT_EQ(ask("Context").value, "42");
    EXPECT_EQ(ask("Relation").value, "[{p: 1, q: 2}]");
    EXPECT_EQ(ask("List").value, R"([1, "b"])");
    EXPECT_EQ(ask("Conditional").value, "2");
    EXPECT_EQ(ask("Filter").value, "[2, 3]");
    EXPECT_EQ(ask("Fields").value, "[{p: 2}]");
    EXPECT_EQ(ask("For").value, "[1, 3, 5]");
    EXPECT_EQ(ask("Some").value, "true");
    EXPECT_EQ(ask("Every").value, "false");
    EXPECT_EQ(ask("Closure").value, "40");
}

TEST(Model, LetsAKnowledgeModelCallItself) {
    const std::string model =
        "<businessKnowledgeModel id=\"b\" name=\"fac\"><encapsulatedLogic>"
        "<formalParameter name=\"n\" typeRef=\"number\"/>" +
        literal("if n &lt; 2 then 1 else n * fac(n - 1)") +
        "</encapsulatedLogic></businessKnowledgeModel>" +
        decision("D", std::string(kRequiresModel) + literal("fac(5)"));
    Asked ask({file(model)});
    EXPECT_EQ(ask("D").value, "120");
}

TEST(Model, RefusesCyclesUnknownReferencesAndJava) {
    const auto errors = [](std::string_view body) {
        const File one = file(body);
        const Compilation compiled = Model::compile({&one, 1});
        EXPECT_FALSE(compiled.ok());
        return compiled.error();
    };
    EXPECT_NE(
        errors(
            decision("A", requires_decision("#B") + literal("B")) +
            decision("B", requires_decision("#A") + literal("A"))
        )
            .find("requires itself"),
        std::string::npos
    );
    EXPECT_NE(
        errors(decision("A", requires_decision("#Z") + literal("1"))).find("does not exist"),
        std::string::npos
    );
    EXPECT_NE(
        errors("<businessKnowledgeModel id=\"b\" name=\"b\"><encapsulatedLogic kind=\"Java\">"
               "<context/></encapsulatedLogic></businessKnowledgeModel>")
            .find("functions of kind Java are not supported"),
        std::string::npos
    );
}

TEST(Model, SaysWhereAnExpressionIsWrong) {
    const File one = file(decision("A", literal("1 +\n  * 2")));
    const Compilation compiled = Model::compile({&one, 1});
    ASSERT_FALSE(compiled.ok());
    EXPECT_EQ(compiled.error().substr(0, 27), "m.dmn:3:3: decision \"A\" (id");
}

TEST(Model, AllocatesNothingInTheSteadyState) {
    Asked ask({table_model(table("hitPolicy=\"FIRST\"", {{">= 18", "\"a\"", "1"}, {"-", "-", "2"}})
    )});
    const Model& model = *ask.compiled().model;
    const Goal& goal = *model.find("D");
    Arena arena;
    Explanation explanation;
    const Value arguments[] = {Value::integer(20), Value::string("a")};
    const auto once = [&] {
        arena.reset();
        explanation.clear();
        feel::Evaluation evaluation(arena);
        return model.evaluate(goal, arguments, evaluation, &explanation);
    };
    once();
    const std::size_t held = arena.held_bytes();
    for (int round = 0; round < 1000; ++round) {
        EXPECT_EQ(feel::to_literal(once()), "1");
    }
    EXPECT_EQ(arena.held_bytes(), held);
}

TEST(BoxedLoops, RunOverWhatIsInsideARange) {
    const auto loop = [](std::string_view name, std::string_view list) {
        return decision(
            name,
            "<for iteratorVariable=\"i\"><in>" + literal(list) + "</in><return>" +
                literal("if count(partial) = 0 then 1 else partial[-1] * i") + "</return></for>"
        );
    };
    Asked ask({file(
        loop("Factorials", "[1..4]") + loop("Open", "(1..4)") + loop("Texts", "[\"a\"..\"c\"]") +
        decision(
            "Every",
            "<every iteratorVariable=\"i\"><in>" + literal("[2..5]") + "</in><satisfies>" +
                literal("i > 1") + "</satisfies></every>"
        )
    )});
    EXPECT_EQ(ask("Factorials").value, "[1, 2, 6, 24]");
    EXPECT_EQ(ask("Open").value, "[1, 3]");
    EXPECT_EQ(ask("Every").value, "true");
    EXPECT_EQ(ask("Texts").value, "null");
    EXPECT_EQ(ask("Texts").warning, "the loop cannot run over [\"a\"..\"c\"]");
}

}  // namespace
}  // namespace attune::dmn
