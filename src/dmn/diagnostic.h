#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dmn/xml.h"

namespace attune::dmn {

/// What is wrong, or doubtful, in a model file.
struct Diagnostic {
    enum class Severity : std::uint8_t { Error, Warning };

    Severity severity = Severity::Error;
    std::string file;
    Place place;
    std::string element;  ///< `decision "Approval"`, `rule 3 of decision "Approval"`
    std::string id;       ///< The id of the element in the file; may be empty.
    std::string message;
    std::string hint;  ///< May be empty.
};

/// `loan.dmn:12:5: decision "Approval" (id _d1): unknown name "Incom"; did you mean "Income"?`
[[nodiscard]] std::string to_string(const Diagnostic& diagnostic);

[[nodiscard]] bool has_errors(const std::vector<Diagnostic>& diagnostics);

}  // namespace attune::dmn
