#include <algorithm>

#include "feel/text.h"
#include "feel/vm.h"

namespace attune::feel {

namespace {

constexpr std::size_t kOperandBytesMax = 80;
constexpr std::size_t kSourceBytesMax = 2'000;

std::string shown(const Value& value) {
    return to_short_literal(value, kOperandBytesMax);
}

void note(
    Evaluation& evaluation, const Site& site, std::string cause, std::span<const Value> operands
) {
    if (evaluation.warnings == nullptr) {
        return;
    }
    if (!evaluation.warnings->keeping()) {
        evaluation.warnings->count_only();
        return;
    }
    Warning warning;
    // The place stays right when a long text is cut: the cut text starts near it.
    const std::size_t from = site.text.size() > kSourceBytesMax ? site.offset : 0;
    warning.source = site.text.substr(from, kSourceBytesMax);
    warning.offset = site.offset - from;
    warning.length = std::min(site.length, warning.source.size() - warning.offset);
    warning.cause = std::move(cause);
    std::transform(operands.begin(), operands.end(), std::back_inserter(warning.operands), shown);
    evaluation.warnings->add(std::move(warning));
}

}  // namespace

Value warn(
    Evaluation& evaluation,
    const Site& site,
    std::string_view cause,
    std::initializer_list<Value> operands
) {
    note(evaluation, site, std::string(cause), {operands.begin(), operands.size()});
    return {};
}

Value fail(
    const Code& code, Frame& frame, std::string_view cause, std::initializer_list<Value> operands
) {
    warn(frame.evaluation, site_of(code, frame), cause, operands);
    switch (code.failure) {
    case Failure::Null:
        return {};
    case Failure::False:
    case Failure::True:
        return Value::boolean(code.failure == Failure::True);
    case Failure::Zero:
        return Value::integer(0);
    case Failure::EmptyText:
        return Value::string("");
    }
    return {};
}

Value exceed(Evaluation& evaluation, const Site& site, const char* limit) {
    if (evaluation.exceeded == nullptr) {
        evaluation.exceeded = limit;
        note(evaluation, site, "the evaluation goes over its limit " + std::string(limit), {});
    }
    return {};
}

Value exceed_steps(Evaluation& evaluation, const Site& site) {
    return exceed(evaluation, site, "steps_max");
}

Value exceed_memory(Evaluation& evaluation, const Site& site) {
    return exceed(evaluation, site, "memory_bytes_max");
}

std::string to_string(const Warning& warning) {
    std::string text = warning.cause;
    std::string_view separator = ": ";
    for (const std::string& operand : warning.operands) {
        text += separator;
        text += operand;
        separator = ", ";
    }
    if (!warning.source.empty()) {
        text += " (in `" + std::string(warning.place()) + "`)";
    }
    return text;
}

}  // namespace attune::feel
