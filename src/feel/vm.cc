#include "feel/vm.h"

#include <array>

#include "feel/arithmetic.h"
#include "feel/conversion.h"
#include "feel/equality.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;

/// An operand of `and` or `or` that is neither true, false nor null.
[[gnu::noinline]] Value no_boolean(const Code& code, Frame& frame, Value lhs, Value rhs) {
    const bool mistake =
        (!lhs.null() && !lhs.is(Kind::Boolean)) || (!rhs.null() && !rhs.is(Kind::Boolean));
    if (mistake) {
        return fail(code, frame, R"("and" and "or" need booleans)", {lhs, rhs});
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

template <bool decisive>
[[gnu::noinline]] Value logic_of_unknown(const Code& code, Frame& frame, Value lhs) {
    const Value rhs = run(*code.b, frame);
    return (decisive ? rhs.is_true() : rhs.is_false()) ? rhs : no_boolean(code, frame, lhs, rhs);
}

/// The same where the right side gives nothing but true, false and null, which then is the value if
/// the left side does not decide: the last thing to do is a jump.
template <bool decisive>
Value run_logic_of_conditions(const Code& code, Frame& frame) {
    const Value lhs = run(*code.a, frame);
    if (!lhs.is(Kind::Boolean)) [[unlikely]] {
        return logic_of_unknown<decisive>(code, frame, lhs);
    }
    return lhs.as_boolean() == decisive ? lhs : run(*code.b, frame);
}

/// Whether an operation gives nothing but true, false and null; some others do too.
bool condition(const Code& code) {
    switch (code.op) {
    case Op::Or:
    case Op::And:
    case Op::Equal:
    case Op::NotEqual:
    case Op::Less:
    case Op::LessEqual:
    case Op::Greater:
    case Op::GreaterEqual:
    case Op::Between:
    case Op::In:
        return true;
    default:
        return false;
    }
}

template <bool decisive>
Run logic_for(const Code& code) {
    // In B-FEEL null is false here.
    return condition(*code.b) && code.failure == Failure::Null ? run_logic_of_conditions<decisive>
                                                               : run_logic<decisive>;
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

/// What runs each operation that has one form; null for the others. In the order of Op.
constexpr std::array<Run, 37> kRuns{
    run_constant,     run_slot,  run_local,   run_capture,      run_unknown,
    run_dynamic,      run_list,  run_context, run_range,        run_negation,
    nullptr,  // Or
    nullptr,
    nullptr,  // Equal
    nullptr,          nullptr,   nullptr,     nullptr,          nullptr,
    nullptr,          nullptr,   nullptr,     nullptr,
    nullptr,  // Power
    run_between,      run_in,    run_tests,
    run_test,  // Compare
    run_test,  // InValue
    run_test,  // Passes
    run_path,         run_index, run_filter,  run_call_builtin, run_call,
    run_call_by_name, run_if,    run_for};

}  // namespace

Run run_for_code(Code& code) {
    switch (code.op) {
    case Op::Or:
        return logic_for<true>(code);
    case Op::And:
        return logic_for<false>(code);
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
