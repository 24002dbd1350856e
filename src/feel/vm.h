#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "feel/code.h"
#include "feel/evaluation.h"
#include "value/value.h"

namespace attune::feel {

/// Where one function body, or one whole expression, runs.
struct Frame {
    Evaluation& evaluation;
    const Value* slots;
    Value* locals;
    const Value* captures;
    const detail::Unit& unit;
};

/// A place to blame in a warning.
struct Site {
    std::string_view text;
    std::size_t offset = 0;
    std::size_t length = 0;
};

/// Runs one operation with all below it.
inline Value run(const Code& code, Frame& frame) {
    return code.run(code, frame);
}

/// The same, without a call for what is only read.
inline Value operand(const Code& code, Frame& frame) {
    switch (code.op) {
    case Op::Constant:
        return code.value;
    case Op::SlotValue:
        return frame.slots[code.index];
    case Op::Local:
        return frame.locals[code.index];
    default:
        return run(code, frame);
    }
}

/// Chooses what runs `code`, whose operation and operands are set, and copies into it what that
/// wants to have at hand.
[[nodiscard]] Run run_for_code(Code& code);

/// Notes a warning, if somebody listens, and gives null.
Value warn(
    Evaluation& evaluation,
    const Site& site,
    std::string_view cause,
    std::initializer_list<Value> operands = {}
);

/// The same for an operation; gives what its dialect wants.
Value fail(
    const Code& code,
    Frame& frame,
    std::string_view cause,
    std::initializer_list<Value> operands = {}
);

/// Marks the evaluation as over a limit; gives null.
Value exceed(Evaluation& evaluation, const Site& site, const char* limit);

/// Fails over whichever limit `charge` or `charge_memory` has found.
Value exceed_steps(Evaluation& evaluation, const Site& site);
Value exceed_memory(Evaluation& evaluation, const Site& site);

/// Counts `steps`; false once the evaluation has gone over a limit.
inline bool charge(Evaluation& evaluation, std::uint64_t steps) {
    evaluation.steps += steps;
    return evaluation.steps <= evaluation.limits.steps_max && evaluation.exceeded == nullptr;
}

/// Counts bytes of text or lists about to be built.
inline bool charge_memory(Evaluation& evaluation, std::uint64_t bytes) {
    evaluation.memory_bytes += bytes;
    return evaluation.memory_bytes <= evaluation.limits.memory_bytes_max;
}

inline Site site_of(const Code& code, const Frame& frame) {
    return {frame.unit.text, code.offset, code.length};
}

/// Runs `compare(items_left)`, which looks at as many items as there are steps left, and counts
/// those; null, over the limit, if they do not suffice.
template <typename Compare>
Value count_items(Evaluation& evaluation, const Site& site, const Compare& compare) {
    const std::uint64_t steps_max = evaluation.limits.steps_max;
    const std::uint64_t before = evaluation.steps < steps_max ? steps_max - evaluation.steps : 0;
    std::uint64_t items_left = before + 1;
    const Value result = compare(items_left);
    evaluation.steps += before + 1 - items_left;
    return items_left == 0 ? exceed_steps(evaluation, site) : result;
}

// The operations that do not fit into one screen, by file.

// vm_binary.cc
Run run_for_binary(Code& code);

// vm_access.cc
/// `customer.address.city`: the entries that lead from a slot to a value, each with the place at
/// which contexts of the declared type have it.
struct SlotPath {
    struct Step {
        std::size_t place;
        std::string_view name;
    };
    Slot slot = 0;
    std::vector<Step> steps;
};
/// The path that an expression is, if it is nothing else.
std::optional<SlotPath> only_path(const Expression& expression);
Value run_path(const Code& code, Frame& frame);
Value run_index(const Code& code, Frame& frame);
Value run_filter(const Code& code, Frame& frame);
Value run_dynamic(const Code& code, Frame& frame);

// vm_loops.cc
Value run_for(const Code& code, Frame& frame);
Value run_quantified(const Code& code, Frame& frame);
/// Whether lists and contexts nest deeper than values may that a loop builds, each round on the one
/// before.
bool nests_too_deep(const Value& value, Evaluation& evaluation);
constexpr const char* kNestingLimit = "nesting of values (200)";
/// The whole numbers or days inside a range, as a loop over it meets them; null if it holds other
/// things, or more than a list may.
Value items_of(const RangeValue& range, Evaluation& evaluation);

// vm_calls.cc
Value run_call(const Code& code, Frame& frame);
Value run_call_by_name(const Code& code, Frame& frame);
Value run_call_builtin(const Code& code, Frame& frame);
Value run_closure(const Code& code, Frame& frame);
Value invoke_at(
    Evaluation& evaluation,
    const Site& site,
    const Value& function,
    std::span<const Value> arguments
);

// vm_tests.cc
Value run_in(const Code& code, Frame& frame);
Value run_tests(const Code& code, Frame& frame);
Value run_test(const Code& code, Frame& frame);

// vm_build.cc
Value run_list(const Code& code, Frame& frame);
Value run_context(const Code& code, Frame& frame);
Value run_range(const Code& code, Frame& frame);
Value make_range(
    Evaluation& evaluation,
    const Site& site,
    const RangeForm& form,
    const Value& start,
    const Value& end
);

/// A list that grows in an arena; views of its earlier states stay good.
class ListBuilder {
public:
    explicit ListBuilder(Arena& arena) : arena_(&arena) {}

    void add(const Value& item) {
        if (size_ == items_.size()) {
            grow();
        }
        items_[size_++] = item;
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::span<const Value> items() const { return items_.first(size_); }
    [[nodiscard]] Value list() const { return Value::list(items()); }

private:
    void grow() {
        const std::span<Value> larger =
            arena_->array<Value>(items_.empty() ? 8 : items_.size() * 2);
        std::copy(items_.begin(), items_.end(), larger.begin());
        items_ = larger;
    }

    Arena* arena_;
    std::span<Value> items_;
    std::size_t size_ = 0;
};

}  // namespace attune::feel
