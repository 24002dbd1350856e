#include "host/cli_feel.h"

#include <string>

#include "host/command_line.h"
#include "host/feel_prompt.h"
#include "host/feel_session.h"

namespace attune::host {

namespace {

constexpr const char* kExamples = R"(Examples:
  attune feel 'sum(for i in 1..4 return i * i)'
  attune feel 'price * (1 - discount) >= 40' --context '{"price": 60, "discount": 0.2}'
  attune feel 'traits.age > 30' --context customer.json
  attune feel --functions                  every built-in, with signature and examples
  attune feel --functions substring
  attune feel                              the prompt: history, completion, :explain, :type, :help
  attune feel < lines.txt                  one expression a line; `name = expression` keeps a value

Exit codes: 0 it has a value; 1 the text is no expression, or its value is null by an error; 2 wrong usage.)";

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
        return print_builtins(text)
                   ? kDone
                   : fail("attune feel", "there is no built-in function \"" + text + "\"");
    }
    FeelSession session;
    if (const Status read = session.read(context); !read) {
        return fail("attune feel", read.error().message);
    }
    if (text.empty()) {
        return run_feel_prompt(session);
    }
    return session.evaluate(text, {.json = json, .types = false}) ? kDone : kFailed;
}

}  // namespace attune::host
