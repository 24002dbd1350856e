#include <algorithm>

#include "base/same_text.h"
#include "feel/arithmetic.h"
#include "feel/vm.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;

[[gnu::noinline]] Value entry_of(const Code& code, Frame& frame, const Value& source) {
    const std::string_view name = code.value.as_string();
    switch (source.kind()) {
    case Kind::Context:
        return source.get(name);
    case Kind::Null:
        return {};
    case Kind::List: {
        const std::span<const Value> items = source.as_list();
        Evaluation& evaluation = frame.evaluation;
        if (!charge(evaluation, items.size())) {
            return exceed_steps(evaluation, site_of(code, frame));
        }
        if (!charge_memory(evaluation, items.size() * sizeof(Value))) {
            return exceed_memory(evaluation, site_of(code, frame));
        }
        const std::span<Value> entries = evaluation.arena.array<Value>(items.size());
        for (std::size_t i = 0; i < items.size(); ++i) {
            entries[i] = entry_of(code, frame, items[i]);
        }
        return Value::list(entries);
    }
    default:
        if (const std::optional<Value> found = property(source, name)) {
            return *found;
        }
        return fail(code, frame, "the value has no such entry", {source});
    }
}

/// The item at a FEEL index: from 1, or from -1 backwards.
Value item_at(const Code& code, Frame& frame, const Value& source, const Value& index) {
    const std::optional<Decimal> floor =
        Decimal::round(index.as_number(), 0, Decimal::Rounding::Down);
    const std::optional<std::int64_t> at = floor ? floor->to_int64() : std::nullopt;
    const bool list = source.is(Kind::List);
    const auto size = list ? static_cast<std::int64_t>(source.as_list().size()) : 1;
    if (!at || *at == 0 || *at > size || *at < -size) {
        return fail(code, frame, "the list has no item at this index", {index});
    }
    if (!list) {
        return source;
    }
    return source.as_list()[static_cast<std::size_t>(*at > 0 ? *at - 1 : size + *at)];
}

/// What the predicate says of an empty list: an index into it gives null, a condition nothing.
Value filter_nothing(const Code& code, Frame& frame) {
    Warnings* const listener = frame.evaluation.warnings;
    frame.evaluation.warnings = nullptr;
    frame.locals[code.index] = Value();
    const Value sample = operand(*code.b, frame);
    frame.evaluation.warnings = listener;
    return sample.is(Kind::Number) ? item_at(code, frame, Value::list({}), sample)
                                   : Value::list({});
}

}  // namespace

std::optional<SlotPath> only_path(const Expression& expression) {
    SlotPath path;
    const Code* code = detail::Unit::of(expression).root;
    for (; code->op == Op::Path; code = code->a) {
        path.steps.push_back({code->index, code->value.as_string()});
    }
    if (code->op != Op::SlotValue || path.steps.empty()) {
        return std::nullopt;
    }
    path.slot = code->index;
    std::reverse(path.steps.begin(), path.steps.end());
    return path;
}

Value run_path(const Code& code, Frame& frame) {
    const Value source = operand(*code.a, frame);
    if (source.is(Kind::Context)) [[likely]] {
        const std::span<const Entry> entries = source.as_context();
        if (code.index < entries.size() &&
            same_text(entries[code.index].key, code.value.as_string())) [[likely]] {
            return entries[code.index].value;
        }
    }
    return entry_of(code, frame, source);
}

Value run_dynamic(const Code& code, Frame& frame) {
    const Value item = operand(*code.a, frame);
    const std::string_view name = code.value.as_string();
    if (item.is(Kind::Context)) {
        for (const Entry& entry : item.as_context()) {
            if (entry.key == name) {
                return entry.value;
            }
        }
    }
    if (code.b != nullptr) {
        return operand(*code.b, frame);
    }
    // An entry that this item lacks, where others may have it.
    return item.is(Kind::Context) ? Value() : fail(code, frame, "the name is not known", {item});
}

Value run_index(const Code& code, Frame& frame) {
    const Value source = operand(*code.a, frame);
    const Value index = operand(*code.b, frame);
    if (source.null() || !index.is(Kind::Number)) {
        return source.null() ? Value() : fail(code, frame, "the index is no number", {index});
    }
    return item_at(code, frame, source, index);
}

Value run_filter(const Code& code, Frame& frame) {
    Evaluation& evaluation = frame.evaluation;
    const Value source = operand(*code.a, frame);
    const bool list = source.is(Kind::List);
    const std::span<const Value> items =
        list ? source.as_list() : std::span<const Value>(&source, source.null() ? 0 : 1);
    if (items.empty()) {
        return list ? filter_nothing(code, frame) : Value();
    }
    ListBuilder kept(evaluation.arena);
    for (const Value& item : items) {
        if (!charge(evaluation, 1)) {
            return exceed_steps(evaluation, site_of(code, frame));
        }
        frame.locals[code.index] = item;
        const Value verdict = operand(*code.b, frame);
        if (verdict.is(Kind::Number)) {
            return item_at(code, frame, source, verdict);
        }
        if (verdict.is_true()) {
            if (!charge_memory(evaluation, 2 * sizeof(Value))) {
                return exceed_memory(evaluation, site_of(code, frame));
            }
            kept.add(item);
        } else if (!verdict.null() && !verdict.is(Kind::Boolean)) {
            return fail(code, frame, "a filter must be boolean or a number", {verdict});
        }
    }
    return kept.list();
}

}  // namespace attune::feel
