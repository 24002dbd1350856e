#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dmn/model.h"
#include "dmn/type_catalog.h"
#include "feel/expression.h"
#include "feel/scope.h"

namespace attune::dmn {

class Table;

/// Where compiling stands: the file, what it knows, and the element that messages name.
struct CompileContext {
    const Definitions& definitions;
    TypeCatalog& types;
    std::vector<Diagnostic>& diagnostics;
    std::string element;  ///< `decision "Approval"`
    std::string id;
    std::vector<const Table*>& tables;  ///< All tables compiled so far.

    /// Compiles FEEL; names that are not in scope and wrong operands are null at run time, as the
    /// standard wants. Nothing, with a diagnostic, if the text is not FEEL.
    [[nodiscard]] std::optional<feel::Expression> expression(
        const Text& text, const feel::Scope& scope
    );
    /// The same with something put before and after the text.
    [[nodiscard]] std::optional<feel::Expression> expression_within(
        std::string_view before, const Text& text, std::string_view after, const feel::Scope& scope
    );
    [[nodiscard]] std::optional<feel::Expression> unary_tests(
        const Text& text, const feel::Scope& scope, const feel::Type& input
    );
    [[nodiscard]] TypePtr type(const TypeName& name, Place place);

    void report(
        Place place,
        std::string message,
        Diagnostic::Severity severity = Diagnostic::Severity::Error
    );

private:
    [[nodiscard]] feel::CompileOptions options() const;
    std::optional<feel::Expression> take(
        feel::Compilation compiled, const Text& text, std::size_t before = 0
    );
};

/// Adds a warning about the model itself, rather than about an expression in it: what happened,
/// and in which element.
void warn(feel::Evaluation& evaluation, std::string_view element, std::string cause);

}  // namespace attune::dmn
