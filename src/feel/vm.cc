#include "feel/vm.h"

#include <limits>

#include "feel/arithmetic.h"
#include "feel/conversion.h"
#include "feel/equality.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;

constexpr int kSmallExponentMax = 18;

/// Adds or subtracts where both are small, of one scale, and the result is small too: nearly all
/// arithmetic of real rules. False if it is not so simple.
template <BinaryOp op>
bool quick(const Value& lhs, const Value& rhs, Value& result) {
    if (!lhs.is(Kind::Number) || !rhs.is(Kind::Number)) {
        return false;
    }
    const Decimal left = lhs.as_number();
    const Decimal right = rhs.as_number();
    if (!left.small() || !right.small()) {
        return false;
    }
    std::int64_t coefficient = 0;
    int exponent = left.exponent();
    bool overflow = false;
    if constexpr (op == BinaryOp::Multiply) {
        exponent += right.exponent();
        overflow = __builtin_mul_overflow(left.coefficient(), right.coefficient(), &coefficient) ||
                   exponent < -kSmallExponentMax || exponent > kSmallExponentMax;
    } else {
        std::int64_t first = left.coefficient();
        std::int64_t second = right.coefficient();
        int gap = exponent - right.exponent();
        // Few digits behind the point: bring both to the finer scale.
        for (; gap > 0 && gap <= 4; --gap, --exponent) {
            overflow = overflow || __builtin_mul_overflow(first, std::int64_t{10}, &first);
        }
        for (; gap < 0 && gap >= -4; ++gap) {
            overflow = overflow || __builtin_mul_overflow(second, std::int64_t{10}, &second);
        }
        overflow = overflow || gap != 0 ||
                   (op == BinaryOp::Add ? __builtin_add_overflow(first, second, &coefficient)
                                        : __builtin_sub_overflow(first, second, &coefficient));
    }
    // The least int64 has no small negative.
    if (overflow || coefficient == std::numeric_limits<std::int64_t>::min()) {
        return false;
    }
    result = Value::number(Decimal::scaled(coefficient, exponent));
    return true;
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

template <BinaryOp op>
Value arithmetic_of(const Code& code, Frame& frame) {
    const Value lhs = operand(*code.a, frame);
    const Value rhs = operand(*code.b, frame);
    Value result;
    if constexpr (op == BinaryOp::Add || op == BinaryOp::Subtract || op == BinaryOp::Multiply) {
        if (quick<op>(lhs, rhs, result)) [[likely]] {
            return result;
        }
    }
    return slow_arithmetic(code, frame, op, lhs, rhs);
}

bool holds(BinaryOp op, std::strong_ordering order) {
    switch (op) {
    case BinaryOp::Less:
        return order < 0;
    case BinaryOp::LessEqual:
        return order <= 0;
    case BinaryOp::Greater:
        return order > 0;
    default:
        return order >= 0;
    }
}

[[gnu::noinline]] Value slow_comparison(
    const Code& code, Frame& frame, BinaryOp op, Value lhs, Value rhs
) {
    if (const auto order = compare(lhs, rhs)) {
        return Value::boolean(holds(op, *order));
    }
    // Null is missing data, and passes on without a warning.
    if (lhs.null() || rhs.null()) {
        return code.failure == Failure::Null ? Value() : Value::boolean(false);
    }
    return fail(code, frame, "the operands do not compare", {lhs, rhs});
}

template <BinaryOp op>
Value comparison_of(const Code& code, Frame& frame) {
    const Value lhs = operand(*code.a, frame);
    const Value rhs = operand(*code.b, frame);
    if (lhs.is(Kind::Number) && rhs.is(Kind::Number)) [[likely]] {
        return Value::boolean(holds(op, lhs.as_number() <=> rhs.as_number()));
    }
    return slow_comparison(code, frame, op, lhs, rhs);
}

[[gnu::noinline]] Value slow_equality(const Code& code, Frame& frame, Value lhs, Value rhs) {
    const Value same = equal(lhs, rhs);
    if (same.null()) {
        const Value failed =
            fail(code, frame, "values of different kinds have no equality", {lhs, rhs});
        // `negated` is set for `!=`, which the caller turns around.
        return code.op == Op::NotEqual && !failed.null() ? Value::boolean(!failed.as_boolean())
                                                         : failed;
    }
    return same;
}

Value equality_of(const Code& code, Frame& frame) {
    const Value lhs = operand(*code.a, frame);
    const Value rhs = operand(*code.b, frame);
    if (lhs.is(Kind::String) && rhs.is(Kind::String)) {
        return Value::boolean(lhs.as_string() == rhs.as_string());
    }
    if (lhs.is(Kind::Number) && rhs.is(Kind::Number)) {
        return Value::boolean(lhs.as_number() == rhs.as_number());
    }
    return slow_equality(code, frame, lhs, rhs);
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
Value both(const Code& code, Frame& frame) {
    const Value lhs = operand(*code.a, frame);
    if (lhs.is_false()) {
        return lhs;
    }
    const Value rhs = operand(*code.b, frame);
    if (rhs.is_false() || (lhs.is_true() && rhs.is_true())) {
        return rhs;
    }
    return no_boolean(code, frame, lhs, rhs);
}

Value either(const Code& code, Frame& frame) {
    const Value lhs = operand(*code.a, frame);
    if (lhs.is_true()) {
        return lhs;
    }
    const Value rhs = operand(*code.b, frame);
    if (rhs.is_true() || (lhs.is_false() && rhs.is_false())) {
        return rhs;
    }
    return no_boolean(code, frame, lhs, rhs);
}

[[gnu::noinline]] Value negation_of(const Code& code, Frame& frame) {
    const Value value = operand(*code.a, frame);
    const Outcome outcome = negate(value, frame.evaluation.arena);
    return outcome.problem == nullptr ? outcome.value : fail(code, frame, outcome.problem, {value});
}

[[gnu::noinline]] Value between_of(const Code& code, Frame& frame) {
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

[[gnu::noinline]] Value choice_of(const Code& code, Frame& frame) {
    const Value condition = operand(*code.a, frame);
    if (!condition.is(Kind::Boolean) && !condition.null()) {
        warn(frame.evaluation, site_of(*code.a, frame), "the condition is no boolean", {condition});
    }
    return operand(condition.is_true() ? *code.b : *code.c, frame);
}

[[gnu::noinline]] Value instance_test(const Code& code, Frame& frame) {
    const Value value = operand(*code.a, frame);
    if (code.negated) {
        return fail(code, frame, "a type without its items says too little for \"instance of\"");
    }
    return Value::boolean(instance_of(value, *static_cast<const Type*>(code.extra)));
}

[[gnu::noinline]] Value inequality_of(const Code& code, Frame& frame) {
    const Value same = equality_of(code, frame);
    return same.null() ? same : Value::boolean(!same.as_boolean());
}

/// Operations that are rarely alone worth their call: everything but arithmetic and logic.
[[gnu::noinline]] Value run_rarely(const Code& code, Frame& frame) {
    switch (code.op) {
    case Op::Unknown:
        return fail(code, frame, "the name is not known");
    case Op::Dynamic:
        return run_dynamic(code, frame);
    case Op::List:
        return run_list(code, frame);
    case Op::Context:
        return run_context(code, frame);
    case Op::Range:
        return run_range(code, frame);
    case Op::In:
        return run_in(code, frame);
    case Op::Tests:
        return run_tests(code, frame);
    case Op::Compare:
    case Op::InValue:
    case Op::Passes:
        return run_test(code, frame);
    case Op::Path:
        return run_path(code, frame);
    case Op::Index:
        return run_index(code, frame);
    case Op::Filter:
        return run_filter(code, frame);
    case Op::For:
        return run_for(code, frame);
    case Op::Some:
    case Op::Every:
        return run_quantified(code, frame);
    case Op::Closure:
        return run_closure(code, frame);
    case Op::CallByName:
        return run_call_by_name(code, frame);
    case Op::InstanceOf:
        return instance_test(code, frame);
    default:
        return run_call(code, frame);
    }
}

}  // namespace

Value run(const Code& code, Frame& frame) {
    switch (code.op) {
    case Op::Constant:
        return code.value;
    case Op::SlotValue:
        return frame.slots[code.index];
    case Op::Local:
        return frame.locals[code.index];
    case Op::Capture:
        return frame.captures[code.index];
    case Op::Negate:
        return negation_of(code, frame);
    case Op::Or:
        return either(code, frame);
    case Op::And:
        return both(code, frame);
    case Op::Equal:
        return equality_of(code, frame);
    case Op::NotEqual:
        return inequality_of(code, frame);
    case Op::Less:
        return comparison_of<BinaryOp::Less>(code, frame);
    case Op::LessEqual:
        return comparison_of<BinaryOp::LessEqual>(code, frame);
    case Op::Greater:
        return comparison_of<BinaryOp::Greater>(code, frame);
    case Op::GreaterEqual:
        return comparison_of<BinaryOp::GreaterEqual>(code, frame);
    case Op::Add:
        return arithmetic_of<BinaryOp::Add>(code, frame);
    case Op::Subtract:
        return arithmetic_of<BinaryOp::Subtract>(code, frame);
    case Op::Multiply:
        return arithmetic_of<BinaryOp::Multiply>(code, frame);
    case Op::Divide:
        return arithmetic_of<BinaryOp::Divide>(code, frame);
    case Op::Power:
        return arithmetic_of<BinaryOp::Power>(code, frame);
    case Op::Between:
        return between_of(code, frame);
    case Op::If:
        return choice_of(code, frame);
    case Op::CallBuiltin:
        return run_call_builtin(code, frame);
    default:
        return run_rarely(code, frame);
    }
}

}  // namespace attune::feel
