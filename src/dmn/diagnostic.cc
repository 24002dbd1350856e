#include "dmn/diagnostic.h"

#include <algorithm>

#include <fmt/format.h>

namespace attune::dmn {

std::string to_string(const Diagnostic& diagnostic) {
    std::string text = diagnostic.file;
    if (diagnostic.place.line > 0) {
        text += fmt::format(":{}:{}", diagnostic.place.line, diagnostic.place.column);
    }
    text += ": ";
    if (diagnostic.severity == Diagnostic::Severity::Warning) {
        text += "warning: ";
    }
    text += diagnostic.element;
    if (!diagnostic.id.empty()) {
        text += fmt::format(" (id {})", diagnostic.id);
    }
    if (!diagnostic.element.empty() || !diagnostic.id.empty()) {
        text += ": ";
    }
    text += diagnostic.message;
    if (!diagnostic.hint.empty()) {
        text += "; " + diagnostic.hint;
    }
    return text;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
    return std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& each) {
        return each.severity == Diagnostic::Severity::Error;
    });
}

}  // namespace attune::dmn
