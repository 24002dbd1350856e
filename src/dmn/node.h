#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/same_text.h"
#include "dmn/compile_context.h"
#include "dmn/item_type.h"
#include "dmn/model.h"
#include "dmn/table.h"
#include "feel/expression.h"
#include "feel/function.h"
#include "feel/scope.h"
#include "feel/vm.h"

namespace attune::dmn {

struct Node;
using NodePtr = std::unique_ptr<const Node>;

/// The values of all names inside one decision, function or service while it is evaluated, by
/// slot. Lives in the evaluation's arena; once a slot is set it stays, so that closures may refer
/// to the frame.
using Frame = std::span<Value>;

/// FEEL, compiled; nothing where the text was none: its value is null.
struct LiteralNode {
    explicit LiteralNode(std::optional<feel::Expression> compiled = std::nullopt)
        : expression(std::move(compiled)),
          slot(expression ? expression->only_slot() : std::nullopt) {}

    std::optional<feel::Expression> expression;
    std::optional<feel::Slot> slot;  ///< What the expression reads, if it does nothing else.
};

struct TableNode {
    std::unique_ptr<const Table> table;
};

struct ContextNode {
    struct Part {
        std::string name;
        feel::Slot slot = 0;
        NodePtr value;
    };
    std::vector<Part> parts;
    NodePtr result;  ///< May be missing: the context itself.
};

struct ListNode {
    std::vector<NodePtr> items;
};

struct RelationNode {
    std::vector<std::string> columns;
    std::vector<std::vector<NodePtr>> rows;
};

struct FunctionNode;

/// A call of a business knowledge model whose parameters are known when the call is compiled.
struct KnownCallee {
    struct Argument {
        const Node* value = nullptr;
        std::size_t parameter = 0;  ///< Which one it is for.
        bool fits = false;          ///< Whatever the value is, it is of the parameter's type.
    };

    feel::Slot slot = 0;                     ///< Holds the function, in every evaluation.
    const FunctionNode* function = nullptr;  ///< May be compiled later than the call.
    std::vector<Argument> arguments;         ///< By binding.
};

struct InvocationNode {
    NodePtr callee;
    std::optional<KnownCallee> known;
    std::vector<std::string> names;
    std::vector<NodePtr> arguments;
};

struct FunctionNode {
    feel::Signature signature;
    std::vector<TypePtr> parameter_types;
    /// The slot of the first parameter; the others follow. Slots before it are of the frame around
    /// the function; nothing behind it is visible inside before the call itself sets it.
    feel::Slot own_from = 0;
    TypePtr result_type;
    NodePtr body;
};

struct ConditionalNode {
    NodePtr condition;
    NodePtr then_value;
    NodePtr else_value;
};

/// The body runs once for each item, in a frame of its own where it can keep the frame (closures).
struct LoopNode {
    enum class Kind : std::uint8_t { For, Some, Every, Filter };

    Kind kind = Kind::For;
    NodePtr list;
    feel::Slot item = 0;
    feel::Slot partial = 0;  ///< For: the results so far.
    /// Filter: entries of the item that the body may name.
    std::vector<std::pair<std::string, feel::Slot>> fields;
    NodePtr body;
    bool own_frames = false;
    bool reads_partial = false;  ///< Whether a round may build on those before.
};

/// One boxed expression, compiled: the value, then its conversion to the declared type.
struct Node {
    std::variant<
        LiteralNode,
        TableNode,
        ContextNode,
        ListNode,
        RelationNode,
        InvocationNode,
        FunctionNode,
        ConditionalNode,
        LoopNode>
        body;
    TypePtr type = any_type();            ///< What the value must conform to.
    TypePtr variable_type = any_type();   ///< And then what the variable that takes it wants.
    bool checked = false;                 ///< Whether either of them may refuse a value.
    std::optional<feel::Slot> only_slot;  ///< The value as it stands, with nothing to check.
    /// The same where the value is an entry of what stands in a slot.
    std::optional<feel::SlotPath> only_path;
    feel::Type inferred;  ///< What is known of it without evaluating.
    std::string element;  ///< For warnings.
};

/// The entry at the end of the path, where all contexts on the way are as declared; else null.
[[nodiscard]] inline const Value* entry_at(const feel::SlotPath& path, Frame frame) {
    const Value* value = &frame[path.slot];
    for (const feel::SlotPath::Step& step : path.steps) {
        if (!value->is(Value::Kind::Context)) {
            return nullptr;
        }
        const std::span<const Entry> entries = value->as_context();
        if (step.place >= entries.size() || !same_text(entries[step.place].key, step.name)) {
            return nullptr;
        }
        value = &entries[step.place].value;
    }
    return value;
}

[[nodiscard]] Value evaluate_slowly(const Node& node, feel::Evaluation& evaluation, Frame frame);

/// The value of a node; null with a warning where it fails or does not conform to its type.
[[nodiscard]] inline Value evaluate(const Node& node, feel::Evaluation& evaluation, Frame frame) {
    // Most nodes are arguments, and most of those only read a slot, or an entry of it.
    if (node.only_slot && evaluation.exceeded == nullptr) {
        return frame[*node.only_slot];
    }
    if (node.only_path && evaluation.exceeded == nullptr) {
        if (const Value* const entry = entry_at(*node.only_path, frame)) {
            return *entry;
        }
    }
    return evaluate_slowly(node, evaluation, frame);
}

[[nodiscard]] Value conform_slowly(
    Value value, const ItemType& type, std::string_view element, feel::Evaluation& evaluation
);

/// Converts to `type` or gives null with a warning that names `element`.
[[nodiscard]] inline Value conform(
    Value value, const ItemType& type, std::string_view element, feel::Evaluation& evaluation
) {
    return type.takes(value) ? value : conform_slowly(value, type, element, evaluation);
}

/// Compiles boxed expressions of one decision or function, giving out the slots of its frame.
class NodeCompiler {
public:
    NodeCompiler(CompileContext& context, feel::Slot first_free)
        : context_(context), slot_count_(first_free) {}

    /// `expected` is the type of the variable that takes the value.
    [[nodiscard]] NodePtr compile(
        const Expression& source, const feel::Scope& scope, const TypePtr& expected
    );
    [[nodiscard]] NodePtr compile(const ExpressionPtr& source, const feel::Scope& scope);

    /// Says that `slot` holds the business knowledge model that `source` defines and that
    /// `compiled` is, or will be.
    void know_function(
        feel::Slot slot, const FunctionDefinition& source, const FunctionNode& compiled
    ) {
        functions_.emplace(slot, KnownFunction{&source, &compiled});
    }
    /// Says that whatever `slot` holds is null or one of `type`.
    void know_type(feel::Slot slot, TypePtr type) { types_.emplace(slot, std::move(type)); }

    [[nodiscard]] feel::Slot slot_count() const { return slot_count_; }
    [[nodiscard]] feel::Slot new_slot() { return slot_count_++; }

    /// A function's parameters and body; `scope` is what is visible around it.
    [[nodiscard]] FunctionNode function(
        const FunctionDefinition& source, const feel::Scope& scope, const TypePtr& result_type
    );

private:
    void compile_body(const LiteralExpression& source, const feel::Scope& scope, Node& into);
    void compile_body(const DecisionTable& source, const feel::Scope& scope, Node& into);
    void compile_body(const BoxedContext& source, const feel::Scope& scope, Node& into);
    void compile_body(const Relation& source, const feel::Scope& scope, Node& into);
    void compile_body(const BoxedList& source, const feel::Scope& scope, Node& into);
    void compile_body(const Invocation& source, const feel::Scope& scope, Node& into);
    void compile_body(const FunctionDefinition& source, const feel::Scope& scope, Node& into);
    void compile_body(const Conditional& source, const feel::Scope& scope, Node& into);
    void compile_body(const Filter& source, const feel::Scope& scope, Node& into);
    void compile_body(const Iteration& source, const feel::Scope& scope, Node& into);
    [[nodiscard]] std::optional<KnownCallee> known_callee(const InvocationNode& call) const;
    /// Whether every value of the node is known to be null or, as it stands, one of `type`.
    [[nodiscard]] bool gives_only(const Node& node, const TypePtr& type) const;
    [[nodiscard]] bool gives_only(const LiteralNode& literal, const TypePtr& type) const;
    [[nodiscard]] bool filter_as_feel(const Filter& source, const feel::Scope& scope, Node& into);
    [[nodiscard]] std::unique_ptr<Node> new_node() const;

    struct KnownFunction {
        const FunctionDefinition* source;
        const FunctionNode* compiled;
    };

    CompileContext& context_;
    feel::Slot slot_count_;
    std::map<feel::Slot, KnownFunction> functions_;
    std::map<feel::Slot, TypePtr> types_;
};

/// Whether evaluating may make a function that keeps its frame: anything that defines one.
[[nodiscard]] bool may_make_functions(const Expression& source);

/// Wherever the standard lets a function have either a function type or just the type of its
/// result: the latter.
[[nodiscard]] TypePtr result_of(const TypePtr& type);

/// The frame of `function`'s calls continues this one: a copy, in which parameters are set.
[[nodiscard]] Value make_closure(
    const FunctionNode& function, std::string_view element, Frame frame, Arena& arena
);

}  // namespace attune::dmn
