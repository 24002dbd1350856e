#include <algorithm>

#include <fmt/format.h>

#include "dmn/decision_model.h"
#include "dmn/node.h"
#include "dmn/program.h"
#include "feel/conversion.h"
#include "feel/text.h"
#include "feel/vm.h"

namespace attune::dmn {
namespace {

using feel::Evaluation;

/// A function defined inside a decision: the frame around it, continued at each call.
class Closure final : public feel::Function {
public:
    Closure(const FunctionNode& node, std::string_view element, Frame frame)
        : Function(node.signature), node_(&node), element_(element), frame_(frame) {}

    Value call(Evaluation& evaluation, std::span<const Value> arguments) const override {
        const Frame frame = new_frame(evaluation.arena);
        for (std::size_t at = 0; at < arguments.size(); ++at) {
            if (!set(frame, at, arguments[at], evaluation)) {
                return {};
            }
        }
        return run_body(evaluation, frame);
    }

    /// The same as `feel::invoke` with arguments by name, which have been found to fit when the
    /// call was compiled.
    Value call_known(const InvocationNode& call, Evaluation& evaluation, Frame caller) const {
        if (!feel::charge(evaluation, 1)) {
            return feel::exceed_steps(evaluation, {});
        }
        const Frame frame = new_frame(evaluation.arena);
        Value* const parameters = frame.data() + node_->own_from;
        const std::vector<KnownCallee::Argument>& arguments = call.known->arguments;
        if (arguments.size() < node_->parameter_types.size()) {
            std::fill_n(parameters, node_->parameter_types.size(), Value());
        }
        for (const KnownCallee::Argument& each : arguments) {
            const Value argument = evaluate(*each.value, evaluation, caller);
            if (each.fits) {
                parameters[each.parameter] = argument;
            } else if (!set(frame, each.parameter, argument, evaluation)) {
                return {};
            }
        }
        const Value value = run_body(evaluation, frame);
        const feel::Type& type = signature().result;
        return value.null() || same_kind(type.kind(), value.kind())
                   ? value
                   : convert_result(value, type, evaluation);
    }

private:
    [[nodiscard]] Frame new_frame(Arena& arena) const {
        const Frame frame = arena.array<Value>(frame_.size());
        for (feel::Slot slot = 0; slot < node_->own_from; ++slot) {
            frame[slot] = frame_[slot];
        }
        return frame;
    }

    /// False, with a warning, if the argument is none for its parameter.
    bool set(Frame frame, std::size_t at, Value value, Evaluation& evaluation) const {
        const ItemType& type = *node_->parameter_types[at];
        if (type.takes(value) || type.conforms_plainly(value)) {
            frame[node_->own_from + at] = value;
            return true;
        }
        return set_converted(frame, at, value, evaluation);
    }

    [[gnu::noinline]] bool set_converted(
        Frame frame, std::size_t at, Value value, Evaluation& evaluation
    ) const {
        const ItemType& type = *node_->parameter_types[at];
        const std::optional<Value> argument = type.convert(value, evaluation);
        if (argument) {
            frame[node_->own_from + at] = *argument;
            return true;
        }
        warn(
            evaluation,
            element_,
            fmt::format(
                "argument {} is {}, which is no {}",
                node_->signature.parameters[at].name,
                feel::to_literal(value),
                type.name
            )
        );
        return false;
    }

    [[gnu::noinline]] static Value convert_result(
        Value value, const feel::Type& type, Evaluation& evaluation
    ) {
        const std::optional<Value> converted = feel::convert(value, type, evaluation.arena);
        if (!converted) {
            return feel::warn(
                evaluation, {}, "the result must be " + feel::to_string(type), {value}
            );
        }
        return *converted;
    }

    [[nodiscard]] Value run_body(Evaluation& evaluation, Frame frame) const {
        Value result;
        evaluation.depth += kCallHeight;
        if (evaluation.depth <= evaluation.limits.depth_max) {
            result = evaluate(*node_->body, evaluation, frame);
        } else {
            result = feel::exceed(evaluation, {}, "depth_max");
        }
        evaluation.depth -= kCallHeight;
        return result;
    }

    const FunctionNode* node_;
    std::string_view element_;
    Frame frame_;
};

Frame copy(Frame frame, Arena& arena) {
    const Frame result = arena.array<Value>(frame.size());
    std::copy(frame.begin(), frame.end(), result.begin());
    return result;
}

Value run(const LiteralNode& node, const Node&, Evaluation& evaluation, Frame frame) {
    return node.expression ? node.expression->evaluate(evaluation, frame) : Value();
}

[[gnu::noinline]] Value run(
    const TableNode& node, const Node&, Evaluation& evaluation, Frame frame
) {
    return node.table->evaluate(evaluation, frame, explanation_of(evaluation));
}

[[gnu::noinline]] Value run(
    const ContextNode& node, const Node&, Evaluation& evaluation, Frame frame
) {
    for (const ContextNode::Part& part : node.parts) {
        frame[part.slot] = evaluate(*part.value, evaluation, frame);
    }
    if (node.result) {
        return evaluate(*node.result, evaluation, frame);
    }
    const std::span<Entry> entries = evaluation.arena.array<Entry>(node.parts.size());
    for (std::size_t at = 0; at < entries.size(); ++at) {
        entries[at] = {node.parts[at].name, frame[node.parts[at].slot]};
    }
    return Value::context(entries);
}

[[gnu::noinline]] Value run(
    const ListNode& node, const Node&, Evaluation& evaluation, Frame frame
) {
    const std::span<Value> items = evaluation.arena.array<Value>(node.items.size());
    for (std::size_t at = 0; at < items.size(); ++at) {
        items[at] = evaluate(*node.items[at], evaluation, frame);
    }
    return Value::list(items);
}

[[gnu::noinline]] Value run(
    const RelationNode& node, const Node&, Evaluation& evaluation, Frame frame
) {
    const std::span<Value> rows = evaluation.arena.array<Value>(node.rows.size());
    for (std::size_t at = 0; at < rows.size(); ++at) {
        const std::span<Entry> cells = evaluation.arena.array<Entry>(node.columns.size());
        for (std::size_t column = 0; column < cells.size(); ++column) {
            cells[column] = {
                node.columns[column], evaluate(*node.rows[at][column], evaluation, frame)};
        }
        rows[at] = Value::context(cells);
    }
    return Value::list(rows);
}

[[gnu::noinline]] Value run(
    const InvocationNode& node, const Node&, Evaluation& evaluation, Frame frame
) {
    if (node.known) {
        const auto& function = static_cast<const Closure&>(frame[node.known->slot].as_function());
        return function.call_known(node, evaluation, frame);
    }
    const Value callee = evaluate(*node.callee, evaluation, frame);
    const auto arguments = evaluation.arena.array<feel::NamedArgument>(node.names.size());
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        arguments[at] = {node.names[at], evaluate(*node.arguments[at], evaluation, frame)};
    }
    if (arguments.empty()) {
        return feel::invoke(evaluation, callee, std::span<const Value>{});
    }
    return feel::invoke(evaluation, callee, std::span<const feel::NamedArgument>(arguments));
}

[[gnu::noinline]] Value run(
    const FunctionNode& node, const Node& whole, Evaluation& evaluation, Frame frame
) {
    return make_closure(node, whole.element, frame, evaluation.arena);
}

[[gnu::noinline]] Value run(
    const ConditionalNode& node, const Node& whole, Evaluation& evaluation, Frame frame
) {
    const Value condition = evaluate(*node.condition, evaluation, frame);
    if (!condition.is(Value::Kind::Boolean) && !condition.null()) {
        warn(
            evaluation,
            whole.element,
            fmt::format("the condition is {}, not a boolean", feel::to_literal(condition))
        );
        return {};
    }
    return evaluate(condition.is_true() ? *node.then_value : *node.else_value, evaluation, frame);
}

/// Counts one more item of a loop; false once the evaluation is over a limit.
bool begin_step(const LoopNode& node, const Node& whole, Evaluation& evaluation, Frame frame) {
    const feel::Site site{whole.element, 0, whole.element.size()};
    if (!feel::charge(evaluation, 1)) {
        feel::exceed_steps(evaluation, site);
        return false;
    }
    const std::size_t values = 1 + (node.own_frames ? frame.size() : 0);
    if (!feel::charge_memory(evaluation, values * sizeof(Value))) {
        feel::exceed_memory(evaluation, site);
        return false;
    }
    return true;
}

/// Runs the loop's body for one item.
Value step(
    const LoopNode& node,
    const Value& item,
    const Value& partial,
    Evaluation& evaluation,
    Frame frame
) {
    const Frame mine = node.own_frames ? copy(frame, evaluation.arena) : frame;
    mine[node.item] = item;
    if (node.kind == LoopNode::Kind::For) {
        mine[node.partial] = partial;
    }
    for (const auto& [name, slot] : node.fields) {
        mine[slot] = item.get(name);
    }
    return evaluate(*node.body, evaluation, mine);
}

Value run_for(
    const LoopNode& node,
    std::span<const Value> items,
    const Node& whole,
    Evaluation& evaluation,
    Frame frame
) {
    const std::span<Value> results = evaluation.arena.array<Value>(items.size());
    for (std::size_t at = 0; at < items.size(); ++at) {
        if (!begin_step(node, whole, evaluation, frame)) {
            return {};
        }
        const Value result =
            step(node, items[at], Value::list(results.first(at)), evaluation, frame);
        if (node.reads_partial && feel::nests_too_deep(result, evaluation)) {
            return feel::exceed(
                evaluation, {whole.element, 0, whole.element.size()}, feel::kNestingLimit
            );
        }
        results[at] = result;
    }
    return Value::list(results);
}

Value run_quantifier(
    const LoopNode& node,
    std::span<const Value> items,
    const Node& whole,
    Evaluation& evaluation,
    Frame frame
) {
    const bool some = node.kind == LoopNode::Kind::Some;
    bool decided = false;
    bool unknown = false;
    for (const Value& item : items) {
        if (!begin_step(node, whole, evaluation, frame)) {
            return {};
        }
        const Value outcome = step(node, item, {}, evaluation, frame);
        if (!outcome.is(Value::Kind::Boolean) && !outcome.null()) {
            warn(
                evaluation,
                whole.element,
                fmt::format("\"satisfies\" gives {}, not a boolean", feel::to_literal(outcome))
            );
            return {};
        }
        decided = decided || (some ? outcome.is_true() : outcome.is_false());
        unknown = unknown || outcome.null();
    }
    if (decided) {
        return Value::boolean(some);
    }
    return unknown ? Value() : Value::boolean(!some);
}

Value run_filter(
    const LoopNode& node,
    std::span<const Value> items,
    const Node& whole,
    Evaluation& evaluation,
    Frame frame
) {
    const std::span<Value> kept = evaluation.arena.array<Value>(items.size());
    std::size_t size = 0;
    for (const Value& item : items) {
        if (!begin_step(node, whole, evaluation, frame)) {
            return {};
        }
        const Value outcome = step(node, item, {}, evaluation, frame);
        if (!outcome.is(Value::Kind::Boolean) && !outcome.null()) {
            warn(
                evaluation,
                whole.element,
                fmt::format("\"match\" gives {}, not a boolean", feel::to_literal(outcome))
            );
            return {};
        }
        if (outcome.is_true()) {
            kept[size++] = item;
        }
    }
    return Value::list(kept.first(size));
}

[[gnu::noinline]] Value run(
    const LoopNode& node, const Node& whole, Evaluation& evaluation, Frame frame
) {
    Value list = evaluate(*node.list, evaluation, frame);
    // As FEEL's own loops and filters do: null stays null, a single value is a list of one, and a
    // loop, but no filter, runs over what is inside a range.
    if (list.is(Value::Kind::Range) && node.kind != LoopNode::Kind::Filter) {
        const Value range = list;
        list = feel::items_of(range.as_range(), evaluation);
        if (list.null()) {
            const std::string text = feel::to_literal(range);
            warn(evaluation, whole.element, "the loop cannot run over " + text);
        }
    }
    if (list.null()) {
        return {};
    }
    const std::span<const Value> items =
        list.is(Value::Kind::List) ? list.as_list() : std::span<const Value>(&list, 1);
    switch (node.kind) {
    case LoopNode::Kind::For:
        return run_for(node, items, whole, evaluation, frame);
    case LoopNode::Kind::Filter:
        return run_filter(node, items, whole, evaluation, frame);
    case LoopNode::Kind::Some:
    case LoopNode::Kind::Every:
        break;
    }
    return run_quantifier(node, items, whole, evaluation, frame);
}

/// Apart, so that literal expressions, which are most, do not pay for the room of all others.
[[gnu::noinline]] Value run_boxed(const Node& node, Evaluation& evaluation, Frame frame) {
    return std::visit(
        [&](const auto& body) { return run(body, node, evaluation, frame); }, node.body
    );
}

[[gnu::noinline]] Value checked(Value value, const Node& node, Evaluation& evaluation) {
    return conform(
        conform(value, *node.type, node.element, evaluation),
        *node.variable_type,
        node.element,
        evaluation
    );
}

}  // namespace

Value evaluate_slowly(const Node& node, Evaluation& evaluation, Frame frame) {
    const auto* const literal = std::get_if<LiteralNode>(&node.body);
    if (literal != nullptr && literal->expression && !node.checked) {
        return literal->expression->evaluate(evaluation, frame);
    }
    const Value value = literal != nullptr ? run(*literal, node, evaluation, frame)
                                           : run_boxed(node, evaluation, frame);
    return node.checked ? checked(value, node, evaluation) : value;
}

Value conform_slowly(
    Value value, const ItemType& type, std::string_view element, Evaluation& evaluation
) {
    if (type.conforms_plainly(value)) {
        return value;
    }
    const std::optional<Value> converted = type.convert(value, evaluation);
    if (converted) {
        return *converted;
    }
    if (evaluation.warnings != nullptr) {
        warn(
            evaluation,
            element,
            fmt::format("{} is no {}; taken as null", feel::to_literal(value), type.name)
        );
    }
    return {};
}

Value make_closure(
    const FunctionNode& function, std::string_view element, Frame frame, Arena& arena
) {
    void* const memory = arena.allocate(sizeof(Closure), alignof(Closure));
    return Value::function(*new (memory) Closure(function, element, frame));
}

}  // namespace attune::dmn
