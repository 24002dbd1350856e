#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dmn/model.h"

/// The parts of read_definitions, shared by its two files.
namespace attune::dmn {

/// What is being read, and what was found wrong so far.
class Reader {
public:
    Reader(const XmlDocument& xml, std::string file, const ReadLimits& limits);

    [[nodiscard]] Definitions definitions(pugi::xml_node root);
    [[nodiscard]] std::vector<Diagnostic> take_diagnostics() { return std::move(diagnostics_); }

private:
    // Elements of the graph: reader.cc.
    void read_drg(pugi::xml_node node, Definitions& into);
    void read_requirements(pugi::xml_node node, Decision& into);
    void read_service(pugi::xml_node node, DecisionService& into);
    [[nodiscard]] Decision decision(pugi::xml_node node);
    [[nodiscard]] KnowledgeModel knowledge_model(pugi::xml_node node);
    [[nodiscard]] ItemDefinition item_definition(pugi::xml_node node);
    [[nodiscard]] Import import(pugi::xml_node node) const;

    // Boxed expressions: reader_expression.cc.
    [[nodiscard]] ExpressionPtr expression(pugi::xml_node node);
    [[nodiscard]] ExpressionPtr expression_in(pugi::xml_node parent, const char* what);
    [[nodiscard]] ExpressionPtr only_expression(pugi::xml_node parent);
    [[nodiscard]] bool is_expression(pugi::xml_node node) const;
    void read_body(pugi::xml_node node, std::string_view kind, Expression& into);
    [[nodiscard]] LiteralExpression literal(pugi::xml_node node);
    [[nodiscard]] BoxedContext context(pugi::xml_node node);
    [[nodiscard]] Relation relation(pugi::xml_node node);
    [[nodiscard]] Invocation invocation(pugi::xml_node node);
    [[nodiscard]] FunctionDefinition function(pugi::xml_node node);
    [[nodiscard]] Iteration iteration(pugi::xml_node node, Iteration::Kind kind);

    // Decision tables: reader_table.cc.
    [[nodiscard]] DecisionTable table(pugi::xml_node node);
    void read_hit_policy(pugi::xml_node node, DecisionTable& into);
    [[nodiscard]] TableInput table_input(pugi::xml_node node);
    [[nodiscard]] TableOutput table_output(pugi::xml_node node);
    [[nodiscard]] TableRule rule(pugi::xml_node node);
    void check_rule(const TableRule& rule, std::size_t number, const DecisionTable& table);

    // Common to all.
    [[nodiscard]] bool is(pugi::xml_node node, std::string_view name) const;
    [[nodiscard]] bool is_dmn(pugi::xml_node node) const;
    [[nodiscard]] pugi::xml_node child(pugi::xml_node node, std::string_view name) const;
    [[nodiscard]] std::vector<pugi::xml_node> children(pugi::xml_node node, std::string_view name)
        const;
    [[nodiscard]] Element element(pugi::xml_node node) const;
    [[nodiscard]] Variable variable(pugi::xml_node node) const;
    [[nodiscard]] Variable variable_of(pugi::xml_node node, const Element& owner) const;
    [[nodiscard]] TypeName type_name(pugi::xml_node node, std::string_view text) const;
    [[nodiscard]] TypeName type_of(pugi::xml_node node) const;
    [[nodiscard]] std::optional<Text> unary_tests(pugi::xml_node parent, const char* name);
    [[nodiscard]] Text text_in(pugi::xml_node node);
    [[nodiscard]] std::vector<Reference> references(pugi::xml_node node, const char* name);
    [[nodiscard]] std::optional<Reference> reference(pugi::xml_node node);
    void check_language(pugi::xml_node node);
    void report(
        pugi::xml_node node,
        std::string message,
        Diagnostic::Severity severity = Diagnostic::Severity::Error
    );

    const XmlDocument* xml_;
    std::string file_;
    ReadLimits limits_;
    std::string root_prefix_;
    std::string namespace_;  ///< The DMN namespace of the root element.
    std::string own_namespace_;
    std::string owner_;  ///< `decision "Approval"`: the element of the graph being read.
    std::string owner_id_;
    std::vector<Diagnostic> diagnostics_;
};

/// "1.5" of a DMN model namespace; empty if it is none that we know.
[[nodiscard]] std::string_view version_of(std::string_view namespace_uri);

}  // namespace attune::dmn
