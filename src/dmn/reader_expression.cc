#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/hash.h"
#include "dmn/reader.h"

namespace attune::dmn {
namespace {

constexpr std::array<std::string_view, 12> kExpressions{
    "literalExpression",
    "decisionTable",
    "context",
    "relation",
    "list",
    "invocation",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "some",
    "every"};

}  // namespace

bool Reader::is_expression(pugi::xml_node node) const {
    return node.type() == pugi::node_element &&
           std::find(kExpressions.begin(), kExpressions.end(), local_name(node.name())) !=
               kExpressions.end() &&
           is_dmn(node);
}

namespace {

/// Names of elements and texts, in document order; ids and white space do not count.
std::uint64_t hash_of(pugi::xml_node node) {
    std::uint64_t hash = hash_bytes(local_name(node.name()));
    for (const pugi::xml_node& each : node.children()) {
        if (each.type() == pugi::node_element) {
            hash = hash_combine(hash, hash_of(each));
        } else if (each.type() == pugi::node_pcdata || each.type() == pugi::node_cdata) {
            const std::string text = trimmed(each.value());
            hash = text.empty() ? hash : hash_combine(hash, hash_bytes(text));
        }
    }
    return hash_combine(hash, hash_bytes(node.attribute("name").value()));
}

}  // namespace

ExpressionPtr Reader::expression(pugi::xml_node node) {
    auto result = std::make_unique<Expression>();
    result->id = node.attribute("id").value();
    result->label = node.attribute("label").value();
    result->place = xml_->place(node);
    result->type = type_of(node);
    result->source = std::string_view(node.name()).ends_with("decisionTable") ? 0 : hash_of(node);
    check_language(node);
    read_body(node, local_name(node.name()), *result);
    return result;
}

void Reader::read_body(pugi::xml_node node, std::string_view kind, Expression& into) {
    if (kind == "literalExpression") {
        into.body = literal(node);
    } else if (kind == "decisionTable") {
        into.body = table(node);
    } else if (kind == "context") {
        into.body = context(node);
    } else if (kind == "relation") {
        into.body = relation(node);
    } else if (kind == "invocation") {
        into.body = invocation(node);
    } else if (kind == "functionDefinition") {
        into.body = function(node);
    } else if (kind == "list") {
        BoxedList list;
        for (const pugi::xml_node& each : node.children()) {
            if (is_expression(each)) {
                list.items.push_back(expression(each));
            }
        }
        into.body = std::move(list);
    } else if (kind == "conditional") {
        into.body = Conditional{
            expression_in(node, "if"), expression_in(node, "then"), expression_in(node, "else")};
    } else if (kind == "filter") {
        into.body = Filter{expression_in(node, "in"), expression_in(node, "match")};
    } else {
        into.body = iteration(
            node,
            kind == "for"    ? Iteration::Kind::For
            : kind == "some" ? Iteration::Kind::Some
                             : Iteration::Kind::Every
        );
    }
}

ExpressionPtr Reader::only_expression(pugi::xml_node parent) {
    for (const pugi::xml_node& each : parent.children()) {
        if (is_expression(each)) {
            return expression(each);
        }
    }
    return nullptr;
}

ExpressionPtr Reader::expression_in(pugi::xml_node parent, const char* what) {
    const pugi::xml_node holder = child(parent, what);
    ExpressionPtr result = holder ? only_expression(holder) : nullptr;
    if (!result) {
        report(
            parent, fmt::format("<{}> has no expression in <{}>", local_name(parent.name()), what)
        );
    } else if (result->type.empty()) {
        result->type = type_of(holder);
    }
    return result;
}

LiteralExpression Reader::literal(pugi::xml_node node) {
    if (child(node, "importedValues")) {
        report(node, "importedValues are not supported; write the value as FEEL in <text>");
    }
    return {text_in(node)};
}

BoxedContext Reader::context(pugi::xml_node node) {
    BoxedContext result;
    for (const pugi::xml_node& each : children(node, "contextEntry")) {
        ContextEntry entry;
        const pugi::xml_node name = child(each, "variable");
        if (name && *name.attribute("name").value() != '\0') {
            entry.variable = variable(name);
        }
        entry.value = only_expression(each);
        if (!entry.variable && !entry.value) {
            continue;  // An empty last row, as editors leave it: the context has no result.
        }
        result.entries.push_back(std::move(entry));
    }
    const auto nameless =
        std::find_if(result.entries.begin(), result.entries.end(), [](const ContextEntry& each) {
            return !each.variable;
        });
    if (nameless != result.entries.end() && nameless + 1 != result.entries.end()) {
        report(node, "only the last entry of a context may be without a variable");
    }
    return result;
}

Relation Reader::relation(pugi::xml_node node) {
    Relation result;
    for (const pugi::xml_node& column : children(node, "column")) {
        result.columns.push_back(variable(column));
    }
    for (const pugi::xml_node& row : children(node, "row")) {
        std::vector<ExpressionPtr> cells;
        for (const pugi::xml_node& each : row.children()) {
            if (is_expression(each)) {
                cells.push_back(expression(each));
            }
        }
        if (cells.size() != result.columns.size()) {
            report(
                row,
                fmt::format(
                    "row {} of a relation has {} cells for {} columns",
                    result.rows.size() + 1,
                    cells.size(),
                    result.columns.size()
                )
            );
        }
        cells.resize(result.columns.size());
        result.rows.push_back(std::move(cells));
    }
    return result;
}

Invocation Reader::invocation(pugi::xml_node node) {
    Invocation result;
    result.callee = only_expression(node);
    if (!result.callee) {
        report(node, "an invocation needs an expression that gives the function");
    }
    for (const pugi::xml_node& each : children(node, "binding")) {
        const pugi::xml_node parameter = child(each, "parameter");
        if (!parameter) {
            report(each, "a binding of an invocation needs a parameter");
            continue;
        }
        result.bindings.push_back({variable(parameter), only_expression(each)});
    }
    return result;
}

FunctionDefinition Reader::function(pugi::xml_node node) {
    FunctionDefinition result;
    const std::string_view kind = node.attribute("kind").value();
    if (kind == "Java") {
        result.kind = FunctionDefinition::Kind::Java;
    } else if (kind == "PMML") {
        result.kind = FunctionDefinition::Kind::Pmml;
    } else if (kind == "ONNX") {
        result.kind = FunctionDefinition::Kind::Onnx;
    } else if (!kind.empty() && kind != "FEEL") {
        report(node, fmt::format("functions of kind \"{}\" are not known; FEEL is", kind));
    }
    for (const pugi::xml_node& parameter : children(node, "formalParameter")) {
        result.parameters.push_back(variable(parameter));
    }
    result.body = only_expression(node);
    return result;
}

Iteration Reader::iteration(pugi::xml_node node, Iteration::Kind kind) {
    Iteration result;
    result.kind = kind;
    result.variable = trimmed(node.attribute("iteratorVariable").value());
    if (result.variable.empty()) {
        report(node, fmt::format("<{}> needs an iteratorVariable", local_name(node.name())));
    }
    result.list = expression_in(node, "in");
    result.body = expression_in(node, kind == Iteration::Kind::For ? "return" : "satisfies");
    return result;
}

}  // namespace attune::dmn
