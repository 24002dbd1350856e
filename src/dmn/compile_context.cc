#include "dmn/compile_context.h"

namespace attune::dmn {

feel::CompileOptions CompileContext::options() const {
    feel::CompileOptions result;
    result.lenient = true;
    result.dialect = definitions.b_feel ? feel::Dialect::BFeel : feel::Dialect::Feel;
    return result;
}

std::optional<feel::Expression> CompileContext::expression(
    const Text& text, const feel::Scope& scope
) {
    if (trimmed(text.text).empty()) {
        report(definitions.document->place(text.element), "the expression is empty");
        return std::nullopt;
    }
    return take(feel::Expression::compile(text.text, scope, options()), text);
}

std::optional<feel::Expression> CompileContext::expression_within(
    std::string_view before, const Text& text, std::string_view after, const feel::Scope& scope
) {
    std::string whole(before);
    whole += text.text;
    whole += after;
    return take(feel::Expression::compile(whole, scope, options()), text, before.size());
}

std::optional<feel::Expression> CompileContext::unary_tests(
    const Text& text, const feel::Scope& scope, const feel::Type& input
) {
    return take(feel::Expression::compile_unary_tests(text.text, scope, input, options()), text);
}

TypePtr CompileContext::type(const TypeName& name, Place place) {
    return types.find(name, place, element);
}

void CompileContext::report(Place place, std::string message, Diagnostic::Severity severity) {
    diagnostics.push_back({severity, definitions.file, place, element, id, std::move(message), ""});
}

std::optional<feel::Expression> CompileContext::take(
    feel::Compilation compiled, const Text& text, std::size_t before
) {
    for (feel::Diagnostic& each : compiled.diagnostics) {
        const bool error = each.severity == feel::Diagnostic::Severity::Error;
        diagnostics.push_back(
            {error ? Diagnostic::Severity::Error : Diagnostic::Severity::Warning,
             definitions.file,
             definitions.place_in(text, each.offset < before ? 0 : each.offset - before),
             element,
             id,
             std::move(each.message),
             std::move(each.hint)}
        );
    }
    return std::move(compiled.expression);
}

void warn(feel::Evaluation& evaluation, std::string_view element, std::string cause) {
    if (evaluation.warnings == nullptr) {
        return;
    }
    if (!evaluation.warnings->keeping()) {
        evaluation.warnings->count_only();
        return;
    }
    feel::Warning warning;
    warning.source = element;
    warning.length = element.size();
    warning.cause = std::move(cause);
    evaluation.warnings->add(std::move(warning));
}

}  // namespace attune::dmn
