#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "feel/expression.h"
#include "feel/scope.h"
#include "value/value.h"

namespace attune::host {

/// Names with values, and what is asked about them at the command line: answers go to standard
/// output, what is wrong to standard error.
class FeelSession {
public:
    /// Takes the names of a JSON object, given as text or in a file.
    [[nodiscard]] Status read(const std::string& context);
    void set(std::string_view name, const Value& value);

    struct Form {
        bool json = false;   ///< The value as JSON rather than as FEEL.
        bool types = false;  ///< Its type behind it.
    };
    /// Evaluates and prints. The value, good until the next call, unless the text is wrong or the
    /// value is null by an error.
    std::optional<Value> evaluate(std::string_view text, Form form);
    /// Prints the parts of the expression as a tree, each with its value. Whether it compiles.
    bool explain(std::string_view text);
    /// Prints the type that the expression has whatever the values are. Whether it compiles.
    bool print_type(std::string_view text);

    [[nodiscard]] bool compiles(std::string_view text) const;
    /// Those with values and the built-in functions, for completion.
    [[nodiscard]] std::vector<std::string> names() const;
    /// Prints each name with its type and value.
    void print_names() const;

private:
    Arena arena_;    ///< Values of names.
    Arena scratch_;  ///< Of the last answer.
    feel::Scope scope_;
    std::vector<Value> slots_;
};

/// Describes a built-in, or all if the name is empty. Whether there is one of this name.
bool print_builtins(const std::string& name);

}  // namespace attune::host
