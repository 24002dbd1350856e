// How long does one evaluation of an expression take? Prints nanoseconds of CPU: the median of
// several runs, each long enough to hide the clock, with the answer checked first.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <string_view>
#include <vector>

#include "feel/expression.h"
#include "feel/text.h"

namespace {

using attune::Arena;
using attune::Decimal;
using attune::Value;
using attune::feel::Compilation;
using attune::feel::Evaluation;
using attune::feel::Expression;
using attune::feel::Scope;
using attune::feel::Type;

constexpr int kRuns = 9;
constexpr int kRounds = 200'000;

struct Question {
    const char* text;
    const char* answer;
};

constexpr std::array<Question, 9> kQuestions{
    {{"price * (1 - discount) >= 40 and seg = \"a\"", "true"},
     {"price * (100 - percent) >= 4000 and age in [18..65] and seg = \"a\"", "true"},
     {"spend > 500 and since > @\"P14D\"", "true"},
     {"seg in (\"x\", \"y\", \"a\")", "true"},
     {"contains(lower case(page), \"shoe\")", "true"},
     {"customer.address.city = \"Lyon\"", "true"},
     {"count(items[price > 10])", "2"},
     {"sum(for i in items return i.price * i.quantity)", "95"},
     {"matches(page, \"^/shop/[a-z]+$\")", "true"}}};

/// Of this thread, so that other work on the machine does not count.
double cpu_nanoseconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double nanoseconds_per_round(const Expression& expression, Evaluation& evaluation, Arena& arena) {
    std::vector<double> runs;
    for (int run = 0; run < kRuns; ++run) {
        const double start = cpu_nanoseconds();
        int kept = 0;
        for (int round = 0; round < kRounds; ++round) {
            arena.reset();
            evaluation.restart();
            kept += expression.evaluate(evaluation).null() ? 0 : 1;
        }
        const double spent = cpu_nanoseconds() - start;
        if (kept != kRounds) {
            std::printf("lost results\n");
        }
        runs.push_back(spent / kRounds);
    }
    std::sort(runs.begin(), runs.end());
    return runs[kRuns / 2];
}

}  // namespace

/// With an argument only the questions whose text contains it are asked.
int main(int count, char** arguments) {
    const std::string_view wanted = count > 1 ? arguments[1] : "";
    Arena inputs;
    Scope scope;
    std::vector<Value> slots;
    const auto declare = [&](const char* name, const char* literal) {
        const Compilation value = Expression::compile(literal, Scope());
        scope.declare(name, value.value().type(), static_cast<unsigned>(slots.size()));
        slots.push_back(value.value().constant()->clone(inputs));
    };
    declare("price", "59.90");
    declare("discount", "0.25");
    declare("percent", "25");
    declare("age", "42");
    declare("seg", "\"a\"");
    declare("spend", "812.5");
    declare("since", "@\"P20D\"");
    declare("page", "\"/shop/shoes\"");
    declare("customer", "{name: \"Ada\", address: {zip: \"69001\", city: \"Lyon\"}}");
    declare(
        "items", "[{price: 5, quantity: 1}, {price: 20, quantity: 2}, {price: 25, quantity: 2}]"
    );
    for (const Question& question : kQuestions) {
        if (std::string_view(question.text).find(wanted) == std::string_view::npos) {
            continue;
        }
        const Compilation compiled = Expression::compile(question.text, scope);
        if (!compiled.ok()) {
            std::printf("%s: %s\n", question.text, compiled.error().c_str());
            return 1;
        }
        Arena arena;
        Evaluation evaluation(arena, slots);
        const std::string answer = attune::feel::to_literal(compiled.value().evaluate(evaluation));
        if (answer != question.answer) {
            std::printf("%s: got %s, want %s\n", question.text, answer.c_str(), question.answer);
            return 1;
        }
        const double spent = nanoseconds_per_round(compiled.value(), evaluation, arena);
        std::printf("%8.1f ns  %s\n", spent, question.text);
    }
    return 0;
}
