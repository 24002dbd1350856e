#include <array>
#include <utility>

#include "base/same_text.h"
#include "feel/arithmetic.h"
#include "feel/equality.h"
#include "feel/small_numbers.h"
#include "feel/vm.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;

/// Where an operand stands; operations are compiled once for each pair of places that pays.
enum class Place : std::uint8_t {
    Number,  ///< A constant that is a small number.
    Text,    ///< A constant string.
    Slot,
    Local,
    Elsewhere,
};

constexpr std::size_t kPlaces = 5;

constexpr bool constant(Place place) {
    return place == Place::Number || place == Place::Text;
}

Place place_of(const Code& operand) {
    switch (operand.op) {
    case Op::Constant:
        return operand.value.is_small_number()  ? Place::Number
               : operand.value.is(Kind::String) ? Place::Text
                                                : Place::Elsewhere;
    case Op::SlotValue:
        return Place::Slot;
    case Op::Local:
        return Place::Local;
    default:
        return Place::Elsewhere;
    }
}

/// An operand: from the operation itself, which has a copy of it or of its index, where possible.
template <Place place>
[[gnu::always_inline]] inline Value read(
    const Code& code, std::uint32_t index, const Code* operand, Frame& frame
) {
    if constexpr (constant(place)) {
        return code.value;
    } else if constexpr (place == Place::Slot) {
        return frame.slots[index];
    } else if constexpr (place == Place::Local) {
        return frame.locals[index];
    } else {
        return run(*operand, frame);
    }
}

Value arithmetic_at(const Code& code, Frame& frame, BinaryOp op, Value lhs, Value rhs) {
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

// What is rare stands in functions of its own, whose arguments fit into registers, so that the
// common paths need no room on the stack.
template <BinaryOp op>
[[gnu::noinline]] Value slow_arithmetic(const Code& code, Frame& frame, Value lhs, Value rhs) {
    return arithmetic_at(code, frame, op, lhs, rhs);
}

template <BinaryOp op, Place first, Place second>
Value run_arithmetic(const Code& code, Frame& frame) {
    const Value lhs = read<first>(code, code.index, code.a, frame);
    const Value rhs = read<second>(code, code.count, code.b, frame);
    if constexpr (op == BinaryOp::Add || op == BinaryOp::Subtract || op == BinaryOp::Multiply) {
        const bool small = (first == Place::Number || lhs.is_small_number()) &&
                           (second == Place::Number || rhs.is_small_number());
        if (small) [[likely]] {
            const Value result = op == BinaryOp::Add        ? small_sum(lhs, rhs)
                                 : op == BinaryOp::Subtract ? small_difference(lhs, rhs)
                                                            : small_product(lhs, rhs);
            if (!result.null()) [[likely]] {
                return result;
            }
        }
    }
    return slow_arithmetic<op>(code, frame, lhs, rhs);
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

constexpr bool equality(BinaryOp op) {
    return op == BinaryOp::Equal || op == BinaryOp::NotEqual;
}

template <BinaryOp op>
[[gnu::noinline]] Value slow_comparison(const Code& code, Frame& frame, Value lhs, Value rhs) {
    if constexpr (equality(op)) {
        const Value same =
            count_items(frame.evaluation, site_of(code, frame), [&](std::uint64_t& items_left) {
                return equal(lhs, rhs, items_left);
            });
        if (same.null() && frame.evaluation.exceeded == nullptr) {
            return fail(code, frame, "values of different kinds have no equality", {lhs, rhs});
        }
        return same.null() ? same : Value::boolean(same.as_boolean() == (op == BinaryOp::Equal));
    } else {
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
}

template <BinaryOp op, Place first, Place second>
Value run_comparison(const Code& code, Frame& frame) {
    const Value lhs = read<first>(code, code.index, code.a, frame);
    const Value rhs = read<second>(code, code.count, code.b, frame);
    if constexpr (equality(op) && first != Place::Number && second != Place::Number) {
        const bool texts = (first == Place::Text || lhs.is(Kind::String)) &&
                           (second == Place::Text || rhs.is(Kind::String));
        if (texts) [[likely]] {
            const bool same = same_text(lhs.as_string(), rhs.as_string());
            return Value::boolean(same == (op == BinaryOp::Equal));
        }
    }
    if constexpr (first != Place::Text && second != Place::Text) {
        const bool small = (first == Place::Number || lhs.is_small_number()) &&
                           (second == Place::Number || rhs.is_small_number());
        if (small) [[likely]] {
            const Value result =
                on_one_scale(lhs, rhs, [](std::int64_t left, std::int64_t right, int /*exponent*/) {
                    return Value::boolean(holds<op>(left, right));
                });
            if (!result.null()) [[likely]] {
                return result;
            }
        }
    }
    return slow_comparison<op>(code, frame, lhs, rhs);
}

template <BinaryOp op, Place first, Place second>
constexpr Run binary_run() {
    if constexpr (op < BinaryOp::Add) {
        return run_comparison<op, first, second>;
    } else if constexpr (op > BinaryOp::Multiply) {
        return run_arithmetic<op, Place::Elsewhere, Place::Elsewhere>;
    } else {
        return run_arithmetic<op, first, second>;
    }
}

/// Operations on two constants are left only where folding them has failed.
template <BinaryOp op, std::size_t... at>
constexpr std::array<Run, kPlaces * kPlaces> runs_for(std::index_sequence<at...> /*places*/) {
    constexpr auto kRun = [](auto first, auto second) {
        constexpr bool kConstants = constant(first()) && constant(second());
        return kConstants ? binary_run<op, Place::Elsewhere, Place::Elsewhere>()
                          : binary_run<op, first(), second()>();
    };
    return {kRun(
        std::integral_constant<Place, static_cast<Place>(at / kPlaces)>{},
        std::integral_constant<Place, static_cast<Place>(at % kPlaces)>{}
    )...};
}

template <BinaryOp op>
Run binary_for(const Code& code) {
    static constexpr auto kRuns = runs_for<op>(std::make_index_sequence<kPlaces * kPlaces>{});
    return kRuns
        [static_cast<std::size_t>(place_of(*code.a)) * kPlaces +
         static_cast<std::size_t>(place_of(*code.b))];
}

}  // namespace

Run run_for_binary(Code& code) {
    code.index = code.a->index;
    code.count = code.b->index;
    code.value = constant(place_of(*code.a)) ? code.a->value : code.b->value;
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

}  // namespace attune::feel
