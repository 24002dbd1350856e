#include "dmn/tck.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "dmn/inputs.h"
#include "dmn/tck_cases.h"
#include "feel/equality.h"
#include "feel/text.h"

namespace attune::dmn::tck {
namespace {

namespace fs = std::filesystem;

/// What now() and today() give in test cases: any fixed moment.
constexpr Timestamp kNow{1'700'000'000'000};

bool close(Decimal expected, Decimal actual) {
    const double lhs = expected.to_double();
    const double rhs = actual.to_double();
    const double size = std::max({1.0, std::abs(lhs), std::abs(rhs)});
    return std::abs(lhs - rhs) <= 1e-8 * size;
}

bool matches(const Value& expected, const Value& actual);

bool context_matches(const Value& expected, const Value& actual) {
    const std::span<const Entry> entries = expected.as_context();
    return entries.size() == actual.as_context().size() &&
           std::all_of(entries.begin(), entries.end(), [&](const Entry& each) {
               return actual.has(each.key) && matches(each.value, actual.get(each.key));
           });
}

bool matches(const Value& expected, const Value& actual) {
    if (expected.kind() != actual.kind()) {
        return false;
    }
    switch (expected.kind()) {
    case Value::Kind::Null:
        return true;
    case Value::Kind::Number:
        return close(expected.as_number(), actual.as_number());
    case Value::Kind::Context:
        return context_matches(expected, actual);
    case Value::Kind::List: {
        const std::span<const Value> lhs = expected.as_list();
        const std::span<const Value> rhs = actual.as_list();
        return std::equal(lhs.begin(), lhs.end(), rhs.begin(), rhs.end(), matches);
    }
    default:
        return identical(expected, actual) || feel::equal(expected, actual).is_true();
    }
}

/// Text in `expected` read as what `actual` has in its place: test files may leave types out.
Value read_like(const Value& expected, const Value& actual, Arena& arena) {
    if (expected.is(Value::Kind::List) && actual.is(Value::Kind::List) &&
        expected.as_list().size() == actual.as_list().size()) {
        const std::span<Value> items = arena.array<Value>(actual.as_list().size());
        for (std::size_t at = 0; at < items.size(); ++at) {
            items[at] = read_like(expected.as_list()[at], actual.as_list()[at], arena);
        }
        return Value::list(items);
    }
    if (actual.is(Value::Kind::Number)) {
        return read_as(expected, feel::Type::Kind::Number, arena);
    }
    const bool boolean = actual.is(Value::Kind::Boolean);
    return boolean ? read_as(expected, feel::Type::Kind::Boolean, arena) : expected;
}

Result<std::string> read_text(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
        return Error{
            Error::Kind::NotFound, fmt::format("cannot read \"{}\": no such file", path.string())};
    }
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

/// The model of a test and all others of its folder, which it may import.
Result<std::vector<File>> model_files(const fs::path& model) {
    Result<std::string> main = read_text(model);
    if (!main) {
        return main.error();
    }
    std::vector<File> files{{model.filename().string(), std::move(main).value()}};
    std::set<fs::path> others;
    std::error_code failed;
    for (const fs::directory_entry& each : fs::directory_iterator(model.parent_path(), failed)) {
        if (each.path().extension() == ".dmn" && each.path() != model) {
            others.insert(each.path());
        }
    }
    for (const fs::path& each : others) {
        Result<std::string> text = read_text(each);
        if (text) {
            files.push_back({each.filename().string(), std::move(text).value()});
        }
    }
    return files;
}

/// Runs the cases of one file.
class Runner {
public:
    Runner(std::string file, const Compilation& compiled)
        : file_(std::move(file)), model_(*compiled.model), diagnostics_(compiled.diagnostics) {}

    std::vector<Outcome> run(const std::vector<TestCase>& cases) {
        for (const TestCase& each : cases) {
            run(each);
        }
        return std::move(outcomes_);
    }

private:
    void run(const TestCase& test) {
        for (const ResultNode& node : test.results) {
            arena_.reset();
            feel::Warnings warnings(10);
            feel::Evaluation evaluation(arena_);
            evaluation.now = kNow;
            evaluation.warnings = &warnings;
            const Value actual = evaluate(test, node, evaluation);
            const Value expected =
                node.untyped ? read_like(node.expected, actual, arena_) : node.expected;
            Outcome outcome;
            outcome.file = file_;
            outcome.test_case = test.id;
            outcome.node = node.name;
            outcome.null_passes = node.error || expected.null();
            outcome.passed = (node.error && actual.null()) || matches(expected, actual);
            outcome.expected = feel::to_literal(expected);
            outcome.actual = feel::to_literal(actual);
            for (const feel::Warning& each : warnings.kept()) {
                outcome.warnings.push_back(to_string(each));
            }
            outcome.needs_java = !outcome.passed && refused_java(warnings, node.name);
            outcomes_.push_back(std::move(outcome));
        }
    }

    Value evaluate(const TestCase& test, const ResultNode& node, feel::Evaluation& evaluation) {
        const std::string& name = test.invocable.empty() ? node.name : test.invocable;
        const Goal* const goal = node.model_namespace.empty()
                                     ? model_.find(name)
                                     : model_.find(name, node.model_namespace);
        if (goal == nullptr) {
            return {};
        }
        std::vector<Value> arguments(goal->parameters.size());
        for (std::size_t at = 0; at < arguments.size(); ++at) {
            arguments[at] = argument(test, goal->parameters[at]);
        }
        const Value result = model_.evaluate(*goal, arguments, evaluation);
        // A service with several outputs gives a context of them; a result node names one.
        const bool part = !test.invocable.empty() && result.is(Value::Kind::Context) &&
                          goal->kind == Goal::Kind::Service && node.name != name &&
                          result.has(node.name);
        return part ? result.get(node.name) : result;
    }

    Value argument(const TestCase& test, const Goal::Parameter& parameter) {
        for (const InputNode& each : test.inputs) {
            if (each.name == parameter.name &&
                (each.model_namespace.empty() || each.model_namespace == parameter.model_namespace
                )) {
                return each.untyped ? read_as(each.value, parameter.type, arena_) : each.value;
            }
        }
        return {};
    }

    /// Whether a Java function was refused: called while evaluating, or when `node` was compiled.
    [[nodiscard]] bool refused_java(const feel::Warnings& warnings, const std::string& node) const {
        const std::span<const feel::Warning> kept = warnings.kept();
        return std::any_of(
                   kept.begin(),
                   kept.end(),
                   [](const feel::Warning& each) {
                       return each.cause.find("external functions (Java") != std::string::npos;
                   }
               ) ||
               std::any_of(diagnostics_.begin(), diagnostics_.end(), [&](const Diagnostic& each) {
                   return each.message.find("functions of kind Java") != std::string::npos &&
                          each.element.find('"' + node + '"') != std::string::npos;
               });
    }

    std::string file_;
    const Model& model_;
    const std::vector<Diagnostic>& diagnostics_;
    Arena arena_;
    std::vector<Outcome> outcomes_;
};

}  // namespace

Result<std::vector<Outcome>> run_file(const std::string& path) {
    const auto fails = [&](const std::string& why) {
        return Error{
            Error::Kind::InvalidInput,
            fmt::format("cannot run the tests of \"{}\": {}", path, why)};
    };
    const Result<std::string> text = read_text(path);
    if (!text) {
        return text.error();
    }
    Arena arena;
    const Result<TestFile> tests = read_cases(text.value(), arena);
    if (!tests) {
        return fails(tests.error().message);
    }
    const Result<std::vector<File>> files =
        model_files(fs::path(path).parent_path() / tests.value().model);
    if (!files) {
        return fails(files.error().message);
    }
    CompileOptions options;
    options.lenient = true;
    const Compilation compiled = Model::compile(files.value(), options);
    if (!compiled) {
        return fails(compiled.error());
    }
    return Runner(path, compiled).run(tests.value().cases);
}

namespace {

/// Whether a file found in a folder may hold test cases: projects keep other XML beside them.
bool speaks_of_test_cases(const fs::path& path) {
    const Result<std::string> text = read_text(path.string());
    return !text || text.value().find("testCases") != std::string::npos;
}

/// Adds the test files at or below `path`; says what is wrong if there are none.
std::optional<std::string> find_files(const std::string& path, std::set<std::string>& files) {
    std::error_code failed;
    if (fs::is_regular_file(path, failed)) {
        files.insert(path);
        return std::nullopt;
    }
    // A checkout of the TCK holds runners and their results, too.
    const fs::path cases = fs::path(path) / "TestCases";
    fs::recursive_directory_iterator at(
        fs::is_directory(cases, failed) ? cases : fs::path(path), failed
    );
    if (failed) {
        return fmt::format("cannot read \"{}\": {}", path, failed.message());
    }
    const std::size_t before = files.size();
    for (const fs::directory_entry& each : at) {
        if (each.path().extension() == ".xml" && speaks_of_test_cases(each.path())) {
            files.insert(each.path().string());
        }
    }
    if (files.size() > before) {
        return std::nullopt;
    }
    return fmt::format(
        "cannot find test cases in \"{}\": they are .xml files whose root element is <testCases>, "
        "beside their models; a checkout of github.com/dmn-tck/tck has them in TestCases",
        path
    );
}

}  // namespace

Report run(const std::vector<std::string>& paths) {
    std::set<std::string> files;
    Report report;
    for (const std::string& path : paths) {
        if (std::optional<std::string> wrong = find_files(path, files)) {
            report.unreadable.push_back(std::move(*wrong));
        }
    }
    for (const std::string& file : files) {
        Result<std::vector<Outcome>> outcomes = run_file(file);
        if (!outcomes) {
            report.unreadable.push_back(outcomes.error().message);
            continue;
        }
        for (Outcome& each : outcomes.value()) {
            report.outcomes.push_back(std::move(each));
        }
    }
    return report;
}

}  // namespace attune::dmn::tck
