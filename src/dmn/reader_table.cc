#include <fmt/format.h>

#include "dmn/reader.h"

namespace attune::dmn {
namespace {

constexpr std::string_view kPolicies[] = {
    "UNIQUE", "ANY", "PRIORITY", "FIRST", "OUTPUT ORDER", "RULE ORDER", "COLLECT"};
constexpr std::string_view kAggregations[] = {"", "SUM", "COUNT", "MIN", "MAX"};

}  // namespace

std::string_view to_string(HitPolicy policy) {
    return kPolicies[static_cast<std::size_t>(policy)];
}

std::string letter(HitPolicy policy, Aggregation aggregation) {
    constexpr std::string_view kLetters = "UAPFORC";
    constexpr std::string_view kSigns = " +#<>";
    std::string result(1, kLetters[static_cast<std::size_t>(policy)]);
    if (policy == HitPolicy::Collect && aggregation != Aggregation::None) {
        result += kSigns[static_cast<std::size_t>(aggregation)];
    }
    return result;
}

DecisionTable Reader::table(pugi::xml_node node) {
    DecisionTable result;
    read_hit_policy(node, result);
    result.output_label = node.attribute("outputLabel").value();
    for (const pugi::xml_node& each : node.children()) {
        if (is(each, "input")) {
            result.inputs.push_back(table_input(each));
        } else if (is(each, "output")) {
            result.outputs.push_back(table_output(each));
        } else if (is(each, "annotation")) {
            result.annotations.emplace_back(trimmed(each.attribute("name").value()));
        } else if (is(each, "rule")) {
            if (result.rules.size() == limits_.rules_max) {
                report(node, fmt::format("the table has more than {} rules", limits_.rules_max));
                break;
            }
            result.rules.push_back(rule(each));
            check_rule(result.rules.back(), result.rules.size(), result);
        }
    }
    if (result.outputs.empty()) {
        report(node, "a decision table needs at least one output");
    }
    const bool compound = result.outputs.size() > 1;
    if (compound && result.aggregation != Aggregation::None) {
        report(node, "a table with several outputs cannot be collected with an aggregator");
    }
    for (const TableOutput& output : result.outputs) {
        if (compound && output.name.empty()) {
            report(node, "each output of a table with several outputs needs a name");
        }
    }
    return result;
}

void Reader::read_hit_policy(pugi::xml_node node, DecisionTable& into) {
    const auto find = [&](auto& names, const char* attribute, std::size_t otherwise) {
        const std::string_view text = node.attribute(attribute).value();
        if (text.empty()) {
            return otherwise;
        }
        for (std::size_t at = 0; at < std::size(names); ++at) {
            if (names[at] == text) {
                return at;
            }
        }
        report(node, fmt::format("{} \"{}\" is not known", attribute, text));
        return otherwise;
    };
    into.hit_policy = static_cast<HitPolicy>(find(kPolicies, "hitPolicy", 0));
    into.aggregation = static_cast<Aggregation>(find(kAggregations, "aggregation", 0));
    if (into.hit_policy != HitPolicy::Collect) {
        into.aggregation = Aggregation::None;
    }
    const std::string_view orientation = node.attribute("preferredOrientation").value();
    if (orientation == "Rule-as-Column") {
        into.orientation = Orientation::RuleAsColumn;
    } else if (orientation == "CrossTable") {
        into.orientation = Orientation::CrossTable;
    }
}

TableInput Reader::table_input(pugi::xml_node node) {
    TableInput result;
    static_cast<Element&>(result) = element(node);
    result.label = trimmed(node.attribute("label").value());
    const pugi::xml_node expression = child(node, "inputExpression");
    if (!expression) {
        report(node, "an input of a decision table needs an inputExpression");
        return result;
    }
    check_language(expression);
    result.type = type_of(expression);
    result.expression = text_in(expression);
    result.values = unary_tests(node, "inputValues");
    if (trimmed(result.expression.text).empty()) {
        report(expression, "the inputExpression is empty");
    }
    return result;
}

TableOutput Reader::table_output(pugi::xml_node node) {
    TableOutput result;
    static_cast<Element&>(result) = element(node);
    result.label = trimmed(node.attribute("label").value());
    result.type = type_of(node);
    result.values = unary_tests(node, "outputValues");
    if (const pugi::xml_node entry = child(node, "defaultOutputEntry")) {
        check_language(entry);
        Text text = text_in(entry);
        if (!trimmed(text.text).empty()) {
            result.default_value = std::move(text);
        }
    }
    return result;
}

TableRule Reader::rule(pugi::xml_node node) {
    TableRule result;
    static_cast<Element&>(result) = element(node);
    for (const pugi::xml_node& each : node.children()) {
        if (is(each, "inputEntry")) {
            check_language(each);
            result.tests.push_back(text_in(each));
        } else if (is(each, "outputEntry")) {
            check_language(each);
            result.outputs.push_back(text_in(each));
        } else if (is(each, "annotationEntry")) {
            result.annotations.push_back(text_in(each));
        } else if (is(each, "description")) {
            result.description = trimmed(text_of(each));
        }
    }
    return result;
}

void Reader::check_rule(const TableRule& rule, std::size_t number, const DecisionTable& table) {
    const auto check = [&](std::size_t has, std::size_t columns, const char* what) {
        if (has != columns) {
            diagnostics_.push_back(
                {Diagnostic::Severity::Error,
                 file_,
                 rule.place,
                 fmt::format("rule {} of {}", number, owner_),
                 rule.id,
                 fmt::format("has {} {} for {} columns", has, what, columns),
                 ""}
            );
        }
    };
    check(rule.tests.size(), table.inputs.size(), "input entries");
    check(rule.outputs.size(), table.outputs.size(), "output entries");
}

}  // namespace attune::dmn
