// Attune beside its peers: reads the job that bench/rules-peers/run.py wrote, prints answers and
// times as one JSON object. Times are taken as those of the peers are: after warming up, over
// rounds of some milliseconds each.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "dmn/decision_model.h"
#include "dmn/inputs.h"
#include "feel/expression.h"
#include "value/json.h"

namespace {

using attune::Arena;
using attune::Entry;
using attune::Result;
using attune::Value;
using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& why) {
    fmt::print(stderr, "rules_peer: {}\n", why);
    std::exit(1);
}

std::string read_text(std::string_view path) {
    std::ifstream stream{std::string(path)};
    std::ostringstream text;
    if (!stream || !(text << stream.rdbuf())) {
        fail(fmt::format("cannot read \"{}\"", path));
    }
    return text.str();
}

Value read_json(std::string_view path, Arena& arena) {
    const Result<Value> value = attune::json::parse(read_text(path), arena);
    if (!value) {
        fail(value.error().message);
    }
    return value.value();
}

double number(const Value& context, std::string_view name) {
    return context.get(name).as_number().to_double();
}

/// Of the whole process, in ns: as the peers can tell theirs.
double cpu_ns() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

class Bench {
public:
    explicit Bench(const Value& job) : job_(job) {}

    std::string run() {
        std::string tasks;
        for (const Value& task : job_.get("tasks").as_list()) {
            const std::string_view name = task.get("name").as_string();
            const bool expression = task.get("kind").as_string() == "expression";
            tasks += fmt::format(
                R"({}"{}":{{{}}})",
                tasks.empty() ? "" : ",",
                name,
                expression ? run_expression(task) : run_model(task)
            );
        }
        return fmt::format(R"({{"engine":"Attune","tasks":{{{}}}}})", tasks);
    }

private:
    using Act = std::function<Value(std::size_t input)>;

    std::string run_expression(const Value& task) {
        Arena inputs;
        const Value rows = read_json(task.get("inputs").as_string(), inputs);
        attune::feel::Scope scope;
        std::vector<std::string_view> names;
        for (const Entry& each : task.get("types").as_context()) {
            const bool is_number = each.value.as_string() == "number";
            const attune::feel::Type type =
                is_number ? attune::feel::Type::Kind::Number : attune::feel::Type::Kind::String;
            scope.declare(each.key, type, static_cast<unsigned>(names.size()));
            names.push_back(each.key);
        }
        const attune::feel::Compilation compiled =
            attune::feel::Expression::compile(task.get("feel").as_string(), scope);
        if (!compiled.ok()) {
            fail(compiled.error());
        }
        std::vector<std::vector<Value>> slots;
        for (const Value& row : rows.as_list()) {
            slots.emplace_back();
            for (const std::string_view name : names) {
                slots.back().push_back(row.get(name));
            }
        }
        const Act act = [&](std::size_t input) {
            arena_.reset();
            attune::feel::Evaluation evaluation(arena_, slots[input]);
            return compiled.value().evaluate(evaluation);
        };
        return fmt::format(
            R"({},"ns":{{"plain":{}}})", answers(act, slots.size()), time(act, slots.size())
        );
    }

    std::string run_model(const Value& task) {
        const std::string_view path = task.get("dmn").as_string();
        const Clock::time_point start = Clock::now();
        const attune::dmn::File file{std::string(path), read_text(path)};
        const attune::dmn::Compilation compiled = attune::dmn::Model::compile({&file, 1});
        if (!compiled) {
            fail(compiled.error());
        }
        const double load_ms =
            std::chrono::duration<double, std::milli>(Clock::now() - start).count();
        Arena memory;
        const Value rows = read_json(task.get("inputs").as_string(), memory);
        const bool all = task.get("kind").as_string() == "all";
        const attune::dmn::Goal* const goal =
            all ? compiled.model->goals().data()
                : compiled.model->find(task.get("goal").as_string());
        const Asked asked{*compiled.model, *goal, rows.as_list(), all};
        const std::size_t count = rows.as_list().size();
        const Act plain = [&](std::size_t at) { return ask(asked, at, nullptr); };
        const Act explain = [&](std::size_t at) {
            attune::dmn::Explanation explanation;
            return ask(asked, at, &explanation);
        };
        const Act text = [&](std::size_t at) {
            attune::dmn::Explanation explanation;
            ask(asked, at, &explanation);
            attune::feel::Evaluation evaluation(arena_);
            return attune::dmn::describe(explanation, evaluation);
        };
        return fmt::format(
            R"({},"load_ms":{},"ns":{{"plain":{},"explain":{},"described":{}}})",
            answers(explain, count),
            load_ms,
            time(plain, count),
            time(explain, count),
            time(text, count)
        );
    }

    struct Asked {
        const attune::dmn::Model& model;
        const attune::dmn::Goal& goal;
        std::span<const Value> inputs;
        bool all;
    };

    /// Inputs by name, as the peers take them.
    Value ask(const Asked& asked, std::size_t at, attune::dmn::Explanation* explanation) {
        arena_.reset();
        attune::feel::Evaluation evaluation(arena_);
        evaluation.warnings = &warnings_;
        if (asked.all) {
            return asked.model.evaluate_all(asked.inputs[at], evaluation, explanation);
        }
        return asked.model.evaluate(asked.goal.name, asked.inputs[at], evaluation, explanation)
            .value();
    }

    static std::string answers(const Act& act, std::size_t count) {
        std::string list;
        for (std::size_t at = 0; at < count; ++at) {
            list += (at == 0 ? "" : ",") + attune::json::to_json(act(at));
        }
        return R"("answers":[)" + list + "]";
    }

    /// Times of one evaluation in ns.
    std::string time(const Act& act, std::size_t count) const {
        std::size_t at = 0;
        std::size_t size = 1;
        const auto pass = [&] {
            const Clock::time_point start = Clock::now();
            for (std::size_t done = 0; done < size; ++done) {
                act(at);
                at = at + 1 == count ? 0 : at + 1;
            }
            const std::chrono::duration<double, std::nano> took = Clock::now() - start;
            return took.count() / static_cast<double>(size);
        };
        const auto end =
            Clock::now() + std::chrono::duration<double>(number(job_, "warm_up_seconds"));
        while (Clock::now() < end) {
            const double fit = number(job_, "round_ms") * 1e6 / pass();
            size = static_cast<std::size_t>(std::clamp(fit, 1.0, 1e6));
        }
        const auto round_count = static_cast<std::size_t>(number(job_, "rounds"));
        std::vector<double> rounds;
        rounds.reserve(round_count);
        const double cpu = cpu_ns();
        for (std::size_t round = 0; round < round_count; ++round) {
            rounds.push_back(pass());
        }
        const double used = (cpu_ns() - cpu) / static_cast<double>(rounds.size() * size);
        std::sort(rounds.begin(), rounds.end());
        return fmt::format(
            R"({{"median":{},"best":{},"cpu":{}}})", rounds[rounds.size() / 2], rounds[0], used
        );
    }

    const Value& job_;
    Arena arena_;
    attune::feel::Warnings warnings_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fail("wants the job that bench/rules-peers/run.py writes; run ./dev bench rules-peers");
    }
    Arena arena;
    const Value job = read_json(argv[1], arena);
    std::cout << Bench(job).run() << '\n';
    return 0;
}
