#include "feel/expression.h"

#include "feel/code.h"
#include "feel/compiler.h"
#include "feel/parser.h"
#include "feel/vm.h"

namespace attune::feel {

namespace {

Diagnostic too_long(std::size_t bytes, std::size_t bytes_max) {
    return {
        Diagnostic::Severity::Error,
        0,
        0,
        "the text has " + std::to_string(bytes) + " bytes, more than " + std::to_string(bytes_max),
        {}};
}

/// Compiles with one of the parser's entry points.
template <typename Parse>
Compilation compile_with(
    std::string_view text, const Scope& scope, const CompileOptions& options, const Parse& parse
) {
    Compilation compilation;
    if (text.size() > options.text_bytes_max) {
        compilation.diagnostics.push_back(too_long(text.size(), options.text_bytes_max));
        return compilation;
    }
    auto unit = std::make_shared<detail::Unit>();
    unit->text = text;
    Parser parser(unit->text, scope, options, unit->arena);
    unit->tree = parse(parser);
    compilation.diagnostics = std::move(parser.diagnostics());
    for (const Diagnostic& diagnostic : compilation.diagnostics) {
        if (diagnostic.severity == Diagnostic::Severity::Error) {
            return compilation;
        }
    }
    unit->type = unit->tree->type;
    unit->local_count = parser.local_count();
    compile_unit(*unit, options.dialect);
    unit->slot_count_min = unit->slots.empty() ? 0 : std::size_t{unit->slots.back()} + 1;
    unit->simple_tests = find_simple_tests(*unit);
    compilation.expression = detail::Unit::seal(std::move(unit));
    return compilation;
}

}  // namespace

Compilation Expression::compile(
    std::string_view text, const Scope& scope, const CompileOptions& options
) {
    return compile_with(text, scope, options, [](Parser& parser) {
        return parser.parse_expression();
    });
}

Compilation Expression::compile_unary_tests(
    std::string_view text, const Scope& scope, const Type& input_type, const CompileOptions& options
) {
    return compile_with(text, scope, options, [&input_type](Parser& parser) {
        return parser.parse_unary_tests(input_type);
    });
}

namespace {

[[gnu::noinline]] Value too_deep(const detail::Unit& unit, Evaluation& evaluation) {
    return exceed(evaluation, {unit.text, 0, unit.text.size()}, "depth_max");
}

/// Runs the unit's code, with nothing in the locals but room.
[[gnu::always_inline]] inline Value run_unit(
    const detail::Unit& unit, Evaluation& evaluation, const Value* slots, Value* locals
) {
    const Code& root = *unit.root;
    const std::uint32_t depth = evaluation.depth;
    if (depth + root.height > evaluation.limits.depth_max) [[unlikely]] {
        return too_deep(unit, evaluation);
    }
    evaluation.depth = depth + root.height;
    Frame frame{evaluation, slots, locals, nullptr, unit};
    const Value result = run(root, frame);
    evaluation.depth = depth;
    return evaluation.exceeded == nullptr ? result : Value();
}

}  // namespace

Value Expression::evaluate(Evaluation& evaluation, std::span<const Value> slots) const {
    const detail::Unit& unit = *unit_;
    ATTUNE_ASSERT(unit.slot_count_min <= slots.size());
    Value* const locals =
        unit.local_count == 0 ? nullptr : evaluation.arena.array<Value>(unit.local_count).data();
    return run_unit(unit, evaluation, slots.data(), locals);
}

Value Expression::test(Evaluation& evaluation, const Value& input, std::span<const Value> slots)
    const {
    const detail::Unit& unit = *unit_;
    ATTUNE_ASSERT(unit.slot_count_min <= slots.size());
    ATTUNE_ASSERT(unit.local_count > 0);
    Value* const locals = evaluation.arena.array<Value>(unit.local_count).data();
    locals[0] = input;
    return run_unit(unit, evaluation, slots.data(), locals);
}

const Type& Expression::type() const {
    return unit_->type;
}

std::span<const Slot> Expression::slots() const {
    return unit_->slots;
}

std::optional<Value> Expression::constant() const {
    return unit_->root->op == Op::Constant ? std::optional(unit_->root->value) : std::nullopt;
}

std::optional<Slot> Expression::only_slot() const {
    return unit_->root->op == Op::SlotValue ? std::optional<Slot>(unit_->root->index)
                                            : std::nullopt;
}

std::string_view Expression::text() const {
    return unit_->text;
}

std::string Expression::print() const {
    return feel::print(*unit_->tree);
}

const std::optional<SimpleTests>& Expression::simple_tests() const {
    return unit_->simple_tests;
}

std::string Compilation::error() const {
    for (const Diagnostic& diagnostic : diagnostics) {
        if (diagnostic.severity == Diagnostic::Severity::Error) {
            return diagnostic.message + (diagnostic.hint.empty() ? "" : "; " + diagnostic.hint);
        }
    }
    return {};
}

}  // namespace attune::feel
