#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dmn/diagnostic.h"
#include "dmn/xml.h"

/// A DMN file as it was written, before any FEEL in it is compiled (DMN 1.5, chapters 6 to 10).
namespace attune::dmn {

/// A text in the file: FEEL, or prose.
struct Text {
    std::string text;
    pugi::xml_node element;  ///< Where it stands; refers into the Definitions' document.

    [[nodiscard]] bool empty() const { return text.empty(); }
};

/// A reference to a type as resolved against the prefixes in the file.
struct TypeName {
    std::string name;        ///< Empty: not given.
    std::string namespace_;  ///< Of DMN 1.1's qualified names; empty otherwise.

    [[nodiscard]] bool empty() const { return name.empty(); }
};

/// What every element of a file has.
struct Element {
    std::string id;
    std::string name;
    Place place;
};

/// A variable, parameter, column: something with a name and a type.
struct Variable : Element {
    TypeName type;
};

struct ItemDefinition : Element {
    TypeName type;
    bool collection = false;
    std::optional<Text> allowed_values;
    std::optional<Text> type_constraint;
    std::vector<ItemDefinition> components;
    bool function = false;  ///< Has parameters and a result (`functionItem`).
    std::vector<Variable> parameters;
    TypeName result;
};

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

struct LiteralExpression {
    Text text;
};

struct TableInput : Element {
    std::string label;
    Text expression;
    TypeName type;
    std::optional<Text> values;
};

struct TableOutput : Element {
    std::string label;
    TypeName type;
    std::optional<Text> values;
    std::optional<Text> default_value;
};

struct TableRule : Element {
    std::vector<Text> tests;
    std::vector<Text> outputs;
    std::vector<Text> annotations;
    std::string description;
};

enum class HitPolicy : std::uint8_t {
    Unique,
    Any,
    Priority,
    First,
    OutputOrder,
    RuleOrder,
    Collect
};
enum class Aggregation : std::uint8_t { None, Sum, Count, Min, Max };
enum class Orientation : std::uint8_t { RuleAsRow, RuleAsColumn, CrossTable };

struct DecisionTable {
    HitPolicy hit_policy = HitPolicy::Unique;
    Aggregation aggregation = Aggregation::None;
    Orientation orientation = Orientation::RuleAsRow;
    std::string output_label;
    std::vector<TableInput> inputs;
    std::vector<TableOutput> outputs;
    std::vector<std::string> annotations;  ///< Names of the annotation columns.
    std::vector<TableRule> rules;
};

struct ContextEntry {
    std::optional<Variable> variable;  ///< Missing: the result of the context.
    ExpressionPtr value;
};

struct BoxedContext {
    std::vector<ContextEntry> entries;
};

struct Relation {
    std::vector<Variable> columns;
    std::vector<std::vector<ExpressionPtr>> rows;
};

struct BoxedList {
    std::vector<ExpressionPtr> items;
};

struct Binding {
    Variable parameter;
    ExpressionPtr value;  ///< May be missing: null.
};

struct Invocation {
    ExpressionPtr callee;
    std::vector<Binding> bindings;
};

struct FunctionDefinition {
    enum class Kind : std::uint8_t { Feel, Java, Pmml, Onnx };

    Kind kind = Kind::Feel;
    std::vector<Variable> parameters;
    ExpressionPtr body;  ///< May be missing.
};

struct Conditional {
    ExpressionPtr condition;
    ExpressionPtr then_value;
    ExpressionPtr else_value;
};

struct Filter {
    ExpressionPtr list;
    ExpressionPtr match;
};

struct Iteration {
    enum class Kind : std::uint8_t { For, Some, Every };

    Kind kind = Kind::For;
    std::string variable;
    ExpressionPtr list;
    ExpressionPtr body;
};

/// Any boxed expression. Its place says where it stands.
struct Expression {
    std::string id;
    std::string label;
    Place place;
    TypeName type;
    std::uint64_t source = 0;  ///< A hash of the text inside, for telling versions apart.
    std::variant<
        LiteralExpression,
        DecisionTable,
        BoxedContext,
        Relation,
        BoxedList,
        Invocation,
        FunctionDefinition,
        Conditional,
        Filter,
        Iteration>
        body;
};

/// A reference to an element, in this file or another.
struct Reference {
    std::string namespace_;  ///< Empty: this file.
    std::string id;
    Place place;
};

struct InputData : Element {
    Variable variable;
};

struct Decision : Element {
    std::string question;
    std::string description;
    Variable variable;
    std::vector<Reference> required_decisions;
    std::vector<Reference> required_inputs;
    std::vector<Reference> required_knowledge;
    ExpressionPtr logic;  ///< May be missing.
};

/// A business knowledge model.
struct KnowledgeModel : Element {
    Variable variable;
    std::vector<Reference> required_knowledge;
    std::optional<Expression> logic;  ///< A FunctionDefinition.
};

struct DecisionService : Element {
    Variable variable;
    std::vector<Reference> output_decisions;
    std::vector<Reference> encapsulated_decisions;
    std::vector<Reference> input_decisions;
    std::vector<Reference> input_data;
};

struct Import : Element {
    std::string namespace_;
    std::string location;
    std::string type;
};

/// One file.
struct Definitions : Element {
    std::string file;
    std::string namespace_;
    std::string version;  ///< "1.1" to "1.6"
    bool b_feel = false;  ///< Its expressions are B-FEEL (DMN 1.6) unless they say otherwise.
    std::vector<Import> imports;
    std::vector<ItemDefinition> items;
    std::vector<InputData> inputs;
    std::vector<Decision> decisions;
    std::vector<KnowledgeModel> knowledge_models;
    std::vector<DecisionService> services;
    std::shared_ptr<XmlDocument> document;

    /// Where the byte `offset` of `text` stands.
    [[nodiscard]] Place place_in(const Text& text, std::size_t offset) const {
        return document->place_in_text(text.element, offset);
    }
};

/// How deep boxed expressions may be nested, and how many rules a table may have.
struct ReadLimits {
    XmlLimits xml;
    std::size_t rules_max = 100'000;
};

/// What reading gives: definitions unless the file is no DMN at all, and everything found wrong.
struct Reading {
    std::optional<Definitions> definitions;
    std::vector<Diagnostic> diagnostics;
};

/// Reads a file of DMN 1.1 to 1.6. Elements of other namespaces (diagrams, vendors' extensions) are
/// passed over and stay in the document.
[[nodiscard]] Reading read_definitions(
    std::string_view file, std::string_view xml, const ReadLimits& limits = {}
);

/// "UNIQUE", "RULE ORDER", … as files have them, and one letter, as tables show them ("U", "C+").
[[nodiscard]] std::string_view to_string(HitPolicy policy);
[[nodiscard]] std::string letter(HitPolicy policy, Aggregation aggregation);

}  // namespace attune::dmn
