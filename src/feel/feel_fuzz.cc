#include <cstddef>
#include <cstdint>
#include <string_view>

#include "feel/expression.h"
#include "feel/text.h"

namespace {

using namespace attune;

/// Small limits, so that the fuzzer looks for bugs and not for slow programs.
feel::Limits small_limits() {
    feel::Limits limits;
    limits.steps_max = 20'000;
    limits.list_length_max = 10'000;
    limits.string_bytes_max = 100'000;
    limits.memory_bytes_max = 2'000'000;
    limits.regex_steps_max = 10'000;
    return limits;
}

void evaluate(const feel::Compilation& compiled, bool tests) {
    if (!compiled.ok()) {
        return;
    }
    Arena arena;
    const Value slots[] = {Value::integer(1), Value::string("x")};
    feel::Evaluation evaluation(arena, slots);
    feel::Warnings warnings(4);
    evaluation.warnings = &warnings;
    evaluation.limits = small_limits();
    const Value value =
        tests ? compiled.value().test(evaluation, slots[0]) : compiled.value().evaluate(evaluation);
    (void)feel::to_literal(value);
    (void)compiled.value().print();
}

}  // namespace

/// Any bytes as an expression and as unary tests: a value or a diagnostic, never anything else.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    feel::Scope scope;
    scope.declare("a", feel::Type::Kind::Number, 0);
    scope.declare("b c", feel::Type(), 1);
    for (const bool lenient : {true, false}) {
        evaluate(feel::Expression::compile(text, scope, {.lenient = lenient}), false);
    }
    evaluate(
        feel::Expression::compile_unary_tests(
            text, scope, feel::Type::Kind::Number, {.lenient = true}
        ),
        true
    );
    return 0;
}
