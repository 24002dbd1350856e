#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feel/evaluation.h"
#include "feel/type.h"
#include "value/value.h"

namespace attune::feel {

struct Builtin;

struct Parameter {
    std::string name;
    Type type;
};

/// What callers must know of a function.
struct Signature {
    std::string name;  ///< For messages; empty for a literal.
    std::vector<Parameter> parameters;
    Type result;
};

/// A function value: a closure, a built-in, or one that the embedder supplies (a business knowledge
/// model, a decision service) by deriving from this. A Value refers to its Function without owning
/// it. Trivially destructible descendants may live in an Arena.
class Function {
public:
    Function(const Function&) = default;
    Function(Function&&) = default;
    Function& operator=(const Function&) = delete;
    Function& operator=(Function&&) = delete;

    [[nodiscard]] const Signature& signature() const { return *signature_; }
    /// The built-in that this is, or null.
    [[nodiscard]] const Builtin* builtin() const { return builtin_; }

    /// Runs the body. The caller, `feel::invoke`, has arranged one argument for each parameter and
    /// converted it to the parameter's type; it converts the result too.
    virtual Value call(Evaluation& evaluation, std::span<const Value> arguments) const = 0;

protected:
    /// `signature` must outlive the function.
    explicit Function(const Signature& signature) : signature_(&signature) {}
    Function(const Signature& signature, const Builtin& builtin)
        : signature_(&signature), builtin_(&builtin) {}
    ~Function() = default;

private:
    const Signature* signature_;
    const Builtin* builtin_ = nullptr;
};

/// Calls `function` by position: as many arguments as parameters (built-ins: as one of their
/// signatures). Anything else, an argument that cannot be converted to its parameter's type, or a
/// value that is no function gives null with a warning. Recursion is bounded by
/// `Limits::depth_max`.
[[nodiscard]] Value invoke(
    Evaluation& evaluation, const Value& function, std::span<const Value> arguments
);

struct NamedArgument {
    std::string_view name;
    Value value;
};

/// The same by name; parameters without an argument are null.
[[nodiscard]] Value invoke(
    Evaluation& evaluation, const Value& function, std::span<const NamedArgument> arguments
);

/// The type of the function as a value.
[[nodiscard]] Type type_of(const Function& function);

}  // namespace attune::feel
