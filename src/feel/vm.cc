#include "feel/vm.h"

#include <array>
#include <limits>

#include "base/same_text.h"
#include "feel/arithmetic.h"
#include "feel/conversion.h"
#include "feel/equality.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;

constexpr int kSmallExponentMax = 18;

constexpr std::array<std::int64_t, kSmallExponentMax + 1> kPowersOfTen = [] {
    std::array<std::int64_t, kSmallExponentMax + 1> powers{};
    std::int64_t power = 1;
    for (std::int64_t& entry : powers) {
        entry = power;
        power = power < std::numeric_limits<std::int64_t>::max() / 10 ? power * 10 : power;
    }
    return powers;
}();

/// Where an operand stands; each operation is compiled once for each pair of places.
enum class Place : std::uint8_t { Constant, Slot, Elsewhere };

Place place_of(const Code* code) {
    if (code == nullptr) {
        return Place::Elsewhere;
    }
    if (code->op == Op::Constant) {
        return Place::Constant;
    }
    return code->op == Op::SlotValue ? Place::Slot : Place::Elsewhere;
}

template <Place place>
Value read(const Code& code, Frame& frame) {
    if constexpr (place == Place::Constant) {
        return code.value;
    } else if constexpr (place == Place::Slot) {
        return frame.slots[code.index];
    } else {
        return code.run(code, frame);
    }
}

bool small_numbers(const Value& lhs, const Value& rhs) {
    return lhs.is_small_number() && rhs.is_small_number();
}

/// Two small numbers brought to the finer scale.
struct Aligned {
    std::int64_t left;
    std::int64_t right;
    int exponent;
    bool fits;
};

[[gnu::always_inline]] inline Aligned align(const Value& lhs, const Value& rhs) {
    Aligned both{lhs.small_coefficient(), rhs.small_coefficient(), lhs.small_exponent(), true};
    const int gap = both.exponent - rhs.small_exponent();
    if (gap == 0) {
        return both;
    }
    if (gap > 0) {
        both.exponent = rhs.small_exponent();
        both.fits = gap <= kSmallExponentMax &&
                    !__builtin_mul_overflow(
                        both.left, kPowersOfTen[static_cast<std::size_t>(gap)], &both.left
                    );
    } else {
        both.fits = gap >= -kSmallExponentMax &&
                    !__builtin_mul_overflow(
                        both.right, kPowersOfTen[static_cast<std::size_t>(-gap)], &both.right
                    );
    }
    return both;
}

/// Arithmetic where both are small and the result is too: nearly all of it in real rules. Null if
/// it is not so simple.
template <BinaryOp op>
[[gnu::always_inline]] inline Value quick(const Value& lhs, const Value& rhs) {
    std::int64_t coefficient = 0;
    int exponent = 0;
    bool fits = false;
    if constexpr (op == BinaryOp::Multiply) {
        exponent = lhs.small_exponent() + rhs.small_exponent();
        fits = !__builtin_mul_overflow(
                   lhs.small_coefficient(), rhs.small_coefficient(), &coefficient
               ) &&
               exponent >= -kSmallExponentMax && exponent <= kSmallExponentMax;
    } else {
        const Aligned both = align(lhs, rhs);
        exponent = both.exponent;
        fits = both.fits &&
               !(op == BinaryOp::Add ? __builtin_add_overflow(both.left, both.right, &coefficient)
                                     : __builtin_sub_overflow(both.left, both.right, &coefficient));
    }
    // The least int64 has no small negative.
    const bool small = fits && coefficient != std::numeric_limits<std::int64_t>::min();
    return small ? Value::small_number(coefficient, exponent) : Value();
}

[[gnu::noinline]] Value slow_arithmetic(
    const Code& code, Frame& frame, BinaryOp op, Value lhs, Value rhs
) {
    Evaluation& evaluation = frame.evaluation;
    if (lhs.is(Kind::String) && rhs.is(Kind::String)) {
        const std::size_t bytes = lhs.as_string().size() + rhs.as_string().size();
        if (bytes > evaluation.limits.string_bytes_max) {
            return exceed(evaluation, site_of(code, frame), "string_bytes_max");
        }
        if (!charge_memory(evaluation, bytes)) {
            return exceed_memory(evaluation, site_of(code, frame));
        }
    }
    const Outcome outcome = arithmetic(op, lhs, rhs, evaluation.arena);
    return outcome.problem == nullptr ? outcome.value
                                      : fail(code, frame, outcome.problem, {lhs, rhs});
}

template <BinaryOp op, Place first, Place second>
Value run_arithmetic(const Code& code, Frame& frame) {
    const Value lhs = read<first>(*code.a, frame);
    const Value rhs = read<second>(*code.b, frame);
    if constexpr (op == BinaryOp::Add || op == BinaryOp::Subtract || op == BinaryOp::Multiply) {
        if (small_numbers(lhs, rhs)) [[likely]] {
            const Value result = quick<op>(lhs, rhs);
            if (!result.null()) [[likely]] {
                return result;
            }
        }
    }
    return slow_arithmetic(code, frame, op, lhs, rhs);
}

template <BinaryOp op, typename T>
bool holds(const T& left, const T& right) {
    if constexpr (op == BinaryOp::Less) {
        return left < right;
    } else if constexpr (op == BinaryOp::LessEqual) {
        return left <= right;
    } else if constexpr (op == BinaryOp::Greater) {
        return left > right;
    } else if constexpr (op == BinaryOp::GreaterEqual) {
        return left >= right;
    } else if constexpr (op == BinaryOp::Equal) {
        return left == right;
    } else {
        return left != right;
    }
}

template <BinaryOp op>
[[gnu::noinline]] Value slow_comparison(const Code& code, Frame& frame, Value lhs, Value rhs) {
    if (const auto order = compare(lhs, rhs)) {
        const int sign = *order < 0 ? -1 : (*order > 0 ? 1 : 0);
        return Value::boolean(holds<op>(sign, 0));
    }
    // Null is missing data, and passes on without a warning.
    if (lhs.null() || rhs.null()) {
        return code.failure == Failure::Null ? Value() : Value::boolean(false);
    }
    return fail(code, frame, "the operands do not compare", {lhs, rhs});
}

template <BinaryOp op>
[[gnu::noinline]] Value slow_equality(const Code& code, Frame& frame, Value lhs, Value rhs) {
    const Value same =
        count_items(frame.evaluation, site_of(code, frame), [&](std::uint64_t& items_left) {
            return equal(lhs, rhs, items_left);
        });
    if (same.null() && frame.evaluation.exceeded == nullptr) {
        return fail(code, frame, "values of different kinds have no equality", {lhs, rhs});
    }
    return same.null() ? same : Value::boolean(same.as_boolean() == (op == BinaryOp::Equal));
}

constexpr bool equality(BinaryOp op) {
    return op == BinaryOp::Equal || op == BinaryOp::NotEqual;
}

template <BinaryOp op, Place first, Place second>
Value run_comparison(const Code& code, Frame& frame) {
    const Value lhs = read<first>(*code.a, frame);
    const Value rhs = read<second>(*code.b, frame);
    if constexpr (equality(op)) {
        if (lhs.is(Kind::String) && rhs.is(Kind::String)) {
            const bool same = same_text(lhs.as_string(), rhs.as_string());
            return Value::boolean(same == (op == BinaryOp::Equal));
        }
    }
    if (small_numbers(lhs, rhs)) [[likely]] {
        const Aligned both = align(lhs, rhs);
        if (both.fits) [[likely]] {
            return Value::boolean(holds<op>(both.left, both.right));
        }
    }
    if constexpr (equality(op)) {
        return slow_equality<op>(code, frame, lhs, rhs);
    } else {
        return slow_comparison<op>(code, frame, lhs, rhs);
    }
}

/// An operand of `and` or `or` that is neither true, false nor null.
[[gnu::noinline]] Value no_boolean(const Code& code, Frame& frame, Value lhs, Value rhs) {
    const bool mistake =
        (!lhs.null() && !lhs.is(Kind::Boolean)) || (!rhs.null() && !rhs.is(Kind::Boolean));
    if (mistake) {
        return fail(code, frame, "\"and\" and \"or\" need booleans", {lhs, rhs});
    }
    return code.failure == Failure::Null ? Value() : Value::boolean(false);
}

// Tables 50 and 51: false decides "and", true decides "or", whatever the other side is.
template <bool decisive>
Value run_logic(const Code& code, Frame& frame) {
    const Value lhs = run(*code.a, frame);
    if (decisive ? lhs.is_true() : lhs.is_false()) {
        return lhs;
    }
    const Value rhs = run(*code.b, frame);
    if (decisive ? rhs.is_true() || (lhs.is_false() && rhs.is_false())
                 : rhs.is_false() || (lhs.is_true() && rhs.is_true())) [[likely]] {
        return rhs;
    }
    return no_boolean(code, frame, lhs, rhs);
}

Value run_negation(const Code& code, Frame& frame) {
    const Value value = operand(*code.a, frame);
    const Outcome outcome = negate(value, frame.evaluation.arena);
    return outcome.problem == nullptr ? outcome.value : fail(code, frame, outcome.problem, {value});
}

Value run_between(const Code& code, Frame& frame) {
    const Value value = operand(*code.a, frame);
    const Value low = operand(*code.b, frame);
    const Value high = operand(*code.c, frame);
    const auto from = compare(value, low);
    const auto to = compare(value, high);
    if ((from && *from < 0) || (to && *to > 0)) {
        return Value::boolean(false);
    }
    if (from && to) {
        return Value::boolean(true);
    }
    if (value.null() || low.null() || high.null()) {
        return code.failure == Failure::Null ? Value() : Value::boolean(false);
    }
    return fail(code, frame, "the operands of \"between\" do not compare", {value, low, high});
}

Value run_if(const Code& code, Frame& frame) {
    const Value condition = operand(*code.a, frame);
    if (!condition.is(Kind::Boolean) && !condition.null()) {
        warn(frame.evaluation, site_of(*code.a, frame), "the condition is no boolean", {condition});
    }
    return operand(condition.is_true() ? *code.b : *code.c, frame);
}

Value run_instance_of(const Code& code, Frame& frame) {
    const Value value = operand(*code.a, frame);
    if (code.negated) {
        return fail(code, frame, "the type is not known, or says too little for \"instance of\"");
    }
    return Value::boolean(instance_of(value, *static_cast<const Type*>(code.extra)));
}

Value run_constant(const Code& code, Frame&) {
    return code.value;
}

Value run_slot(const Code& code, Frame& frame) {
    return frame.slots[code.index];
}

Value run_local(const Code& code, Frame& frame) {
    return frame.locals[code.index];
}

Value run_capture(const Code& code, Frame& frame) {
    return frame.captures[code.index];
}

Value run_unknown(const Code& code, Frame& frame) {
    return fail(code, frame, "nothing has this name");
}

template <BinaryOp op, Place first, Place second>
constexpr Run binary_run() {
    if constexpr (op >= BinaryOp::Add) {
        return run_arithmetic<op, first, second>;
    } else {
        return run_comparison<op, first, second>;
    }
}

template <BinaryOp op>
Run binary_for(const Code& code) {
    static constexpr std::array<std::array<Run, 3>, 3> kRuns{
        {{binary_run<op, Place::Constant, Place::Constant>(),
          binary_run<op, Place::Constant, Place::Slot>(),
          binary_run<op, Place::Constant, Place::Elsewhere>()},
         {binary_run<op, Place::Slot, Place::Constant>(),
          binary_run<op, Place::Slot, Place::Slot>(),
          binary_run<op, Place::Slot, Place::Elsewhere>()},
         {binary_run<op, Place::Elsewhere, Place::Constant>(),
          binary_run<op, Place::Elsewhere, Place::Slot>(),
          binary_run<op, Place::Elsewhere, Place::Elsewhere>()}}};
    return kRuns[static_cast<std::size_t>(place_of(code.a))]
                [static_cast<std::size_t>(place_of(code.b))];
}

Run run_for_binary(const Code& code) {
    switch (code.op) {
    case Op::Equal:
        return binary_for<BinaryOp::Equal>(code);
    case Op::NotEqual:
        return binary_for<BinaryOp::NotEqual>(code);
    case Op::Less:
        return binary_for<BinaryOp::Less>(code);
    case Op::LessEqual:
        return binary_for<BinaryOp::LessEqual>(code);
    case Op::Greater:
        return binary_for<BinaryOp::Greater>(code);
    case Op::GreaterEqual:
        return binary_for<BinaryOp::GreaterEqual>(code);
    case Op::Add:
        return binary_for<BinaryOp::Add>(code);
    case Op::Subtract:
        return binary_for<BinaryOp::Subtract>(code);
    case Op::Multiply:
        return binary_for<BinaryOp::Multiply>(code);
    case Op::Divide:
        return binary_for<BinaryOp::Divide>(code);
    default:
        return binary_for<BinaryOp::Power>(code);
    }
}

/// What runs each operation that has one form; null for the others. In the order of Op.
constexpr std::array<Run, 37> kRuns{
    run_constant, run_slot,    run_local,  run_capture,      run_unknown,     run_dynamic,
    run_list,     run_context, run_range,  run_negation,     run_logic<true>, run_logic<false>,
    nullptr,  // Equal
    nullptr,      nullptr,     nullptr,    nullptr,          nullptr,         nullptr,
    nullptr,      nullptr,     nullptr,
    nullptr,  // Power
    run_between,  run_in,      run_tests,
    run_test,  // Compare
    run_test,  // InValue
    run_test,  // Passes
    run_path,     run_index,   run_filter, run_call_builtin, run_call,        run_call_by_name,
    run_if,       run_for};

}  // namespace

Run run_for_code(const Code& code) {
    switch (code.op) {
    case Op::Some:
    case Op::Every:
        return run_quantified;
    case Op::InstanceOf:
        return run_instance_of;
    case Op::Closure:
        return run_closure;
    default:
        break;
    }
    const Run simple = kRuns[static_cast<std::size_t>(code.op)];
    return simple != nullptr ? simple : run_for_binary(code);
}

}  // namespace attune::feel
