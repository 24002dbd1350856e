#include <algorithm>

#include "feel/text.h"
#include "feel/vm.h"

namespace attune::feel {

namespace {

constexpr std::size_t kOperandBytesMax = 80;
constexpr std::size_t kSourceBytesMax = 2'000;

/// `value` as FEEL text, cut between characters.
std::string shown(const Value& value) {
    // A list of a million items must not be written out for the sake of its first few.
    if (value.is(Value::Kind::List) && value.as_list().size() > kOperandBytesMax) {
        return "a list of " + std::to_string(value.as_list().size()) + " items";
    }
    std::string text = value.is(Value::Kind::String)
                           ? quoted(value.as_string().substr(0, kOperandBytesMax))
                           : to_literal(value);
    if (text.size() > kOperandBytesMax) {
        std::size_t end = kOperandBytesMax;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
            --end;
        }
        text.resize(end);
        text += "…";
    }
    return text;
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
