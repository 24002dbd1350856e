#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dmn/compile_context.h"
#include "dmn/item_type.h"
#include "dmn/model.h"
#include "dmn/table.h"
#include "feel/expression.h"
#include "feel/function.h"
#include "feel/scope.h"

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
    feel::Slot slot = 0;  ///< Holds the function, in every evaluation.
    /// By binding: which parameter it is for.
    std::vector<std::size_t> parameter_of;
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
    std::vector<feel::Slot> parameters;
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
    TypePtr type = any_type();           ///< What the value must conform to.
    TypePtr variable_type = any_type();  ///< And then what the variable that takes it wants.
    bool checked = false;                ///< Whether either of them demands anything.
    feel::Type inferred;                 ///< What is known of it without evaluating.
    std::string element;                 ///< For warnings.
};

/// The value of a node; null with a warning where it fails or does not conform to its type.
[[nodiscard]] Value evaluate(const Node& node, feel::Evaluation& evaluation, Frame frame);

[[nodiscard]] Value conform_slowly(
    const Value& value, const ItemType& type, std::string_view element, feel::Evaluation& evaluation
);

/// Converts to `type` or gives null with a warning that names `element`.
[[nodiscard]] inline Value conform(
    const Value& value, const ItemType& type, std::string_view element, feel::Evaluation& evaluation
) {
    if (!type.constrained && (value.null() || same_kind(type.type.kind(), value.kind()))) {
        return value;
    }
    return conform_slowly(value, type, element, evaluation);
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

    /// Says that `slot` holds the business knowledge model that `function` defines.
    void know_function(feel::Slot slot, const FunctionDefinition& function) {
        functions_.emplace(slot, &function);
    }

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
    [[nodiscard]] bool filter_as_feel(const Filter& source, const feel::Scope& scope, Node& into);
    [[nodiscard]] std::unique_ptr<Node> new_node() const;

    CompileContext& context_;
    feel::Slot slot_count_;
    std::map<feel::Slot, const FunctionDefinition*> functions_;
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
