#include <gtest/gtest.h>

#include "base/counting_heap.h"
#include "dmn/decision_model.h"
#include "value/json.h"

namespace attune::dmn {
namespace {

/// A model with what real ones are made of: constrained types, a knowledge model called by name, a
/// boxed context, tables with and without conditions that need evaluation, a loop, long decimals.
constexpr std::string_view kModel = R"(
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="n">
  <itemDefinition name="tCustomer">
    <itemComponent name="age"><typeRef>number</typeRef>
      <allowedValues><text>[0..150]</text></allowedValues></itemComponent>
    <itemComponent name="segment"><typeRef>string</typeRef>
      <allowedValues><text>"gold","silver"</text></allowedValues></itemComponent>
  </itemDefinition>
  <inputData id="c" name="Customer"><variable name="Customer" typeRef="tCustomer"/></inputData>
  <inputData id="p" name="Prices"><variable name="Prices" typeRef="Any"/></inputData>
  <businessKnowledgeModel id="b" name="rate">
    <encapsulatedLogic>
      <formalParameter name="segment" typeRef="string"/><formalParameter name="age" typeRef="number"/>
      <context>
        <contextEntry><variable name="base"/><decisionTable hitPolicy="FIRST">
          <input><inputExpression><text>segment</text></inputExpression></input>
          <input><inputExpression><text>age</text></inputExpression></input><output/>
          <rule><inputEntry><text>"gold"</text></inputEntry><inputEntry><text>&gt;= 18</text></inputEntry>
            <outputEntry><text>0.0395</text></outputEntry></rule>
          <rule><inputEntry><text>-</text></inputEntry><inputEntry><text>? + 1 &gt; 3</text></inputEntry>
            <outputEntry><text>age / 7</text></outputEntry></rule>
        </decisionTable></contextEntry>
        <contextEntry><literalExpression><text>(1 + base / 12) ** -360</text></literalExpression></contextEntry>
      </context>
    </encapsulatedLogic>
  </businessKnowledgeModel>
  <decision id="d" name="Quote"><variable name="Quote"/>
    <informationRequirement><requiredInput href="#c"/></informationRequirement>
    <informationRequirement><requiredInput href="#p"/></informationRequirement>
    <knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement>
    <context>
      <contextEntry><variable name="rate"/><invocation>
        <literalExpression><text>rate</text></literalExpression>
        <binding><parameter name="segment"/><literalExpression><text>Customer.segment</text></literalExpression></binding>
        <binding><parameter name="age"/><literalExpression><text>Customer.age</text></literalExpression></binding>
      </invocation></contextEntry>
      <contextEntry><variable name="total"/><literalExpression>
        <text>sum(for p in Prices[amount &gt; 1] return p.amount * p.count)</text></literalExpression></contextEntry>
      <contextEntry><variable name="score"/><decisionTable hitPolicy="COLLECT" aggregation="SUM">
        <input><inputExpression><text>Customer.age</text></inputExpression></input><output/>
        <rule><inputEntry><text>&gt;= 18</text></inputEntry><outputEntry><text>10</text></outputEntry></rule>
        <rule><inputEntry><text>[30..60]</text></inputEntry><outputEntry><text>5.5</text></outputEntry></rule>
      </decisionTable></contextEntry>
    </context>
  </decision>
</definitions>)";

class Quotes {
public:
    Quotes() {
        const File file{"m.dmn", std::string(kModel)};
        compiled_ = Model::compile({&file, 1});
        EXPECT_TRUE(compiled_.ok()) << compiled_.error();
    }

    /// Allocations of the second evaluation and those after it.
    std::size_t allocations_for(std::string_view json) {
        Arena inputs;
        const Value context = json::parse(json, inputs).value();
        once(context);
        const std::size_t before = allocations;
        for (int round = 0; round < 100; ++round) {
            once(context);
        }
        return allocations - before;
    }

    std::string answer_of(std::string_view json) {
        Arena inputs;
        return json::to_json(once(json::parse(json, inputs).value()));
    }

private:
    Value once(const Value& context) {
        arena_.reset();
        explanation_.clear();
        feel::Evaluation evaluation(arena_);
        evaluation.warnings = &warnings_;
        return compiled_.model->evaluate_all(context, evaluation, &explanation_);
    }

    Compilation compiled_;
    Arena arena_;
    Explanation explanation_;
    feel::Warnings warnings_;
};

constexpr std::string_view kGold =
    R"({"Customer": {"age": 35, "segment": "gold"}, "Prices": [{"amount": 2.5, "count": 3}]})";
constexpr std::string_view kSilver =
    R"({"Customer": {"segment": "silver", "age": 5}, "Prices": [{"amount": 1, "count": 3}]})";

TEST(Allocations, AreCounted) {
    const std::size_t before = allocations;
    const auto one = std::make_unique<std::string>(100, 'x');
    EXPECT_EQ(allocations, before + 2);
}

TEST(Allocations, OfAWholeDecisionWithExplanationAreNoneInTheSteadyState) {
    Quotes quotes;
    EXPECT_EQ(quotes.allocations_for(kGold), 0U);
    EXPECT_EQ(quotes.allocations_for(kSilver), 0U);
    const std::string answer = quotes.answer_of(kGold);
    EXPECT_NE(answer.find(R"("total":7.5,"score":15.5)"), std::string::npos) << answer;
}

}  // namespace
}  // namespace attune::dmn
