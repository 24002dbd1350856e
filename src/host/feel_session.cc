#include "host/feel_session.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "base/clock.h"
#include "feel/builtins.h"
#include "feel/parts.h"
#include "feel/text.h"
#include "value/json.h"

namespace attune::host {

namespace {

/// Values that share their parts can be far larger than the memory they take.
constexpr std::uint64_t kPrintedItemsMax = 10'000'000;
constexpr std::uint64_t kExplainedItemsMax = 10'000;

void print_problems(std::string_view text, const std::vector<feel::Diagnostic>& problems) {
    for (const feel::Diagnostic& problem : problems) {
        const bool error = problem.severity == feel::Diagnostic::Severity::Error;
        fmt::print(
            stderr,
            "{}: {}\n  {}\n  {:>{}}{}\n",
            error ? "error" : "warning",
            problem.message,
            text,
            "",
            problem.offset,
            std::string(std::max<std::size_t>(problem.length, 1), '^')
        );
        if (!problem.hint.empty()) {
            fmt::print(stderr, "  hint: {}\n", problem.hint);
        }
    }
}

/// One line a part; what stands below it is drawn as a tree. `evaluation` has warnings.
void print_part(
    const feel::Part& part,
    const std::string& indent,
    const feel::Scope& scope,
    feel::Evaluation& evaluation
) {
    const feel::Compilation compilation = feel::Expression::compile(part.text, scope);
    evaluation.restart();
    evaluation.warnings->clear();
    const Value value = compilation ? compilation.value().evaluate(evaluation) : Value();
    const bool large = feel::larger_than(value, kExplainedItemsMax);
    fmt::print("{} = {}", part.text, large ? "(too large to show)" : feel::to_literal(value));
    if (value.null() && evaluation.warnings->count() > 0) {
        fmt::print("    ! {}", evaluation.warnings->kept().front().cause);
    }
    fmt::print("\n");
    for (std::size_t i = 0; i < part.parts.size(); ++i) {
        const bool last = i + 1 == part.parts.size();
        fmt::print("{}{}", indent, last ? "└─ " : "├─ ");
        print_part(part.parts[i], indent + (last ? "   " : "│  "), scope, evaluation);
    }
}

void print_builtin(const feel::Builtin& builtin) {
    fmt::print("{}\n  {}\n", usage(builtin), builtin.summary);
    for (const feel::BuiltinExample& example : builtin.examples) {
        fmt::print("  {}  ->  {}\n", example.expression, example.result);
    }
    fmt::print("  {} function, since DMN {}\n\n", builtin.group, builtin.since);
}

}  // namespace

Status FeelSession::read(const std::string& context) {
    std::string text = context;
    if (!context.empty() && context.front() != '{') {
        std::ifstream file(context);
        std::ostringstream content;
        if (!file || !(content << file.rdbuf())) {
            return Error{Error::Kind::NotFound, "cannot read context \"" + context + "\""};
        }
        text = content.str();
    }
    if (text.empty()) {
        return Done{};
    }
    const Result<Value> value = json::parse(text, arena_);
    if (!value) {
        return value.error();
    }
    if (!value.value().is(Value::Kind::Context)) {
        return Error{Error::Kind::InvalidInput, "cannot use the context: it must be a JSON object"};
    }
    for (const Entry& entry : value.value().as_context()) {
        set(entry.key, entry.value);
    }
    return Done{};
}

void FeelSession::set(std::string_view name, const Value& value) {
    slots_.push_back(value.clone(arena_));
    scope_.declare(name, feel::type_of(value), static_cast<feel::Slot>(slots_.size() - 1));
}

std::optional<Value> FeelSession::evaluate(std::string_view text, Form form) {
    scratch_.reset();
    const feel::Compilation compilation = feel::Expression::compile(text, scope_);
    print_problems(text, compilation.diagnostics);
    if (!compilation) {
        return std::nullopt;
    }
    feel::Warnings warnings;
    feel::Evaluation evaluation(scratch_, slots_);
    evaluation.now = SystemClock().now();
    evaluation.warnings = &warnings;
    const Value value = compilation.value().evaluate(evaluation);
    if (feel::larger_than(value, kPrintedItemsMax)) {
        fmt::print(stderr, "the value has more than {} items\n", kPrintedItemsMax);
        return std::nullopt;
    }
    fmt::print("{}", form.json ? json::to_json(value) : feel::to_feel_string(value));
    fmt::print("{}\n", form.types ? "    : " + to_string(feel::type_of(value)) : "");
    for (const feel::Warning& warning : warnings.kept()) {
        fmt::print(stderr, "warning: {}\n", to_string(warning));
    }
    return value.null() && warnings.count() > 0 ? std::nullopt : std::optional(value);
}

bool FeelSession::explain(std::string_view text) {
    scratch_.reset();
    const std::optional<feel::Part> part = feel::parts_of(text, scope_);
    if (!part) {
        print_problems(text, feel::Expression::compile(text, scope_).diagnostics);
        return false;
    }
    feel::Warnings warnings;
    feel::Evaluation evaluation(scratch_, slots_);
    evaluation.now = SystemClock().now();
    evaluation.warnings = &warnings;
    print_part(*part, "", scope_, evaluation);
    return true;
}

bool FeelSession::print_type(std::string_view text) {
    const feel::Compilation compilation = feel::Expression::compile(text, scope_);
    print_problems(text, compilation.diagnostics);
    if (compilation) {
        fmt::print("{}\n", to_string(compilation.value().type()));
    }
    return compilation.ok();
}

bool FeelSession::compiles(std::string_view text) const {
    return feel::Expression::compile(text, scope_).ok();
}

std::vector<std::string> FeelSession::names() const {
    std::vector<std::string> names = scope_.names();
    for (const feel::Builtin& builtin : feel::builtins()) {
        names.emplace_back(builtin.name);
    }
    return names;
}

void FeelSession::print_names() const {
    std::vector<std::string> names = scope_.names();
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
        const feel::Scope::Binding* const binding = scope_.find(feel::canonical_name(name));
        if (binding != nullptr && binding->slot) {
            fmt::print(
                "{}: {} = {}\n",
                name,
                to_string(binding->type),
                feel::to_literal(slots_[*binding->slot])
            );
        }
    }
}

bool print_builtins(const std::string& name) {
    if (!name.empty()) {
        const feel::Builtin* const builtin = feel::find_builtin(name);
        if (builtin != nullptr) {
            print_builtin(*builtin);
        }
        return builtin != nullptr;
    }
    for (const feel::Builtin& builtin : feel::builtins()) {
        print_builtin(builtin);
    }
    return true;
}

}  // namespace attune::host
