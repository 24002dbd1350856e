#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "feel/ast.h"
#include "feel/checker.h"
#include "feel/expression.h"
#include "feel/names.h"
#include "feel/scope.h"

namespace attune::feel {

/// Reads FEEL text into a checked tree. Names are resolved while reading, because where a name ends
/// depends on what is in scope, and what is in scope depends on the types of what was read before.
class Parser {
public:
    /// Values of literals live in `arena`, which the expression keeps.
    Parser(std::string_view text, const Scope& scope, const CompileOptions& options, Arena& arena);

    /// The whole text as one expression; null after a syntax error.
    NodePtr parse_expression();
    /// The whole text as unary tests of a value of type `input`, which is local 0.
    NodePtr parse_unary_tests(const Type& input);

    [[nodiscard]] std::vector<Diagnostic>& diagnostics() { return diagnostics_; }
    /// Locals that the outermost frame needs.
    [[nodiscard]] std::uint32_t local_count() const { return names_.local_count(); }
    [[nodiscard]] bool failed() const { return failed_; }

private:
    friend class NestingGuard;

    // parser.cc: operators, by rising precedence.
    NodePtr expression();
    NodePtr disjunction();
    NodePtr conjunction();
    NodePtr comparison();
    NodePtr comparison_tail(NodePtr lhs, std::size_t from);
    NodePtr between(NodePtr value, std::size_t from);
    NodePtr additive();
    NodePtr multiplicative();
    NodePtr power();
    NodePtr unary();
    NodePtr instance_of();
    std::optional<Type> read_type(bool& bare_generic);
    NodePtr binary(BinaryOp op, NodePtr lhs, NodePtr rhs, std::size_t operator_at);

    // parser_postfix.cc: paths, filters, calls.
    NodePtr postfix();
    NodePtr path(NodePtr source);
    NodePtr filter(NodePtr source);
    NodePtr call(NodePtr callee);
    bool bracket_closes_range();
    std::string path_name(const Type& source);
    std::string longest_known(std::span<const std::string> known);
    NodePtr bound_name(const Scope::Binding& root, std::size_t from);
    std::string greedy_name();

    // parser_primary.cc: literals, names, lists, contexts, ranges.
    NodePtr primary();
    NodePtr number();
    NodePtr string();
    NodePtr at_literal();
    NodePtr parenthesised();
    NodePtr list_or_range();
    NodePtr reversed_range();
    NodePtr range_tail(NodePtr start, bool start_included, std::size_t from);
    NodePtr endpoint();
    NodePtr operator_range(std::size_t from);
    NodePtr context();
    void context_entry(Node& node);
    NodePtr name();
    NodePtr unknown_name(std::size_t from);
    std::string string_body();
    void escape(std::string& out);
    std::optional<char32_t> hexadecimal(std::size_t digits);

    // parser_control.cc: if, for, some, every, function.
    NodePtr conditional();
    NodePtr loop(NodeKind kind);
    void iterator(Node& node);
    NodePtr function();
    void parameters(FunctionNode& function);
    std::string declared_name(std::string_view stop_word, std::string_view stop_symbols);

    // parser_tests.cc: `in` and unary tests.
    NodePtr in(NodePtr value, std::size_t from);
    void tests_until(Node& node, char closing);
    NodePtr test(std::uint32_t input_local);
    NodePtr single_test(std::uint32_t input_local);
    NodePtr negated_tests(std::uint32_t input_local);
    void check_test(const Node& test, const Type& input);

    // parser_text.cc: characters and messages.
    void skip() { offset_ = skip_to(); }
    [[nodiscard]] std::size_t skip_to() const;
    [[nodiscard]] char peek();
    [[nodiscard]] bool peek_text(std::string_view text);
    bool accept(std::string_view symbol);
    bool accept_word(std::string_view word);
    [[nodiscard]] bool peek_word(std::string_view word);
    bool expect(std::string_view symbol, std::string_view where);
    [[nodiscard]] std::string_view word_here();
    NodePtr fail(std::string message, std::string hint = {});
    NodePtr fail_at(std::size_t from, std::size_t to, std::string message, std::string hint = {});
    /// A mistake of meaning: an error, or a warning when lenient.
    void doubt(const Node& at, std::string message, std::string hint = {});
    void judge(Node& node, Judgement judgement);
    NodePtr make(NodeKind kind, std::size_t from);
    NodePtr constant(std::size_t from, const Value& value, Type type);
    /// Takes `child` in, keeping track of the height.
    void adopt(Node& node, NodePtr child);
    NodePtr finish(NodePtr node);
    [[nodiscard]] bool at_end() const { return skip_to() >= text_.size(); }

    std::string_view text_;
    const Scope* scope_;
    CompileOptions options_;
    Names names_;
    std::size_t offset_ = 0;
    std::size_t nesting_ = 0;
    std::size_t node_count_ = 0;
    bool failed_ = false;
    bool in_endpoint_ = false;
    std::vector<Diagnostic> diagnostics_;
    Arena* arena_;
};

/// Counts how deeply productions nest, so that text cannot exhaust the stack.
class NestingGuard {
public:
    explicit NestingGuard(Parser& parser);
    ~NestingGuard();
    NestingGuard(const NestingGuard&) = delete;
    NestingGuard& operator=(const NestingGuard&) = delete;

private:
    Parser& parser_;
};

/// True for words that cannot start a name, or end one that nothing declares.
[[nodiscard]] bool keyword(std::string_view word);

}  // namespace attune::feel
