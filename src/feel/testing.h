#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "feel/expression.h"
#include "feel/text.h"

namespace attune::feel::testing {

/// The result of a lenient evaluation without inputs, as FEEL text; the first error if the text
/// does not compile.
inline std::string result_of(
    std::string_view text, const CompileOptions& options = {.lenient = true}
) {
    const Scope nothing;
    const Compilation compiled = Expression::compile(text, nothing, options);
    if (!compiled.ok()) {
        return "error: " + compiled.error();
    }
    Arena arena;
    Evaluation evaluation(arena);
    return to_literal(compiled.value().evaluate(evaluation));
}

/// Names with values, each in a slot.
class Inputs {
public:
    void add(std::string_view name, std::string_view literal) {
        const Compilation compiled = Expression::compile(literal, Scope());
        EXPECT_TRUE(compiled.ok()) << compiled.error();
        Evaluation evaluation(arena_);
        const Value value = compiled.value().evaluate(evaluation).clone(arena_);
        scope_.declare(name, type_of(value), static_cast<Slot>(slots_.size()));
        slots_.push_back(value);
    }

    [[nodiscard]] std::string result_of(std::string_view text) {
        const Compilation compiled = Expression::compile(text, scope_);
        if (!compiled.ok()) {
            return "error: " + compiled.error();
        }
        Arena arena;
        Evaluation evaluation(arena, slots_);
        return to_literal(compiled.value().evaluate(evaluation));
    }

    [[nodiscard]] const Scope& scope() const { return scope_; }
    [[nodiscard]] Scope& scope() { return scope_; }
    [[nodiscard]] std::vector<Value>& slots() { return slots_; }

private:
    Arena arena_;
    Scope scope_;
    std::vector<Value> slots_;
};

struct Case {
    std::string_view text;
    std::string_view result;
};

inline void expect_results(std::initializer_list<Case> cases) {
    for (const Case& each : cases) {
        EXPECT_EQ(result_of(each.text), each.result) << each.text;
    }
}

}  // namespace attune::feel::testing
