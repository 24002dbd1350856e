#include <fmt/format.h>

#include "host/command_line.h"
#include "host/commands.h"
#include "host/scenario_run.h"
#include "program/program.h"
#include "value/json_writer.h"

namespace attune::host {

namespace {

constexpr const char* kExamples = R"(Examples:
  attune test examples/shop
  attune test shop --filter cart --json

Exit codes: 0 all passed; 1 one failed, or the workspace is not sound; 2 wrong usage.)";

struct Tally {
    std::size_t passed = 0;
    std::size_t failed = 0;
    std::string json;
};

void report(
    const program::Diagnostics& places,
    const program::Scenario& scenario,
    const std::vector<Mismatch>& mismatches,
    bool json,
    Tally& tally
) {
    ++(mismatches.empty() ? tally.passed : tally.failed);
    if (json) {
        tally.json += tally.json.empty() ? "" : ",";
        json::ObjectWriter object(tally.json);
        object.text("name", scenario.name.text);
        object.raw("passed", mismatches.empty() ? "true" : "false");
        json::ArrayWriter list(object.member("mismatches"));
        for (const Mismatch& mismatch : mismatches) {
            json::ObjectWriter item(list.item());
            item.text("at", places.to_string(mismatch.at));
            item.text("what", mismatch.what);
            item.close();
        }
        list.close();
        object.close();
        return;
    }
    const bool colours = colours_wanted();
    const char* const start = colours ? (mismatches.empty() ? "\x1b[32m" : "\x1b[31m") : "";
    fmt::print(
        "{}{}{} {}\n",
        start,
        mismatches.empty() ? "ok  " : "FAIL",
        colours ? "\x1b[0m" : "",
        scenario.name.text
    );
    for (const Mismatch& mismatch : mismatches) {
        fmt::print("  {}: {}\n", places.to_string(mismatch.at), mismatch.what);
    }
}

}  // namespace

int run_test(std::span<const std::string> args) {
    CLI::App app("Runs the scenarios that a workspace carries", "attune test");
    std::string folder;
    std::string filter;
    bool json = false;
    app.add_option("WORKSPACE", folder, "A folder of YAML files, or one file")->required();
    app.add_option("--filter", filter, "Only scenarios whose name contains this");
    app.add_flag("--json", json, "Print one JSON object");
    app.footer(kExamples);
    if (const auto code = parse(app, args)) {
        return *code;
    }
    program::Diagnostics diagnostics;
    Result<program::Workspace> workspace = program::load_workspace(folder, diagnostics);
    if (!workspace) {
        return fail("attune test", workspace.error().message);
    }
    const auto program = program::Program::compile(std::move(workspace).value(), diagnostics);
    if (!program) {
        return fail(
            "attune test",
            "the workspace is not sound:\n" + diagnostics.render({.colours = false, .source = true})
        );
    }
    Tally tally;
    for (const program::Scenario& scenario : program->workspace.tests) {
        if (scenario.name.text.find(filter) != std::string::npos) {
            report(diagnostics, scenario, run_scenario(program, scenario), json, tally);
        }
    }
    if (!filter.empty() && tally.passed + tally.failed == 0) {
        return fail("attune test", "no scenario has \"" + filter + "\" in its name");
    }
    if (json) {
        fmt::print(
            "{{\"passed\":{},\"failed\":{},\"scenarios\":[{}]}}\n",
            tally.passed,
            tally.failed,
            tally.json
        );
    } else {
        fmt::print("{} passed, {} failed\n", tally.passed, tally.failed);
    }
    return tally.failed == 0 ? kDone : kFailed;
}

}  // namespace attune::host
