// How long does a whole decision take, with explanation on: a decision table of 6 columns (3 of
// strings, 3 of ranges) under hit policy F, or, with MODEL DECISION INPUTS.json on the command
// line, that decision, or with "*" as DECISION all of the model? Prints medians over rounds, in
// time computed; checks the tables' answers against a scan of the rows.

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "dmn/decision_model.h"
#include "dmn/table.h"
#include "value/json.h"

namespace {

using namespace attune;

/// The time that this thread has computed, in nanoseconds: a neighbour on the same core does not
/// count.
double computed_ns() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

constexpr std::size_t kInputs = 1024;
constexpr int kRounds = 41;

struct Range {
    int from;
    int to;
};

struct Row {
    int strings[3];  ///< -1: any.
    Range ranges[3];
};

struct Input {
    int strings[3];
    int numbers[3];
};

std::vector<Row> make_rows(std::size_t count, std::mt19937& random) {
    std::vector<Row> rows(count);
    for (Row& row : rows) {
        for (int& text : row.strings) {
            text = static_cast<int>(random() % 5) == 0 ? -1 : static_cast<int>(random() % 12);
        }
        for (Range& range : row.ranges) {
            range.from = static_cast<int>(random() % 900);
            range.to = range.from + 100 + static_cast<int>(random() % 400);
        }
    }
    return rows;
}

bool matches(const Row& row, const Input& input) {
    for (int at = 0; at < 3; ++at) {
        if (row.strings[at] >= 0 && row.strings[at] != input.strings[at]) {
            return false;
        }
        if (input.numbers[at] < row.ranges[at].from || input.numbers[at] >= row.ranges[at].to) {
            return false;
        }
    }
    return true;
}

std::string to_xml(const std::vector<Row>& rows) {
    std::string xml =
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"bench\" "
        "namespace=\"bench\">";
    for (int at = 0; at < 6; ++at) {
        xml += fmt::format(
            "<inputData id=\"i{0}\" name=\"column {0}\"><variable name=\"column {0}\" "
            "typeRef=\"{1}\"/>"
            "</inputData>",
            at,
            at < 3 ? "string" : "number"
        );
    }
    xml += "<decision id=\"d\" name=\"Decide\"><variable name=\"Decide\" typeRef=\"string\"/>";
    for (int at = 0; at < 6; ++at) {
        xml += fmt::format(
            "<informationRequirement><requiredInput href=\"#i{}\"/></informationRequirement>", at
        );
    }
    xml += "<decisionTable hitPolicy=\"FIRST\">";
    for (int at = 0; at < 6; ++at) {
        xml += fmt::format(
            "<input><inputExpression><text>column {}</text></inputExpression></input>", at
        );
    }
    xml += "<output/>";
    for (std::size_t number = 0; number < rows.size(); ++number) {
        xml += "<rule>";
        for (const int text : rows[number].strings) {
            xml += text < 0 ? std::string("<inputEntry><text>-</text></inputEntry>")
                            : fmt::format("<inputEntry><text>\"v{}\"</text></inputEntry>", text);
        }
        for (const Range& range : rows[number].ranges) {
            xml +=
                fmt::format("<inputEntry><text>[{}..{})</text></inputEntry>", range.from, range.to);
        }
        xml += fmt::format("<outputEntry><text>\"row {}\"</text></outputEntry></rule>", number);
    }
    return xml + "</decisionTable></decision></definitions>";
}

double median(std::vector<double> times) {
    std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
    return times[times.size() / 2];
}

std::vector<Input> make_inputs(std::mt19937& random) {
    std::vector<Input> inputs(kInputs);
    for (Input& input : inputs) {
        for (int& text : input.strings) {
            text = static_cast<int>(random() % 12);
        }
        for (int& number : input.numbers) {
            number = static_cast<int>(random() % 1400);
        }
    }
    return inputs;
}

void check(bool correct, const char* what) {
    if (!correct) {
        std::fprintf(stderr, "wrong answer: %s\n", what);
        std::exit(1);
    }
}

std::vector<std::vector<Value>> to_values(const std::vector<Input>& inputs, Arena& arena) {
    std::vector<std::vector<Value>> arguments;
    for (const Input& input : inputs) {
        std::vector<Value> values;
        for (const int text : input.strings) {
            values.push_back(Value::string(arena.copy(std::string_view(fmt::format("v{}", text)))));
        }
        for (const int number : input.numbers) {
            values.push_back(Value::integer(number));
        }
        arguments.push_back(std::move(values));
    }
    return arguments;
}

void bench_table(std::size_t row_count) {
    std::mt19937 random(7);
    const std::vector<Row> rows = make_rows(row_count, random);
    const std::string xml = to_xml(rows);
    const double begin = computed_ns();
    const dmn::File file{"bench.dmn", xml};
    const dmn::Compilation compiled = dmn::Model::compile({&file, 1});
    const double compile_ms = (computed_ns() - begin) / 1e6;
    check(compiled.ok(), compiled.error().c_str());
    const dmn::Goal& goal = *compiled.model->find("Decide");

    const std::vector<Input> inputs = make_inputs(random);
    Arena input_arena;
    const std::vector<std::vector<Value>> arguments = to_values(inputs, input_arena);

    Arena arena;
    dmn::Explanation explanation;
    feel::Warnings warnings;
    const auto decide = [&](std::size_t at) {
        arena.reset();
        explanation.clear();
        feel::Evaluation evaluation(arena);
        evaluation.warnings = &warnings;
        return compiled.model->evaluate(goal, arguments[at], evaluation, &explanation);
    };
    std::size_t matched = 0;
    for (std::size_t at = 0; at < kInputs; ++at) {
        const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& each) {
            return matches(each, inputs[at]);
        });
        const Value expected_null = decide(at);
        if (row == rows.end()) {
            check(expected_null.null(), "a row where none matches");
            continue;
        }
        ++matched;
        check(
            expected_null.is(Value::Kind::String) &&
                expected_null.as_string() == fmt::format("row {}", row - rows.begin()),
            "another row than a scan finds"
        );
    }
    std::vector<double> times;
    for (int round = 0; round < kRounds; ++round) {
        const double start = computed_ns();
        for (std::size_t at = 0; at < kInputs; ++at) {
            decide(at);
        }
        times.push_back((computed_ns() - start) / kInputs);
    }
    const std::size_t index_bytes =
        explanation.tables() == nullptr ? 0 : explanation.tables()->table->index_bytes();
    fmt::print(
        "{:6} rows x 6: {:7.1f} ns a decision, {:4.0f} % of inputs match; compiled in {:.1f} ms, "
        "index {:.1f} KB\n",
        row_count,
        median(times),
        100.0 * static_cast<double>(matched) / kInputs,
        compile_ms,
        static_cast<double>(index_bytes) / 1024
    );
}

std::string read_file(const std::string& path) {
    std::ifstream stream(path);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

/// All decisions of the TCK's lending model, or of any other, on inputs given as JSON.
void bench_model(const std::string& path, const std::string& decision, const std::string& json) {
    const dmn::File file{path, read_file(path)};
    const dmn::Compilation compiled = dmn::Model::compile({&file, 1});
    check(compiled.ok(), compiled.error().c_str());
    const bool all = decision == "*";
    const dmn::Goal* const goal =
        all ? compiled.model->goals().data() : compiled.model->find(decision);
    check(goal != nullptr, "no such decision");
    Arena inputs;
    const Result<Value> context = json::parse(read_file(json), inputs);
    check(context.ok(), "inputs are no JSON");
    std::vector<Value> arguments;
    for (const dmn::Goal::Parameter& each : goal->parameters) {
        arguments.push_back(context.value().get(each.name));
    }
    Arena arena;
    dmn::Explanation explanation;
    feel::Warnings warnings;
    std::vector<double> times;
    Value result;
    for (int round = 0; round < kRounds; ++round) {
        const double start = computed_ns();
        for (std::size_t at = 0; at < kInputs; ++at) {
            arena.reset();
            explanation.clear();
            feel::Evaluation evaluation(arena);
            evaluation.warnings = &warnings;
            result = all ? compiled.model->evaluate_all(context.value(), evaluation, &explanation)
                         : compiled.model->evaluate(*goal, arguments, evaluation, &explanation);
        }
        times.push_back((computed_ns() - start) / kInputs);
    }
    fmt::print("{}: {:.1f} ns, answer {}\n", decision, median(times), json::to_json(result));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 4) {
        bench_model(argv[1], argv[2], argv[3]);
        return 0;
    }
    for (const std::size_t rows : {100U, 1'000U, 4'000U, 10'000U}) {
        bench_table(rows);
    }
    return 0;
}
