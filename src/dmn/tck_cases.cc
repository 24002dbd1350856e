#include "dmn/tck_cases.h"

#include <algorithm>

#include "feel/temporal.h"

namespace attune::dmn::tck {
namespace {

bool is(pugi::xml_node node, std::string_view name) {
    return node.type() == pugi::node_element && local_name(node.name()) == name;
}

pugi::xml_node child(pugi::xml_node node, std::string_view name) {
    for (const pugi::xml_node& each : node.children()) {
        if (is(each, name)) {
            return each;
        }
    }
    return {};
}

std::string_view attribute(pugi::xml_node node, std::string_view name) {
    for (const pugi::xml_attribute& each : node.attributes()) {
        if (local_name(each.name()) == name) {
            return each.value();
        }
    }
    return {};
}

bool is_nil(pugi::xml_node node) {
    const std::string_view nil = attribute(node, "nil");
    return nil == "true" || nil == "1";
}

Value read_duration(std::string_view text) {
    if (const auto span = feel::parse_years_months(text)) {
        return Value::duration(*span);
    }
    const auto span = feel::parse_days_time(text);
    return span ? Value::duration(*span) : Value();
}

/// The content of `<value>` by its XML Schema type; text where the type is missing.
Value read_simple(pugi::xml_node node, Arena& arena) {
    if (is_nil(node)) {
        return {};
    }
    const std::string_view type = local_name(node.attribute("xsi:type").value());
    const std::string_view whole = arena.copy(std::string_view(text_of(node)));
    if (type.empty() || type == "string") {
        return Value::string(whole);
    }
    const std::string_view text = arena.copy(std::string_view(trimmed(whole)));
    if (type == "boolean") {
        return Value::boolean(text == "true" || text == "1");
    }
    if (type == "date") {
        const auto date = feel::parse_date(text);
        return date ? Value::date(*date) : Value();
    }
    if (type == "time") {
        const auto time = feel::parse_time(text);
        return time ? Value::time(*time, arena) : Value();
    }
    if (type == "dateTime") {
        const auto moment = feel::parse_date_time(text);
        return moment ? Value::date_time(*moment, arena) : Value();
    }
    if (type == "duration" || type == "dayTimeDuration" || type == "yearMonthDuration") {
        return read_duration(text);
    }
    const auto number = Decimal::parse(text);
    return number ? Value::number(*number, arena) : Value();
}

Value read_value(pugi::xml_node node, Arena& arena);

Value read_list(pugi::xml_node node, Arena& arena) {
    if (is_nil(node)) {
        return {};
    }
    std::vector<Value> items;
    for (const pugi::xml_node& each : node.children()) {
        if (is(each, "item")) {
            items.push_back(read_value(each, arena));
        }
    }
    const std::span<Value> kept = arena.array<Value>(items.size());
    std::copy(items.begin(), items.end(), kept.begin());
    return Value::list(kept);
}

/// A `valueType`: a value, components or a list.
Value read_value(pugi::xml_node node, Arena& arena) {
    std::vector<Entry> entries;
    bool components = false;
    for (const pugi::xml_node& each : node.children()) {
        if (is(each, "value")) {
            return read_simple(each, arena);
        }
        if (is(each, "list")) {
            return read_list(each, arena);
        }
        if (is(each, "component")) {
            components = true;
            // A name may be empty, but has to be given.
            if (each.attribute("name")) {
                entries.push_back(
                    {arena.copy(attribute(each, "name")),
                     is_nil(each) ? Value() : read_value(each, arena)}
                );
            }
        }
    }
    if (!components) {
        return {};
    }
    const std::span<Entry> kept = arena.array<Entry>(entries.size());
    std::copy(entries.begin(), entries.end(), kept.begin());
    return Value::context(kept);
}

/// Whether a value inside `node` says nothing of its type: all of it then is text.
bool is_untyped(pugi::xml_node node) {
    if (is(node, "value")) {
        return !is_nil(node) && !node.attribute("xsi:type");
    }
    const auto children = node.children();
    return std::any_of(children.begin(), children.end(), is_untyped);
}

TestCase read_case(pugi::xml_node node, Arena& arena) {
    TestCase result;
    result.id = attribute(node, "id");
    const std::string_view type = attribute(node, "type");
    if (type == "decisionService" || type == "bkm") {
        result.invocable = attribute(node, "invocableName");
    }
    for (const pugi::xml_node& each : node.children()) {
        if (is(each, "inputNode")) {
            result.inputs.push_back(
                {std::string(attribute(each, "name")),
                 std::string(attribute(each, "namespace")),
                 read_value(each, arena),
                 is_untyped(each)}
            );
        } else if (is(each, "resultNode")) {
            ResultNode node_result;
            node_result.name = attribute(each, "name");
            node_result.model_namespace = attribute(each, "namespace");
            node_result.error = attribute(each, "errorResult") == "true";
            if (const pugi::xml_node expected = child(each, "expected")) {
                node_result.expected = read_value(expected, arena);
                node_result.untyped = is_untyped(expected);
            }
            result.results.push_back(std::move(node_result));
        }
    }
    return result;
}

}  // namespace

Result<TestFile> read_cases(std::string_view xml, Arena& arena) {
    Result<XmlDocument> parsed = XmlDocument::parse(xml);
    if (!parsed) {
        return parsed.error();
    }
    const pugi::xml_node root = parsed.value().root();
    if (!is(root, "testCases")) {
        return Error{Error::Kind::InvalidInput, "the root element is not <testCases>"};
    }
    TestFile result;
    result.model = trimmed(text_of(child(root, "modelName")));
    for (const pugi::xml_node& each : root.children()) {
        if (is(each, "testCase")) {
            result.cases.push_back(read_case(each, arena));
        }
    }
    return result;
}

}  // namespace attune::dmn::tck
