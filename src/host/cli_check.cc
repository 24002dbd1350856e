#include <fmt/format.h>

#include "host/command_line.h"
#include "host/commands.h"
#include "host/progress.h"
#include "program/program.h"
#include "program/workspace_schema.h"

namespace attune::host {

namespace {

constexpr const char* kExamples = R"(Examples:
  attune check examples/shop
  attune check shop --json            every finding as JSON, for an editor
  attune check --schema > ws.json     the JSON Schema of the workspace format

Exit codes: 0 sound; 1 errors were found, or the folder cannot be read; 2 wrong usage.)";

void print_summary(const program::Program& program) {
    const program::Workspace& workspace = program.workspace;
    fmt::print(
        "sound: {} events, {} features, {} segments, {} patterns, {} rules, {} offers, {} "
        "placements, {} campaigns, {} scenarios\n",
        workspace.events.size(),
        workspace.features.size(),
        workspace.segments.size(),
        workspace.patterns.size(),
        workspace.rules.size(),
        workspace.offers.size(),
        workspace.placements.size(),
        workspace.campaigns.size(),
        workspace.tests.size()
    );
    fmt::print("program {}\n", program::hash_text(program.hash));
    fmt::print("a customer costs at most {} bytes\n", with_commas(program.customer_bytes_max));
    for (const program::Feature& feature : program.features) {
        if (!feature.ratio) {
            fmt::print(
                "  {:<24} {:>8} bytes\n",
                feature.name,
                with_commas(customer::section_bytes_max(feature.shape))
            );
        }
    }
}

void print_json(const program::Diagnostics& diagnostics, const program::Program* program) {
    fmt::print(
        "{{\"ok\":{},\"program\":\"{}\",\"customer_bytes_max\":{},\"diagnostics\":{}}}\n",
        program != nullptr,
        program != nullptr ? program::hash_text(program->hash) : "",
        program != nullptr ? program->customer_bytes_max : 0,
        diagnostics.to_json()
    );
}

}  // namespace

int run_check(std::span<const std::string> args) {
    CLI::App app("Checks a workspace: every error at once, with its place", "attune check");
    std::string folder;
    bool json = false;
    bool schema = false;
    app.add_option("WORKSPACE", folder, "A folder of YAML files, or one file");
    app.add_flag("--json", json, "Print findings as JSON");
    app.add_flag("--schema", schema, "Print the JSON Schema of the workspace format, and end");
    app.footer(kExamples);
    if (const auto code = parse(app, args)) {
        return *code;
    }
    if (schema) {
        fmt::print("{}\n", program::workspace_json_schema());
        return kDone;
    }
    if (folder.empty()) {
        fmt::print(stderr, "attune check: which workspace?\nhint: attune check DIR\n");
        return kWrongUsage;
    }
    program::Diagnostics diagnostics;
    Result<program::Workspace> workspace = program::load_workspace(folder, diagnostics);
    if (!workspace) {
        return fail("attune check", workspace.error().message);
    }
    const auto program = program::Program::compile(std::move(workspace).value(), diagnostics);
    if (json) {
        print_json(diagnostics, program.get());
    } else {
        fmt::print("{}", diagnostics.render({.colours = colours_wanted(), .source = true}));
        if (program) {
            print_summary(*program);
        }
    }
    return program ? kDone : kFailed;
}

}  // namespace attune::host
