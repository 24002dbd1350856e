#include "feel/parts.h"

#include <algorithm>

#include "feel/parser.h"

namespace attune::feel {

namespace {

bool literal(const Node& node) {
    return node.kind == NodeKind::Builtin ||
           (node.kind == NodeKind::Constant && !node.value.is(Value::Kind::Function));
}

/// So many leading children do not depend on variables that the node itself brings.
std::size_t independent_children(const Node& node) {
    switch (node.kind) {
    case NodeKind::Function:
    case NodeKind::Context:
    case NodeKind::Dynamic:
    case NodeKind::Tests:
        return 0;
    case NodeKind::In:
    case NodeKind::Filter:
        return 1;
    case NodeKind::For:
    case NodeKind::Some:
    case NodeKind::Every:
        // The second variable may run over something that depends on the first.
        return node.iterators.front().range ? 2 : 1;
    default:
        return node.children.size();
    }
}

Part part_of(const Node& node) {
    Part part{print(node), node.type, {}};
    const std::size_t count = std::min(independent_children(node), node.children.size());
    for (std::size_t i = 0; i < count; ++i) {
        const NodePtr& child = node.children[i];
        if (child != nullptr && !literal(*child)) {
            part.parts.push_back(part_of(*child));
        }
    }
    return part;
}

}  // namespace

std::optional<Part> parts_of(std::string_view text, const Scope& scope) {
    Arena arena;
    const CompileOptions options;
    Parser parser(text, scope, options, arena);
    const NodePtr tree = parser.parse_expression();
    const bool errors = std::any_of(
        parser.diagnostics().begin(),
        parser.diagnostics().end(),
        [](const Diagnostic& each) { return each.severity == Diagnostic::Severity::Error; }
    );
    return tree == nullptr || errors ? std::nullopt : std::optional(part_of(*tree));
}

}  // namespace attune::feel
