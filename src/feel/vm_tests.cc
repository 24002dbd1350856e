#include "base/same_text.h"
#include "feel/equality.h"
#include "feel/small_numbers.h"
#include "feel/vm.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;

/// A small number in a range between two; null if it is not so simple.
Value quickly_in_range(const Value& input, const RangeValue& range) {
    if (range.start_undefined || range.end_undefined || !small_numbers(range.start, range.end)) {
        return {};
    }
    const Value from_start = small_order(input, range.start);
    const Value from_end = small_order(input, range.end);
    if (from_start.null() || from_end.null()) {
        return {};
    }
    const std::int64_t above = from_start.small_coefficient() + (range.start_included ? 1 : 0);
    const std::int64_t below = from_end.small_coefficient() - (range.end_included ? 1 : 0);
    return Value::boolean(above > 0 && below < 0);
}

/// The tests that cells and lists are made of: a string, a number, a range of numbers. Null if it
/// is none of these.
Value quickly_in(const Value& input, const Value& tested) {
    if (input.is(Kind::String) && tested.is(Kind::String)) {
        return Value::boolean(same_text(input.as_string(), tested.as_string()));
    }
    if (!input.is_small_number()) {
        return {};
    }
    if (tested.is(Kind::Range)) {
        return quickly_in_range(input, tested.as_range());
    }
    if (!tested.is_small_number()) {
        return {};
    }
    const Value order = small_order(input, tested);
    return order.null() ? order : Value::boolean(order.small_coefficient() == 0);
}

Value comparison(const Code& code, Frame& frame, const Value& input, const Value& bound) {
    if (code.comparison == BinaryOp::Equal || code.comparison == BinaryOp::NotEqual) {
        const Value same =
            count_items(frame.evaluation, site_of(code, frame), [&](std::uint64_t& items_left) {
                return equal(input, bound, items_left);
            });
        return same.null() || code.comparison == BinaryOp::Equal
                   ? same
                   : Value::boolean(!same.as_boolean());
    }
    const auto order = compare(input, bound);
    if (!order) {
        return input.null() || bound.null()
                   ? Value()
                   : fail(code, frame, "the operands do not compare", {input, bound});
    }
    switch (code.comparison) {
    case BinaryOp::Less:
        return Value::boolean(*order < 0);
    case BinaryOp::LessEqual:
        return Value::boolean(*order <= 0);
    case BinaryOp::Greater:
        return Value::boolean(*order > 0);
    default:
        return Value::boolean(*order >= 0);
    }
}

/// True if any test is; else null if any is; else false.
Value any_of(const Code& code, Frame& frame) {
    bool unknown = false;
    for (std::uint32_t i = 0; i < code.count; ++i) {
        const Value passed = run(*code.list[i], frame);
        if (passed.is_true()) {
            return passed;
        }
        unknown = unknown || passed.null();
    }
    return unknown ? Value() : Value::boolean(false);
}

}  // namespace

Value run_test(const Code& code, Frame& frame) {
    const Value input = frame.locals[code.index];
    const Value tested = operand(*code.a, frame);
    if (code.op == Op::Compare) {
        return comparison(code, frame, input, tested);
    }
    if (const Value quick = quickly_in(input, tested); !quick.null()) [[likely]] {
        return quick;
    }
    if (code.op == Op::Passes && (tested.is(Kind::Boolean) || tested.null())) {
        return tested;
    }
    return count_items(frame.evaluation, site_of(code, frame), [&](std::uint64_t& items_left) {
        return in(input, tested, items_left);
    });
}

Value run_in(const Code& code, Frame& frame) {
    frame.locals[code.index] = operand(*code.a, frame);
    return any_of(code, frame);
}

Value run_tests(const Code& code, Frame& frame) {
    if (code.any) {
        return Value::boolean(true);
    }
    const Value passed = any_of(code, frame);
    return code.negated && !passed.null() ? Value::boolean(!passed.as_boolean()) : passed;
}

}  // namespace attune::feel
