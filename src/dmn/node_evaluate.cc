#include <algorithm>

#include <fmt/format.h>

#include "dmn/decision_model.h"
#include "dmn/node.h"
#include "dmn/program.h"
#include "feel/text.h"

namespace attune::dmn {
namespace {

using feel::Evaluation;

/// A function defined inside a decision: the frame around it, continued at each call.
class Closure final : public feel::Function {
public:
    Closure(const FunctionNode& node, std::string_view element, Frame frame)
        : Function(node.signature), node_(&node), element_(element), frame_(frame) {}

    Value call(Evaluation& evaluation, std::span<const Value> arguments) const override {
        const Frame frame = evaluation.arena.array<Value>(frame_.size());
        std::copy(frame_.begin(), frame_.end(), frame.begin());
        for (std::size_t at = 0; at < arguments.size(); ++at) {
            const std::optional<Value> argument =
                node_->parameter_types[at]->convert(arguments[at], evaluation);
            if (!argument) {
                warn(
                    evaluation,
                    element_,
                    fmt::format(
                        "argument {} is {}, which is no {}",
                        node_->signature.parameters[at].name,
                        feel::to_literal(arguments[at]),
                        node_->parameter_types[at]->name
                    )
                );
                return {};
            }
            frame[node_->parameters[at]] = *argument;
        }
        return evaluate(*node_->body, evaluation, frame);
    }

private:
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

Value run(const TableNode& node, const Node&, Evaluation& evaluation, Frame frame) {
    return node.table->evaluate(evaluation, frame, explanation_of(evaluation));
}

Value run(const ContextNode& node, const Node&, Evaluation& evaluation, Frame frame) {
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

Value run(const ListNode& node, const Node&, Evaluation& evaluation, Frame frame) {
    const std::span<Value> items = evaluation.arena.array<Value>(node.items.size());
    for (std::size_t at = 0; at < items.size(); ++at) {
        items[at] = evaluate(*node.items[at], evaluation, frame);
    }
    return Value::list(items);
}

Value run(const RelationNode& node, const Node&, Evaluation& evaluation, Frame frame) {
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

Value run(const InvocationNode& node, const Node&, Evaluation& evaluation, Frame frame) {
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

Value run(const FunctionNode& node, const Node& whole, Evaluation& evaluation, Frame frame) {
    return make_closure(node, whole.element, frame, evaluation.arena);
}

Value run(const ConditionalNode& node, const Node& whole, Evaluation& evaluation, Frame frame) {
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
    const LoopNode& node, std::span<const Value> items, Evaluation& evaluation, Frame frame
) {
    const std::span<Value> results = evaluation.arena.array<Value>(items.size());
    for (std::size_t at = 0; at < items.size(); ++at) {
        if (evaluation.exceeded != nullptr) {
            return {};
        }
        results[at] = step(node, items[at], Value::list(results.first(at)), evaluation, frame);
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
        if (evaluation.exceeded != nullptr) {
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
        if (evaluation.exceeded != nullptr) {
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

Value run(const LoopNode& node, const Node& whole, Evaluation& evaluation, Frame frame) {
    const Value list = evaluate(*node.list, evaluation, frame);
    // As FEEL's own loops and filters do: null stays null, a single value is a list of one.
    if (list.null()) {
        return {};
    }
    const std::span<const Value> items =
        list.is(Value::Kind::List) ? list.as_list() : std::span<const Value>(&list, 1);
    switch (node.kind) {
    case LoopNode::Kind::For:
        return run_for(node, items, evaluation, frame);
    case LoopNode::Kind::Filter:
        return run_filter(node, items, whole, evaluation, frame);
    case LoopNode::Kind::Some:
    case LoopNode::Kind::Every:
        break;
    }
    return run_quantifier(node, items, whole, evaluation, frame);
}

}  // namespace

Value evaluate(const Node& node, Evaluation& evaluation, Frame frame) {
    const Value value =
        std::visit([&](const auto& body) { return run(body, node, evaluation, frame); }, node.body);
    return conform(
        conform(value, *node.type, node.element, evaluation),
        *node.variable_type,
        node.element,
        evaluation
    );
}

Value conform_slowly(
    const Value& value, const ItemType& type, std::string_view element, Evaluation& evaluation
) {
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
