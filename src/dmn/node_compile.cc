#include <algorithm>

#include <fmt/format.h>

#include "dmn/node.h"

namespace attune::dmn {
namespace {

bool may_make_functions(const ExpressionPtr& source) {
    return source != nullptr && dmn::may_make_functions(*source);
}

struct MakesFunctions {
    // A function that FEEL defines keeps copies of what it refers to.
    bool operator()(const LiteralExpression&) const { return false; }
    bool operator()(const DecisionTable&) const { return false; }
    bool operator()(const BoxedContext& body) const {
        return std::any_of(body.entries.begin(), body.entries.end(), [](const ContextEntry& each) {
            return may_make_functions(each.value);
        });
    }
    bool operator()(const Relation& body) const {
        return std::any_of(body.rows.begin(), body.rows.end(), [](const auto& row) {
            return std::any_of(row.begin(), row.end(), [](const ExpressionPtr& cell) {
                return may_make_functions(cell);
            });
        });
    }
    bool operator()(const BoxedList& body) const {
        return std::any_of(body.items.begin(), body.items.end(), [](const ExpressionPtr& item) {
            return may_make_functions(item);
        });
    }
    bool operator()(const Invocation& body) const {
        return may_make_functions(body.callee) ||
               std::any_of(body.bindings.begin(), body.bindings.end(), [](const Binding& each) {
                   return may_make_functions(each.value);
               });
    }
    bool operator()(const FunctionDefinition&) const { return true; }
    bool operator()(const Conditional& body) const {
        return may_make_functions(body.condition) || may_make_functions(body.then_value) ||
               may_make_functions(body.else_value);
    }
    bool operator()(const Filter& body) const {
        return may_make_functions(body.list) || may_make_functions(body.match);
    }
    bool operator()(const Iteration& body) const {
        return may_make_functions(body.list) || may_make_functions(body.body);
    }
};

std::string_view to_string(FunctionDefinition::Kind kind) {
    switch (kind) {
    case FunctionDefinition::Kind::Java:
        return "Java";
    case FunctionDefinition::Kind::Pmml:
        return "PMML";
    case FunctionDefinition::Kind::Onnx:
        return "ONNX";
    case FunctionDefinition::Kind::Feel:
        break;
    }
    return "FEEL";
}

/// Whether evaluating may read the slot; certain only of literal expressions.
bool may_read(const Node& node, feel::Slot slot) {
    const auto* const literal = std::get_if<LiteralNode>(&node.body);
    if (literal == nullptr || !literal->expression) {
        return literal == nullptr;
    }
    const std::span<const feel::Slot> slots = literal->expression->slots();
    return std::find(slots.begin(), slots.end(), slot) != slots.end();
}

/// What a name declared with `type` may be taken for, given what is known of its value.
feel::Type known_type(const TypePtr& type, const feel::Type& inferred) {
    return type->type.any() ? inferred : type->type;
}

}  // namespace

bool may_make_functions(const Expression& source) {
    return std::visit(MakesFunctions{}, source.body);
}

TypePtr result_of(const TypePtr& type) {
    if (!type->type.is(feel::Type::Kind::Function)) {
        return type;
    }
    ItemType result;
    result.type = type->type.result();
    result.name = feel::to_string(result.type);
    return std::make_shared<const ItemType>(std::move(result));
}

std::unique_ptr<Node> NodeCompiler::new_node() const {
    auto node = std::make_unique<Node>();
    node->element = context_.element;
    return node;
}

NodePtr NodeCompiler::compile(const ExpressionPtr& source, const feel::Scope& scope) {
    return source ? compile(*source, scope, any_type()) : new_node();
}

NodePtr NodeCompiler::compile(
    const Expression& source, const feel::Scope& scope, const TypePtr& expected
) {
    std::unique_ptr<Node> node = new_node();
    const bool function = std::holds_alternative<FunctionDefinition>(source.body);
    const TypePtr own = context_.type(source.type, source.place);
    // A function's declared type may be that of its results: those are checked at its calls.
    const auto applies = [&](const TypePtr& type) {
        return !function || type->type.is(feel::Type::Kind::Function);
    };
    node->type = applies(own) ? own : any_type();
    node->variable_type = applies(expected) && expected != own ? expected : any_type();
    std::visit([&](const auto& body) { compile_body(body, scope, *node); }, source.body);
    node->checked = !gives_only(*node, node->type) || !gives_only(*node, node->variable_type);
    if (const auto* literal = std::get_if<LiteralNode>(&node->body);
        literal != nullptr && !node->checked) {
        node->only_slot = literal->slot;
        if (literal->expression) {
            node->only_path = feel::only_path(*literal->expression);
        }
    }
    if (!node->variable_type->type.any()) {
        node->inferred = node->variable_type->type;
    } else if (!node->type->type.any()) {
        node->inferred = node->type->type;
    }
    return node;
}

void NodeCompiler::compile_body(
    const LiteralExpression& source, const feel::Scope& scope, Node& into
) {
    LiteralNode node{context_.expression(source.text, scope)};
    if (node.expression) {
        into.inferred = node.expression->type();
    }
    into.body = std::move(node);
}

void NodeCompiler::compile_body(const DecisionTable& source, const feel::Scope& scope, Node& into) {
    const TypePtr& result = into.type->any() ? into.variable_type : into.type;
    TableNode node{Table::compile(source, context_, scope, result)};
    context_.tables.push_back(node.table.get());
    into.inferred = node.table->result_type();
    into.body = std::move(node);
}

void NodeCompiler::compile_body(const BoxedContext& source, const feel::Scope& scope, Node& into) {
    ContextNode node;
    feel::Scope inner(&scope);
    std::vector<feel::Type::Field> fields;
    for (const ContextEntry& entry : source.entries) {
        if (!entry.variable) {
            node.result = compile(entry.value, inner);
            continue;
        }
        ContextNode::Part part;
        part.name = entry.variable->name;
        part.slot = new_slot();
        const TypePtr type = context_.type(entry.variable->type, entry.variable->place);
        part.value = entry.value ? compile(*entry.value, inner, type) : new_node();
        if (entry.value && !std::holds_alternative<FunctionDefinition>(entry.value->body)) {
            know_type(part.slot, type);
        }
        const feel::Type known = known_type(type, part.value->inferred);
        inner.declare(part.name, known, part.slot);
        fields.push_back({part.name, known});
        node.parts.push_back(std::move(part));
    }
    into.inferred = node.result ? node.result->inferred : feel::Type::context(std::move(fields));
    into.body = std::move(node);
}

void NodeCompiler::compile_body(const Relation& source, const feel::Scope& scope, Node& into) {
    RelationNode node;
    std::vector<feel::Type::Field> fields;
    std::vector<TypePtr> types;
    for (const Variable& column : source.columns) {
        node.columns.push_back(column.name);
        types.push_back(context_.type(column.type, column.place));
        fields.push_back({column.name, types.back()->type});
    }
    for (const std::vector<ExpressionPtr>& row : source.rows) {
        std::vector<NodePtr> cells;
        for (std::size_t at = 0; at < row.size(); ++at) {
            cells.push_back(row[at] ? compile(*row[at], scope, types[at]) : new_node());
        }
        node.rows.push_back(std::move(cells));
    }
    into.inferred = feel::Type::list(feel::Type::context(std::move(fields)));
    into.body = std::move(node);
}

void NodeCompiler::compile_body(const BoxedList& source, const feel::Scope& scope, Node& into) {
    ListNode node;
    feel::Type item;
    for (const ExpressionPtr& each : source.items) {
        node.items.push_back(compile(each, scope));
        const feel::Type& type = node.items.back()->inferred;
        item = node.items.size() == 1 ? type : feel::common_type(item, type);
    }
    into.inferred = feel::Type::list(std::move(item));
    into.body = std::move(node);
}

void NodeCompiler::compile_body(const Invocation& source, const feel::Scope& scope, Node& into) {
    InvocationNode node;
    node.callee = compile(source.callee, scope);
    for (const Binding& binding : source.bindings) {
        node.names.push_back(binding.parameter.name);
        const TypePtr type = context_.type(binding.parameter.type, binding.parameter.place);
        node.arguments.push_back(binding.value ? compile(*binding.value, scope, type) : new_node());
    }
    node.known = known_callee(node);
    into.inferred = node.callee->inferred.result();
    into.body = std::move(node);
}

/// Nothing where the callee is not simply the name of a business knowledge model, or where the
/// bindings do not fit its parameters: that is said when the call is evaluated.
std::optional<KnownCallee> NodeCompiler::known_callee(const InvocationNode& call) const {
    const auto* name = std::get_if<LiteralNode>(&call.callee->body);
    const auto slot = name != nullptr && name->expression ? name->expression->only_slot()
                                                          : std::optional<feel::Slot>();
    const auto found = slot ? functions_.find(*slot) : functions_.end();
    if (found == functions_.end()) {
        return std::nullopt;
    }
    const std::vector<Variable>& parameters = found->second.source->parameters;
    const FunctionNode& function = *found->second.compiled;
    KnownCallee known;
    known.slot = *slot;
    known.function = &function;
    std::vector<bool> bound(parameters.size(), false);
    for (const std::string& each : call.names) {
        const auto parameter =
            std::find_if(parameters.begin(), parameters.end(), [&](const Variable& candidate) {
                return candidate.name == each;
            });
        const auto at = static_cast<std::size_t>(parameter - parameters.begin());
        if (parameter == parameters.end() || bound[at]) {
            return std::nullopt;
        }
        bound[at] = true;
        const Node& argument = *call.arguments[known.arguments.size()];
        const bool fits = function.body && gives_only(argument, function.parameter_types[at]);
        known.arguments.push_back({&argument, at, fits});
    }
    // A call without any binding is one by position, which must give every argument.
    const bool fits = !call.names.empty() || parameters.empty();
    return fits ? std::optional(std::move(known)) : std::nullopt;
}

/// A value that some type has checked is of that type; one that it may have converted is of no
/// other.
bool NodeCompiler::gives_only(const Node& node, const TypePtr& type) const {
    if (type->any()) {
        return true;
    }
    if (node.checked) {
        return (node.variable_type->any() ? node.type : node.variable_type) == type;
    }
    if (const auto* literal = std::get_if<LiteralNode>(&node.body)) {
        return gives_only(*literal, type);
    }
    if (const auto* table = std::get_if<TableNode>(&node.body)) {
        return table->table->gives_only(*type);
    }
    if (const auto* context = std::get_if<ContextNode>(&node.body)) {
        return context->result && gives_only(*context->result, type);
    }
    const auto* call = std::get_if<InvocationNode>(&node.body);
    if (call == nullptr || !call->known || !call->known->function->body) {
        return false;
    }
    // The call converts to the function's result, which changes values of these kinds only.
    const auto keeps = [](const feel::Type& each) {
        return !each.is(feel::Type::Kind::List) && !each.is(feel::Type::Kind::DateTime);
    };
    const FunctionNode& function = *call->known->function;
    return keeps(function.signature.result) && keeps(type->type) &&
           gives_only(*function.body, type);
}

bool NodeCompiler::gives_only(const LiteralNode& literal, const TypePtr& type) const {
    if (!literal.expression) {
        return true;
    }
    if (const std::optional<Value> constant = literal.expression->constant()) {
        return type->conforms_plainly(*constant);
    }
    const auto known = literal.slot ? types_.find(*literal.slot) : types_.end();
    return known != types_.end() && known->second == type;
}

FunctionNode NodeCompiler::function(
    const FunctionDefinition& source, const feel::Scope& scope, const TypePtr& result_type
) {
    FunctionNode node;
    node.own_from = slot_count_;
    node.signature.name = context_.element;
    feel::Scope inner(&scope);
    for (const Variable& parameter : source.parameters) {
        const TypePtr type = context_.type(parameter.type, parameter.place);
        node.signature.parameters.push_back({parameter.name, type->type});
        node.parameter_types.push_back(type);
        const feel::Slot slot = new_slot();
        ATTUNE_ASSERT(slot + 1 == node.own_from + node.parameter_types.size());
        know_type(slot, type);
        inner.declare(parameter.name, type->type, slot);
    }
    if (source.kind != FunctionDefinition::Kind::Feel) {
        context_.report(
            source.body ? source.body->place : Place{},
            fmt::format(
                "functions of kind {} are not supported; write the body in FEEL",
                to_string(source.kind)
            )
        );
        node.body = new_node();
    } else {
        node.body = source.body ? compile(*source.body, inner, result_type) : new_node();
    }
    node.result_type = result_type;
    node.signature.result = known_type(result_type, node.body->inferred);
    return node;
}

void NodeCompiler::compile_body(
    const FunctionDefinition& source, const feel::Scope& scope, Node& into
) {
    const TypePtr& declared = into.type->any() ? into.variable_type : into.type;
    FunctionNode node = function(source, scope, result_of(declared));
    std::vector<feel::Type> parameters;
    for (const feel::Parameter& each : node.signature.parameters) {
        parameters.push_back(each.type);
    }
    into.inferred = feel::Type::function(std::move(parameters), node.signature.result);
    into.body = std::move(node);
}

void NodeCompiler::compile_body(const Conditional& source, const feel::Scope& scope, Node& into) {
    ConditionalNode node;
    node.condition = compile(source.condition, scope);
    node.then_value = compile(source.then_value, scope);
    node.else_value = compile(source.else_value, scope);
    into.inferred = feel::common_type(node.then_value->inferred, node.else_value->inferred);
    into.body = std::move(node);
}

void NodeCompiler::compile_body(const Filter& source, const feel::Scope& scope, Node& into) {
    LoopNode node;
    node.kind = LoopNode::Kind::Filter;
    node.list = compile(source.list, scope);
    const feel::Type list = node.list->inferred;
    const feel::Type item = list.is(feel::Type::Kind::List) ? list.item() : list;
    into.inferred = feel::Type::list(item);
    const bool opaque = item.any() || (item.is(feel::Type::Kind::Context) && item.fields().empty());
    if (opaque && source.match && filter_as_feel(source, scope, into)) {
        return;
    }
    feel::Scope inner(&scope);
    node.item = new_slot();
    inner.declare("item", item, node.item);
    for (const feel::Type::Field& field : item.fields()) {
        node.fields.emplace_back(field.name, new_slot());
        inner.declare(field.name, field.type, node.fields.back().second);
    }
    node.body = compile(source.match, inner);
    node.own_frames = may_make_functions(source.match);
    into.body = std::move(node);
}

/// Which names an item has is known only when it is there: FEEL's own filter copes with that.
bool NodeCompiler::filter_as_feel(const Filter& source, const feel::Scope& scope, Node& into) {
    const auto* match = std::get_if<LiteralExpression>(&source.match->body);
    if (match == nullptr) {
        return false;
    }
    static constexpr std::string_view kName = "list of the boxed filter";
    ContextNode node;
    ContextNode::Part list;
    list.name = kName;
    list.slot = new_slot();
    list.value = compile(source.list, scope);
    feel::Scope inner(&scope);
    inner.declare(kName, list.value->inferred, list.slot);
    std::unique_ptr<Node> filter = new_node();
    filter->body =
        LiteralNode{context_.expression_within(fmt::format("{}[", kName), match->text, "]", inner)};
    node.parts.push_back(std::move(list));
    node.result = std::move(filter);
    into.body = std::move(node);
    return true;
}

void NodeCompiler::compile_body(const Iteration& source, const feel::Scope& scope, Node& into) {
    LoopNode node;
    node.kind = source.kind == Iteration::Kind::For    ? LoopNode::Kind::For
                : source.kind == Iteration::Kind::Some ? LoopNode::Kind::Some
                                                       : LoopNode::Kind::Every;
    node.list = compile(source.list, scope);
    const feel::Type list = node.list->inferred;
    feel::Scope inner(&scope);
    node.item = new_slot();
    const bool many = list.is(feel::Type::Kind::List) || list.is(feel::Type::Kind::Range);
    inner.declare(source.variable, many ? list.item() : list, node.item);
    if (node.kind == LoopNode::Kind::For) {
        node.partial = new_slot();
        inner.declare("partial", feel::Type::list({}), node.partial);
    }
    node.body = compile(source.body, inner);
    node.own_frames = may_make_functions(source.body);
    node.reads_partial = node.kind == LoopNode::Kind::For && may_read(*node.body, node.partial);
    into.inferred = node.kind == LoopNode::Kind::For ? feel::Type::list(node.body->inferred)
                                                     : feel::Type(feel::Type::Kind::Boolean);
    into.body = std::move(node);
}

}  // namespace attune::dmn
