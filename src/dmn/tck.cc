#include "dmn/tck.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>

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
    Runner(std::string file, const Model& model, bool java)
        : file_(std::move(file)), model_(model), java_(java) {}

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
            Outcome outcome;
            outcome.file = file_;
            outcome.test_case = test.id;
            outcome.node = node.name;
            outcome.null_passes = node.error || node.expected.null();
            outcome.passed = (node.error && actual.null()) || matches(node.expected, actual);
            outcome.expected = feel::to_literal(node.expected);
            outcome.actual = feel::to_literal(actual);
            outcome.needs_java = java_ && !outcome.passed;
            for (const feel::Warning& each : warnings.kept()) {
                outcome.warnings.push_back(to_string(each));
            }
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

    static Value argument(const TestCase& test, const Goal::Parameter& parameter) {
        for (const InputNode& each : test.inputs) {
            if (each.name == parameter.name &&
                (each.model_namespace.empty() || each.model_namespace == parameter.model_namespace
                )) {
                return each.value;
            }
        }
        return {};
    }

    std::string file_;
    const Model& model_;
    bool java_;
    Arena arena_;
    std::vector<Outcome> outcomes_;
};

struct Tally {
    std::size_t cases = 0;
    std::size_t passed = 0;
    std::size_t null_passes = 0;
};

/// Visits each case: its outcomes stand next to each other.
template <typename Visit>
void for_each_case(const std::vector<Outcome>& outcomes, const Visit& visit) {
    for (std::size_t begin = 0; begin < outcomes.size();) {
        std::size_t end = begin + 1;
        while (end < outcomes.size() && outcomes[end].file == outcomes[begin].file &&
               outcomes[end].test_case == outcomes[begin].test_case) {
            ++end;
        }
        visit(std::span(outcomes).subspan(begin, end - begin));
        begin = end;
    }
}

bool all_passed(std::span<const Outcome> nodes) {
    return std::all_of(nodes.begin(), nodes.end(), [](const Outcome& each) { return each.passed; });
}

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
    const std::string& main = files.value().front().content;
    const bool java = main.find("java") != std::string::npos;
    return Runner(path, *compiled.model, java).run(tests.value().cases);
}

std::size_t Report::passed() const {
    std::size_t count = 0;
    for_each_case(outcomes, [&](std::span<const Outcome> nodes) {
        count += all_passed(nodes) ? 1 : 0;
    });
    return count;
}

std::size_t Report::failed() const {
    std::size_t count = unreadable.size();
    for_each_case(outcomes, [&](std::span<const Outcome> nodes) {
        count += all_passed(nodes) ? 0 : 1;
    });
    return count;
}

Report run(const std::vector<std::string>& paths) {
    std::set<std::string> files;
    Report report;
    for (const std::string& path : paths) {
        std::error_code failed;
        if (fs::is_regular_file(path, failed)) {
            files.insert(path);
            continue;
        }
        fs::recursive_directory_iterator at(path, failed);
        if (failed) {
            report.unreadable.push_back(
                fmt::format("cannot read \"{}\": {}", path, failed.message())
            );
            continue;
        }
        for (const fs::directory_entry& each : at) {
            if (each.path().extension() == ".xml") {
                files.insert(each.path().string());
            }
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

std::string to_text(const Report& report) {
    std::map<std::string, Tally> folders;
    std::string failures;
    for_each_case(report.outcomes, [&](std::span<const Outcome> nodes) {
        Tally& tally = folders[fs::path(nodes[0].file).parent_path().string()];
        ++tally.cases;
        tally.passed += all_passed(nodes) ? 1 : 0;
        tally.null_passes +=
            std::all_of(
                nodes.begin(), nodes.end(), [](const Outcome& each) { return each.null_passes; }
            )
                ? 1
                : 0;
        for (const Outcome& each : nodes) {
            if (!each.passed) {
                failures += fmt::format(
                    "{}: case {}, {}: expected {}, got {}{}\n",
                    each.file,
                    each.test_case,
                    each.node,
                    each.expected,
                    each.actual,
                    each.warnings.empty() ? "" : " (" + each.warnings[0] + ")"
                );
            }
        }
    });
    std::string text = "passed  cases  null passes  folder\n";
    for (const auto& [folder, tally] : folders) {
        text += fmt::format(
            "{:6} {:6} {:12}  {}\n", tally.passed, tally.cases, tally.null_passes, folder
        );
    }
    text += failures;
    for (const std::string& each : report.unreadable) {
        text += each + "\n";
    }
    return text + fmt::format("{} passed, {} failed\n", report.passed(), report.failed());
}

}  // namespace attune::dmn::tck
