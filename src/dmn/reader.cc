#include "dmn/reader.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace attune::dmn {
namespace {

struct Version {
    std::string_view uri;
    std::string_view version;
};

constexpr std::array kModelNamespaces{
    Version{"http://www.omg.org/spec/DMN/20151101/dmn.xsd", "1.1"},
    Version{"http://www.omg.org/spec/DMN/20180521/MODEL/", "1.2"},
    Version{"https://www.omg.org/spec/DMN/20191111/MODEL/", "1.3"},
    Version{"http://www.omg.org/spec/DMN/20191111/MODEL/", "1.3"},
    Version{"https://www.omg.org/spec/DMN/20211108/MODEL/", "1.4"},
    Version{"https://www.omg.org/spec/DMN/20230324/MODEL/", "1.5"},
    Version{"https://www.omg.org/spec/DMN/20240513/MODEL/", "1.6"},
};

bool is_feel_uri(std::string_view uri) {
    return uri == "feel" || uri == "FEEL" || uri == "http://www.omg.org/spec/FEEL/20140401" ||
           uri == "feel:FEEL" ||
           (uri.find("www.omg.org/spec/DMN/") != std::string_view::npos &&
            (uri.ends_with("/FEEL/") || uri.ends_with("/FEEL")));
}

bool is_b_feel_uri(std::string_view uri) {
    return uri.find("www.omg.org/spec/DMN/") != std::string_view::npos && uri.ends_with("/B-FEEL/");
}

bool is_prefix_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

}  // namespace

std::string_view version_of(std::string_view namespace_uri) {
    const auto* found =
        std::find_if(kModelNamespaces.begin(), kModelNamespaces.end(), [&](const Version& each) {
            return each.uri == namespace_uri;
        });
    return found == kModelNamespaces.end() ? std::string_view{} : found->version;
}

Reader::Reader(const XmlDocument& xml, std::string file, const ReadLimits& limits)
    : xml_(&xml), file_(std::move(file)), limits_(limits) {
    const std::string_view name = xml.root().name();
    const std::size_t colon = name.find(':');
    root_prefix_ = colon == std::string_view::npos ? "" : name.substr(0, colon);
    namespace_ = namespace_of(xml.root(), root_prefix_);
}

Definitions Reader::definitions(pugi::xml_node root) {
    Definitions result;
    static_cast<Element&>(result) = element(root);
    result.file = file_;
    result.namespace_ = root.attribute("namespace").value();
    own_namespace_ = result.namespace_;
    result.version = version_of(namespace_);
    owner_ = fmt::format("model \"{}\"", result.name);
    check_language(root);
    result.b_feel = is_b_feel_uri(root.attribute("expressionLanguage").value());
    for (const pugi::xml_node& node : root.children()) {
        if (node.type() != pugi::node_element || !is_dmn(node)) {
            continue;
        }
        if (is(node, "import")) {
            result.imports.push_back(import(node));
        } else if (is(node, "itemDefinition")) {
            owner_ = fmt::format("item definition \"{}\"", node.attribute("name").value());
            owner_id_ = node.attribute("id").value();
            result.items.push_back(item_definition(node));
        } else {
            read_drg(node, result);
        }
    }
    return result;
}

void Reader::read_drg(pugi::xml_node node, Definitions& into) {
    const auto starts = [&](const char* what) {
        owner_ = fmt::format("{} \"{}\"", what, trimmed(node.attribute("name").value()));
        owner_id_ = node.attribute("id").value();
    };
    if (is(node, "inputData")) {
        starts("input data");
        InputData input;
        static_cast<Element&>(input) = element(node);
        input.variable = variable_of(node, input);
        into.inputs.push_back(std::move(input));
    } else if (is(node, "decision")) {
        starts("decision");
        into.decisions.push_back(decision(node));
    } else if (is(node, "businessKnowledgeModel")) {
        starts("business knowledge model");
        into.knowledge_models.push_back(knowledge_model(node));
    } else if (is(node, "decisionService")) {
        starts("decision service");
        DecisionService service;
        static_cast<Element&>(service) = element(node);
        service.variable = variable_of(node, service);
        read_service(node, service);
        into.services.push_back(std::move(service));
    }
}

Decision Reader::decision(pugi::xml_node node) {
    Decision result;
    static_cast<Element&>(result) = element(node);
    result.variable = variable_of(node, result);
    result.question = trimmed(text_of(child(node, "question")));
    result.description = trimmed(text_of(child(node, "description")));
    read_requirements(node, result);
    result.logic = only_expression(node);
    return result;
}

void Reader::read_requirements(pugi::xml_node node, Decision& into) {
    for (const pugi::xml_node& requirement : node.children()) {
        const auto append = [&](const char* name, std::vector<Reference>& to) {
            for (Reference& each : references(requirement, name)) {
                to.push_back(std::move(each));
            }
        };
        if (is(requirement, "informationRequirement")) {
            append("requiredDecision", into.required_decisions);
            append("requiredInput", into.required_inputs);
        } else if (is(requirement, "knowledgeRequirement")) {
            append("requiredKnowledge", into.required_knowledge);
        }
    }
}

KnowledgeModel Reader::knowledge_model(pugi::xml_node node) {
    KnowledgeModel result;
    static_cast<Element&>(result) = element(node);
    result.variable = variable_of(node, result);
    for (const pugi::xml_node& requirement : children(node, "knowledgeRequirement")) {
        for (Reference& each : references(requirement, "requiredKnowledge")) {
            result.required_knowledge.push_back(std::move(each));
        }
    }
    if (const pugi::xml_node logic = child(node, "encapsulatedLogic")) {
        Expression body;
        body.id = logic.attribute("id").value();
        body.place = xml_->place(logic);
        body.type = type_of(logic);
        body.body = function(logic);
        result.logic = std::move(body);
    }
    return result;
}

void Reader::read_service(pugi::xml_node node, DecisionService& into) {
    into.output_decisions = references(node, "outputDecision");
    into.encapsulated_decisions = references(node, "encapsulatedDecision");
    into.input_decisions = references(node, "inputDecision");
    into.input_data = references(node, "inputData");
    if (into.output_decisions.empty()) {
        report(node, "a decision service needs at least one outputDecision");
    }
}

Import Reader::import(pugi::xml_node node) const {
    Import result;
    static_cast<Element&>(result) = element(node);
    result.namespace_ = node.attribute("namespace").value();
    result.location = node.attribute("locationURI").value();
    result.type = node.attribute("importType").value();
    return result;
}

ItemDefinition Reader::item_definition(pugi::xml_node node) {
    ItemDefinition result;
    static_cast<Element&>(result) = element(node);
    result.collection = node.attribute("isCollection").as_bool();
    if (const pugi::xml_node type = child(node, "typeRef")) {
        result.type = type_name(type, trimmed(text_of(type)));
    }
    result.allowed_values = unary_tests(node, "allowedValues");
    result.type_constraint = unary_tests(node, "typeConstraint");
    for (const pugi::xml_node& component : children(node, "itemComponent")) {
        result.components.push_back(item_definition(component));
    }
    if (const pugi::xml_node function = child(node, "functionItem")) {
        result.function = true;
        result.result = type_name(function, function.attribute("outputTypeRef").value());
        for (const pugi::xml_node& parameter : children(function, "parameters")) {
            result.parameters.push_back(variable(parameter));
        }
    }
    return result;
}

bool Reader::is_dmn(pugi::xml_node node) const {
    const std::string_view name = node.name();
    const std::size_t colon = name.find(':');
    const std::string_view prefix =
        colon == std::string_view::npos ? std::string_view{} : name.substr(0, colon);
    // Nearly all elements have the root's prefix and declare nothing: no need to walk up.
    const bool plain = prefix == root_prefix_ && !node.attribute("xmlns");
    return plain || namespace_of(node, prefix) == namespace_;
}

bool Reader::is(pugi::xml_node node, std::string_view name) const {
    return local_name(node.name()) == name && is_dmn(node);
}

pugi::xml_node Reader::child(pugi::xml_node node, std::string_view name) const {
    for (const pugi::xml_node& each : node.children()) {
        if (is(each, name)) {
            return each;
        }
    }
    return {};
}

std::vector<pugi::xml_node> Reader::children(pugi::xml_node node, std::string_view name) const {
    std::vector<pugi::xml_node> result;
    for (const pugi::xml_node& each : node.children()) {
        if (is(each, name)) {
            result.push_back(each);
        }
    }
    return result;
}

Element Reader::element(pugi::xml_node node) const {
    return {
        node.attribute("id").value(), trimmed(node.attribute("name").value()), xml_->place(node)};
}

Variable Reader::variable(pugi::xml_node node) const {
    Variable result;
    static_cast<Element&>(result) = element(node);
    result.type = type_of(node);
    return result;
}

Variable Reader::variable_of(pugi::xml_node node, const Element& owner) const {
    const pugi::xml_node found = child(node, "variable");
    Variable result = found ? variable(found) : Variable{};
    if (result.name.empty()) {
        result.name = owner.name;
    }
    return result;
}

TypeName Reader::type_of(pugi::xml_node node) const {
    return type_name(node, node.attribute("typeRef").value());
}

/// DMN 1.1 names types as QNames ("feel:number", "ns1:tLoan"); later versions as plain names. A
/// colon is no part of a FEEL name, so that the form tells which it is.
TypeName Reader::type_name(pugi::xml_node node, std::string_view text) const {
    const std::string name = trimmed(text);
    const std::size_t colon = name.find(':');
    if (colon == std::string::npos ||
        !std::all_of(
            name.begin(), name.begin() + static_cast<std::ptrdiff_t>(colon), is_prefix_char
        )) {
        return {name, ""};
    }
    const std::string_view uri = namespace_of(node, std::string_view(name).substr(0, colon));
    std::string local = name.substr(colon + 1);
    if (is_feel_uri(uri) || is_b_feel_uri(uri) || uri == own_namespace_ || uri.empty()) {
        return {std::move(local), ""};
    }
    return {std::move(local), std::string(uri)};
}

std::optional<Text> Reader::unary_tests(pugi::xml_node parent, const char* name) {
    const pugi::xml_node tests = child(parent, name);
    if (!tests) {
        return std::nullopt;
    }
    check_language(tests);
    Text text = text_in(tests);
    if (trimmed(text.text).empty()) {
        return std::nullopt;
    }
    return text;
}

Text Reader::text_in(pugi::xml_node node) {
    const pugi::xml_node text = child(node, "text");
    return {text_of(text), text ? text : node};
}

std::vector<Reference> Reader::references(pugi::xml_node node, const char* name) {
    std::vector<Reference> result;
    for (const pugi::xml_node& each : children(node, name)) {
        if (std::optional<Reference> found = reference(each)) {
            result.push_back(std::move(*found));
        }
    }
    return result;
}

std::optional<Reference> Reader::reference(pugi::xml_node node) {
    const std::string_view href = node.attribute("href").value();
    const std::size_t hash = href.rfind('#');
    if (href.empty() || hash == std::string_view::npos || hash + 1 == href.size()) {
        report(node, fmt::format("href \"{}\" must have the form #id or namespace#id", href));
        return std::nullopt;
    }
    Reference result;
    result.id = href.substr(hash + 1);
    result.namespace_ = href.substr(0, hash);
    if (result.namespace_ == own_namespace_) {
        result.namespace_.clear();
    }
    result.place = xml_->place(node);
    return result;
}

void Reader::check_language(pugi::xml_node node) {
    const pugi::xml_attribute language = node.attribute("expressionLanguage");
    const std::string_view uri = language.value();
    if (language && !uri.empty() && !is_feel_uri(uri) && !is_b_feel_uri(uri)) {
        report(
            node,
            fmt::format(
                "expression language \"{}\" is not supported; only FEEL is", language.value()
            )
        );
    }
}

void Reader::report(pugi::xml_node node, std::string message, Diagnostic::Severity severity) {
    const std::string_view own_id = node.attribute("id").value();
    diagnostics_.push_back(
        {severity,
         file_,
         xml_->place(node),
         owner_,
         own_id.empty() ? owner_id_ : std::string(own_id),
         std::move(message),
         ""}
    );
}

Reading read_definitions(std::string_view file, std::string_view xml, const ReadLimits& limits) {
    Reading reading;
    const auto fails = [&](Place place, std::string message) {
        reading.diagnostics.push_back(
            {Diagnostic::Severity::Error, std::string(file), place, "", "", std::move(message), ""}
        );
        return std::move(reading);
    };
    Result<XmlDocument> parsed = XmlDocument::parse(xml, limits.xml);
    if (!parsed) {
        return fails({}, "cannot read the XML: " + parsed.error().message);
    }
    auto document = std::make_shared<XmlDocument>(std::move(parsed).value());
    const pugi::xml_node root = document->root();
    const std::string_view name = root.name();
    const std::size_t colon = name.find(':');
    const std::string_view prefix =
        colon == std::string_view::npos ? std::string_view{} : name.substr(0, colon);
    const std::string_view uri = namespace_of(root, prefix);
    if (local_name(name) != "definitions" || version_of(uri).empty()) {
        return fails(
            document->place(root),
            fmt::format(
                "<{}> in namespace \"{}\" is not the <definitions> of a DMN model, 1.1 to 1.6",
                name,
                uri
            )
        );
    }
    Reader reader(*document, std::string(file), limits);
    Definitions definitions = reader.definitions(root);
    definitions.document = std::move(document);
    reading.diagnostics = reader.take_diagnostics();
    reading.definitions = std::move(definitions);
    return reading;
}

}  // namespace attune::dmn
