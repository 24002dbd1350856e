#include "host/cli_dmn.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/clock.h"
#include "dmn/analyse.h"
#include "dmn/decision_model.h"
#include "dmn/diff.h"
#include "dmn/inputs.h"
#include "dmn/show.h"
#include "dmn/tck.h"
#include "dmn/writer.h"
#include "feel/text.h"
#include "host/dmn_rows.h"
#include "value/json.h"

namespace attune::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConversion =
    R"(Diagrams, vendors' extensions, unknown elements, comments and white space stay as they are. DMN 1.6 stays
1.6 where the model needs it: B-FEEL, ONNX functions.

Examples:
  attune dmn convert old.dmn                         print it
  attune dmn convert old.dmn --output new.dmn
  attune dmn convert m.dmn --output m.dmn            in place)";

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

struct Settings {
    std::string model;
    std::string other;
    std::string decision;
    std::string input;
    std::vector<std::string> paths;
    bool explain = false;
    bool svg = false;
    bool warnings = false;
    bool json = false;
    std::size_t rows_max = dmn::AnalysisLimits().rows_max;
};

int fail(std::string_view why) {
    fmt::print(stderr, "attune dmn: {}\n", why);
    return kFailed;
}

Result<std::string> read_text(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    if (!stream || fs::is_directory(path) || !(text << stream.rdbuf())) {
        return Error{Error::Kind::NotFound, fmt::format("cannot read \"{}\"", path.string())};
    }
    return text.str();
}

/// The model, and the others of its folder that it may import.
Result<std::vector<dmn::File>> model_files(const fs::path& model) {
    Result<std::string> main = read_text(model);
    if (!main) {
        return main.error();
    }
    std::vector<dmn::File> files{{model.string(), std::move(main).value()}};
    const fs::path folder = model.has_parent_path() ? model.parent_path() : fs::path(".");
    std::set<fs::path> others;
    std::error_code failed;
    for (const fs::directory_entry& each : fs::directory_iterator(folder, failed)) {
        if (each.path().extension() == ".dmn" && !fs::equivalent(each.path(), model, failed)) {
            others.insert(each.path());
        }
    }
    for (const fs::path& each : others) {
        Result<std::string> text = read_text(each);
        if (text) {
            files.push_back({each.string(), std::move(text).value()});
        }
    }
    return files;
}

void print(const std::vector<dmn::Diagnostic>& diagnostics, bool warnings) {
    for (const dmn::Diagnostic& each : diagnostics) {
        if (warnings || each.severity == dmn::Diagnostic::Severity::Error) {
            fmt::print(stderr, "{}\n", to_string(each));
        }
    }
}

Result<dmn::Model> compile(const std::string& path) {
    const Result<std::vector<dmn::File>> files = model_files(path);
    if (!files) {
        return files.error();
    }
    dmn::Compilation compiled = dmn::Model::compile(files.value());
    if (!compiled) {
        print(compiled.diagnostics, false);
        return Error{Error::Kind::InvalidInput, fmt::format("\"{}\" has errors", path)};
    }
    return std::move(*compiled.model);
}

// ---- run ----

/// Says whether the names of the inputs are ones that the goal knows.
void warn_of_unknown(const Value& inputs, const dmn::Goal& goal) {
    if (!inputs.is(Value::Kind::Context)) {
        return;
    }
    for (const Entry& entry : inputs.as_context()) {
        const bool known = std::any_of(
            goal.parameters.begin(),
            goal.parameters.end(),
            [&](const dmn::Goal::Parameter& each) {
                return each.name == entry.key || each.import_name == entry.key;
            }
        );
        if (!known) {
            fmt::print(stderr, "attune dmn: \"{}\" needs no input \"{}\"\n", goal.name, entry.key);
        }
    }
}

/// Values that share their parts can be far larger than the memory they take.
constexpr std::uint64_t kPrintedItemsMax = 10'000'000;

void print_answer(
    const Value& answer,
    const dmn::Explanation& explanation,
    feel::Evaluation& evaluation,
    bool explain
) {
    const feel::Warnings& warnings = *evaluation.warnings;
    if (feel::larger_than(answer, kPrintedItemsMax)) {
        fmt::print(stderr, "the answer has more than {} items\n", kPrintedItemsMax);
        return;
    }
    if (!explain) {
        fmt::print("{}\n", json::to_json(answer));
        for (const feel::Warning& each : warnings.kept()) {
            fmt::print(stderr, "warning: {}\n", to_string(each));
        }
        return;
    }
    // Taken before describe(), which may evaluate conditions and add warnings.
    std::vector<std::string> texts;
    texts.reserve(warnings.kept().size());
    for (const feel::Warning& each : warnings.kept()) {
        texts.push_back(to_string(each));
    }
    std::vector<Value> listed;
    listed.reserve(texts.size());
    for (const std::string& each : texts) {
        listed.push_back(Value::string(each));
    }
    const Value tables = dmn::describe(explanation, evaluation);
    const Entry entries[] = {
        {"result", answer}, {"tables", tables}, {"warnings", Value::list(listed)}};
    fmt::print("{}\n", json::to_pretty_json(Value::context(entries)));
}

int run(const Settings& settings) {
    const Result<dmn::Model> model = compile(settings.model);
    if (!model) {
        return fail(model.error().message);
    }
    const dmn::Goal* const goal = model.value().find(settings.decision);
    if (goal == nullptr) {
        std::string names;
        for (const dmn::Goal& each : model.value().goals()) {
            names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", each.name);
        }
        return fail(fmt::format(
            R"("{}" has no decision "{}"; it has {})", settings.model, settings.decision, names
        ));
    }
    Arena arena;
    const Result<std::vector<Value>> rows =
        settings.input.empty() ? Result<std::vector<Value>>(std::vector<Value>{Value::context({})})
                               : read_rows(settings.input, arena);
    if (!rows) {
        return fail(rows.error().message);
    }
    const SystemClock clock;
    for (const Value& row : rows.value()) {
        warn_of_unknown(row, *goal);
        feel::Warnings warnings;
        feel::Evaluation evaluation(arena);
        evaluation.now = clock.now();
        evaluation.warnings = &warnings;
        dmn::Explanation explanation;
        const Value inputs = dmn::read_inputs(row, *goal, arena);
        const Result<Value> answer =
            model.value().evaluate(settings.decision, inputs, evaluation, &explanation);
        print_answer(answer.value(), explanation, evaluation, settings.explain);
    }
    return 0;
}

// ---- check, test, analyse, diff, show ----

int check(const Settings& settings) {
    std::size_t errors = 0;
    for (const std::string& path : settings.paths) {
        const Result<std::vector<dmn::File>> files = model_files(path);
        if (!files) {
            return fail(files.error().message);
        }
        const dmn::Compilation compiled = dmn::Model::compile(files.value());
        print(compiled.diagnostics, settings.warnings);
        errors += static_cast<std::size_t>(std::count_if(
            compiled.diagnostics.begin(),
            compiled.diagnostics.end(),
            [](const dmn::Diagnostic& each) {
                return each.severity == dmn::Diagnostic::Severity::Error;
            }
        ));
    }
    fmt::print("{} models, {} errors\n", settings.paths.size(), errors);
    return errors == 0 ? 0 : kFailed;
}

int test(const Settings& settings) {
    dmn::tck::Report report = dmn::tck::run(settings.paths);
    if (!settings.other.empty()) {
        const Result<std::string> known = read_text(settings.other);
        if (!known) {
            return fail(known.error().message);
        }
        dmn::tck::mark_known(report, known.value());
    }
    fmt::print("{}", settings.json ? dmn::tck::to_json_lines(report) : dmn::tck::to_text(report));
    return report.failed() == 0 ? 0 : kFailed;
}

int analyse(const Settings& settings) {
    const Result<dmn::Model> model = compile(settings.model);
    if (!model) {
        return fail(model.error().message);
    }
    std::size_t found = 0;
    dmn::AnalysisLimits limits;
    limits.rows_max = settings.rows_max;
    for (const dmn::Table* table : model.value().tables()) {
        if (table->row_count() > limits.rows_max) {
            return fail(fmt::format(
                "cannot analyse {}: it has {} rows, and --rows-max is {}",
                table->element(),
                table->row_count(),
                limits.rows_max
            ));
        }
        for (const dmn::Finding& each : dmn::analyse(*table, limits)) {
            found += each.kind == dmn::Finding::Kind::NotExact ? 0 : 1;
            fmt::print("{}\n", to_string(each));
        }
    }
    fmt::print("{} tables, {} findings\n", model.value().tables().size(), found);
    return found == 0 ? 0 : kFailed;
}

Result<dmn::Definitions> read_source(const std::string& path) {
    Result<std::string> text = read_text(path);
    if (!text) {
        return text.error();
    }
    dmn::Reading reading = dmn::read_definitions(path, text.value());
    if (!reading.definitions) {
        return Error{Error::Kind::InvalidInput, to_string(reading.diagnostics.front())};
    }
    return std::move(*reading.definitions);
}

int diff(const Settings& settings) {
    const Result<dmn::Definitions> before = read_source(settings.model);
    const Result<dmn::Definitions> after = read_source(settings.other);
    const Result<dmn::Model> old_model = compile(settings.model);
    const Result<dmn::Model> new_model = compile(settings.other);
    for (const Error* error :
         {before ? nullptr : &before.error(),
          after ? nullptr : &after.error(),
          old_model ? nullptr : &old_model.error(),
          new_model ? nullptr : &new_model.error()}) {
        if (error != nullptr) {
            return fail(error->message);
        }
    }
    const std::vector<dmn::Difference> found =
        dmn::diff(before.value(), old_model.value(), after.value(), new_model.value());
    for (const dmn::Difference& each : found) {
        fmt::print("{}\n", to_string(each));
    }
    return found.empty() ? 0 : kFailed;
}

int show(const Settings& settings) {
    const Result<dmn::Definitions> source = read_source(settings.model);
    if (!source) {
        return fail(source.error().message);
    }
    const bool graph = settings.decision.empty();
    const std::string drawn =
        graph ? (settings.svg ? dmn::graph_svg(source.value()) : dmn::graph_text(source.value()))
              : (settings.svg ? dmn::logic_svg(source.value(), settings.decision)
                              : dmn::logic_text(source.value(), settings.decision));
    if (drawn.empty()) {
        return fail(fmt::format(
            R"("{}" has no decision "{}" with logic)", settings.model, settings.decision
        ));
    }
    fmt::print("{}", drawn);
    return 0;
}

int convert(const Settings& settings) {
    const Result<dmn::Definitions> source = read_source(settings.model);
    if (!source) {
        return fail(source.error().message);
    }
    const std::string written = dmn::write_definitions(source.value());
    if (settings.other.empty()) {
        fmt::print("{}", written);
        return 0;
    }
    std::ofstream stream(settings.other, std::ios::binary);
    if (!(stream << written) || !stream.flush()) {
        return fail(fmt::format("cannot write \"{}\"", settings.other));
    }
    return 0;
}

struct Command {
    CLI::App* app;
    int (*act)(const Settings&);
};

std::vector<Command> declare(CLI::App& app, Settings& settings) {
    CLI::App* const run_app = app.add_subcommand("run", "Evaluates a decision.");
    run_app->add_option("model", settings.model, "The .dmn file")->required();
    run_app->add_option("--decision", settings.decision, "Its name or id")->required();
    run_app->add_option("--input", settings.input, "JSON, JSON Lines or CSV; - reads JSON");
    run_app->add_flag("--explain", settings.explain, "Rows that matched, and why others did not");
    CLI::App* const check_app = app.add_subcommand("check", "Names everything wrong in models.");
    check_app->add_option("models", settings.paths, "The .dmn files")->required();
    check_app->add_flag("--warnings", settings.warnings, "Doubtful things too");
    CLI::App* const test_app =
        app.add_subcommand("test", "Runs test cases in the format of the DMN TCK.");
    test_app->add_option("paths", settings.paths, "Files, or folders to search")->required();
    test_app->add_option("--known", settings.other, "A list of known failures: FILE CASE NODE");
    test_app->add_flag("--json", settings.json, "A JSON object for each result, one a line");
    CLI::App* const analyse_app =
        app.add_subcommand("analyse", "Finds gaps, conflicts, unreachable and redundant rows.");
    analyse_app->add_option("model", settings.model, "The .dmn file")->required();
    analyse_app->add_option("--rows-max", settings.rows_max, "Larger tables are refused")
        ->capture_default_str();
    CLI::App* const diff_app = app.add_subcommand("diff", "Compares two versions of a model.");
    diff_app->add_option("before", settings.model, "The .dmn file")->required();
    diff_app->add_option("after", settings.other, "The other .dmn file")->required();
    CLI::App* const show_app = app.add_subcommand("show", "Draws the graph, or a decision.");
    show_app->add_option("model", settings.model, "The .dmn file")->required();
    show_app->add_option("--decision", settings.decision, "Its logic, rather than the graph");
    show_app->add_flag("--svg", settings.svg, "As SVG");
    CLI::App* const convert_app = app.add_subcommand(
        "convert", "Writes a model of any version as DMN 1.5, with all that it holds."
    );
    convert_app->add_option("model", settings.model, "The .dmn file")->required();
    convert_app->add_option("--output", settings.other, "The file to write; else it is printed");
    convert_app->footer(kConversion);
    app.require_subcommand(1);
    return {
        {run_app, run},
        {check_app, check},
        {test_app, test},
        {analyse_app, analyse},
        {diff_app, diff},
        {show_app, show},
        {convert_app, convert}};
}

}  // namespace

int run_dmn(std::span<const std::string> args) {
    Settings settings;
    CLI::App app("Decision models (DMN 1.1 to 1.6).", "attune dmn");
    const std::vector<Command> commands = declare(app, settings);
    try {
        // CLI11 takes them reversed.
        app.parse(std::vector<std::string>(args.rbegin(), args.rend()));
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kWrongUsage;
    }
    for (const Command& each : commands) {
        if (each.app->parsed()) {
            return each.act(settings);
        }
    }
    return kWrongUsage;
}

}  // namespace attune::host
