#include "host/cli_feel.h"

#include <fstream>
#include <iostream>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.h"
#include "feel/builtins.h"
#include "feel/expression.h"
#include "feel/text.h"
#include "host/command_line.h"
#include "value/json.h"

namespace attune::host {

namespace {

constexpr const char* kExamples = R"(Examples:
  attune feel 'sum(for i in 1..4 return i * i)'
  attune feel 'price * (1 - discount) >= 40' --context '{"price": 60, "discount": 0.2}'
  attune feel 'traits.age > 30' --context customer.json
  attune feel --functions                  every built-in, with signature and examples
  attune feel --functions substring
  attune feel                              reads one expression a line; `name = expression` keeps a value

Exit codes: 0 it has a value; 1 the text is no expression, or its value is null by an error; 2 wrong usage.)";

/// Names with values, as a context gives them or a person has set them.
class Names {
public:
    Status read(const std::string& context) {
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
            return Error{
                Error::Kind::InvalidInput, "cannot use the context: it must be a JSON object"};
        }
        for (const Entry& entry : value.value().as_context()) {
            set(entry.key, entry.value);
        }
        return Done{};
    }

    void set(std::string_view name, const Value& value) {
        slots_.push_back(value.clone(arena_));
        scope_.declare(name, feel::type_of(value), static_cast<feel::Slot>(slots_.size() - 1));
    }

    [[nodiscard]] const feel::Scope& scope() const { return scope_; }
    [[nodiscard]] std::span<const Value> slots() const { return slots_; }

private:
    Arena arena_;
    feel::Scope scope_;
    std::vector<Value> slots_;
};

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

/// Values that share their parts can be far larger than the memory they take.
constexpr std::uint64_t kPrintedItemsMax = 10'000'000;

/// Evaluates and prints; the value if there is one, in `arena`.
std::optional<Value> evaluate(
    std::string_view text, const Names& names, Arena& arena, bool json, bool types
) {
    const feel::Compilation compilation = feel::Expression::compile(text, names.scope());
    print_problems(text, compilation.diagnostics);
    if (!compilation) {
        return std::nullopt;
    }
    feel::Warnings warnings;
    feel::Evaluation evaluation(arena, names.slots());
    evaluation.now = SystemClock().now();
    evaluation.warnings = &warnings;
    const Value value = compilation.value().evaluate(evaluation);
    if (feel::larger_than(value, kPrintedItemsMax)) {
        fmt::print(stderr, "the value has more than {} items\n", kPrintedItemsMax);
        return std::nullopt;
    }
    fmt::print("{}", json ? json::to_json(value) : feel::to_feel_string(value));
    fmt::print("{}\n", types ? "    : " + to_string(feel::type_of(value)) : "");
    for (const feel::Warning& warning : warnings.kept()) {
        fmt::print(stderr, "warning: {}\n", to_string(warning));
    }
    return value.null() && warnings.count() > 0 ? std::nullopt : std::optional(value);
}

void print_builtin(const feel::Builtin& builtin) {
    fmt::print("{}\n  {}\n", usage(builtin), builtin.summary);
    for (const feel::BuiltinExample& example : builtin.examples) {
        fmt::print("  {}  ->  {}\n", example.expression, example.result);
    }
    fmt::print("  {} function, since DMN {}\n\n", builtin.group, builtin.since);
}

int print_builtins(const std::string& name) {
    if (!name.empty()) {
        const feel::Builtin* builtin = feel::find_builtin(name);
        if (builtin == nullptr) {
            return fail("attune feel", "there is no built-in function \"" + name + "\"");
        }
        print_builtin(*builtin);
        return kDone;
    }
    for (const feel::Builtin& builtin : feel::builtins()) {
        print_builtin(builtin);
    }
    return kDone;
}

/// `name = expression`, where the left side is a plain name and the text is no expression as a
/// whole.
std::optional<std::pair<std::string, std::string>> assignment(
    const std::string& line, const Names& names
) {
    const std::size_t sign = line.find('=');
    if (sign == std::string::npos || sign == 0 || feel::Expression::compile(line, names.scope())) {
        return std::nullopt;
    }
    std::string name = line.substr(0, line.find_last_not_of(' ', sign - 1) + 1);
    return std::pair(std::move(name), line.substr(sign + 1));
}

int read_lines(Names& names) {
    const bool terminal = isatty(STDIN_FILENO) == 1;
    if (terminal) {
        fmt::print("FEEL; `name = expression` keeps a value, Ctrl-D ends.\n");
    }
    Arena arena;
    int code = kDone;
    for (std::string line;;) {
        fmt::print("{}", terminal ? "> " : "");
        std::fflush(stdout);
        if (!std::getline(std::cin, line)) {
            break;
        }
        if (line.empty()) {
            continue;
        }
        const auto kept = assignment(line, names);
        const std::optional<Value> value =
            evaluate(kept ? kept->second : line, names, arena, false, terminal);
        code = value ? code : kFailed;
        if (kept && value) {
            names.set(kept->first, *value);
        }
        arena.reset();
    }
    return terminal ? kDone : code;
}

}  // namespace

int run_feel(std::span<const std::string> args) {
    CLI::App app(
        "Evaluates FEEL, the expression language of workspaces and decision models", "attune feel"
    );
    std::string text;
    std::string context;
    bool json = false;
    bool functions = false;
    app.add_option("EXPRESSION", text, "What to evaluate; with --functions: a built-in's name");
    app.add_option("--context", context, "JSON with the names' values, or a file of it");
    app.add_flag("--json", json, "Print the value as JSON");
    app.add_flag("--functions", functions, "Describe the built-in functions");
    app.footer(kExamples);
    if (const auto code = parse(app, args)) {
        return *code;
    }
    if (functions) {
        return print_builtins(text);
    }
    Names names;
    if (const Status read = names.read(context); !read) {
        return fail("attune feel", read.error().message);
    }
    if (text.empty()) {
        return read_lines(names);
    }
    Arena arena;
    return evaluate(text, names, arena, json, false) ? kDone : kFailed;
}

}  // namespace attune::host
