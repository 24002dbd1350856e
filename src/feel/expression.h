#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "feel/evaluation.h"
#include "feel/scope.h"
#include "feel/simple_tests.h"
#include "feel/type.h"
#include "value/value.h"

namespace attune::feel {

namespace detail {
struct Unit;
}  // namespace detail

/// What is wrong, or doubtful, with a text; `offset` and `length` are bytes in it.
struct Diagnostic {
    enum class Severity : std::uint8_t { Error, Warning };

    Severity severity = Severity::Error;
    std::size_t offset = 0;
    std::size_t length = 0;
    std::string message;  ///< `unknown name "tota"`
    std::string hint;     ///< `did you mean "total"?`; may be empty
};

/// FEEL, or B-FEEL of DMN 1.6, in which an operation that fails gives false, 0 or "" rather than
/// null.
enum class Dialect : std::uint8_t { Feel, BFeel };

struct CompileOptions {
    /// Unknown names and operands of wrong types become null with a warning at run time, as DMN
    /// demands of models, rather than errors.
    bool lenient = false;
    Dialect dialect = Dialect::Feel;
    std::size_t text_bytes_max = 16'000'000;
    std::size_t nesting_max = 200;  ///< Parentheses, calls, operators inside each other.
};

struct Compilation;

/// A compiled FEEL expression or list of unary tests: immutable, cheap to copy, safe to evaluate
/// from many threads, each with its own Evaluation.
class Expression {
public:
    /// Compiles one expression (grammar rule 1 of DMN 1.5, 10.3.1.2).
    [[nodiscard]] static Compilation compile(
        std::string_view text, const Scope& scope, const CompileOptions& options = {}
    );

    /// Compiles the text of a decision table's cell, of allowed values or of a constraint (grammar
    /// rule 15): `-`, `not(...)`, tests separated by commas. The tested value is `?`; it is given
    /// to `test()`. Further names come from `scope`.
    [[nodiscard]] static Compilation compile_unary_tests(
        std::string_view text,
        const Scope& scope,
        const Type& input_type,
        const CompileOptions& options = {}
    );

    /// The value of the expression; null where it fails, with a warning in `evaluation.warnings`.
    /// Never fails otherwise. Counts against the limits of `evaluation` from where it stands.
    [[nodiscard]] Value evaluate(Evaluation& evaluation) const {
        return evaluate(evaluation, evaluation.slots);
    }
    /// The same with other slots, for evaluations inside an evaluation.
    [[nodiscard]] Value evaluate(Evaluation& evaluation, std::span<const Value> slots) const;

    /// For unary tests: whether `input` passes; true, false or null.
    [[nodiscard]] Value test(Evaluation& evaluation, const Value& input) const {
        return test(evaluation, input, evaluation.slots);
    }
    [[nodiscard]] Value test(
        Evaluation& evaluation, const Value& input, std::span<const Value> slots
    ) const;

    [[nodiscard]] const Type& type() const;
    /// The slots that may be read, in ascending order.
    [[nodiscard]] std::span<const Slot> slots() const;
    /// The value, if it depends on nothing.
    [[nodiscard]] std::optional<Value> constant() const;
    /// The slot whose value this is, if it is nothing else.
    [[nodiscard]] std::optional<Slot> only_slot() const;
    [[nodiscard]] std::string_view text() const;
    /// Canonical FEEL: one space around operators, only needed parentheses. Compiling it again in
    /// the same scope gives an equal expression.
    [[nodiscard]] std::string print() const;
    /// A number by which whoever compiled the expression finds what it keeps about it; 0 unless
    /// set. Copies have the number of what they are copied from.
    void set_number(std::uint32_t number) { number_ = number; }
    [[nodiscard]] std::uint32_t number() const { return number_; }
    /// For unary tests: what a decision table can index; nothing if any part needs evaluation.
    [[nodiscard]] const std::optional<SimpleTests>& simple_tests() const;

private:
    explicit Expression(std::shared_ptr<const detail::Unit> unit) : unit_(std::move(unit)) {}
    friend struct detail::Unit;

    std::shared_ptr<const detail::Unit> unit_;
    std::uint32_t number_ = 0;
};

/// What compiling gives: an expression unless there are errors, and diagnostics either way.
struct Compilation {
    std::optional<Expression> expression;
    std::vector<Diagnostic> diagnostics;

    [[nodiscard]] bool ok() const { return expression.has_value(); }
    explicit operator bool() const { return ok(); }
    [[nodiscard]] const Expression& value() const {
        ATTUNE_ASSERT(ok());
        return *expression;
    }
    /// The first error in one line, or empty: `unknown name "tota"; did you mean "total"?`
    [[nodiscard]] std::string error() const;
};

}  // namespace attune::feel
