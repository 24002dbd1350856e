#include <algorithm>
#include <cstdlib>

#include "feel/temporal.h"
#include "feel/vm.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;

// As kNestingLimit says.
constexpr int kNestingMax = 200;
// Far beyond any loop that could end, and far from overflow.
constexpr std::int64_t kWholeMax = 1'000'000'000'000'000'000;

/// The values that a variable runs over, without making a list of them.
class Domain {
public:
    static Domain list(std::span<const Value> items) {
        Domain domain;
        domain.items_ = items;
        domain.size_ = items.size();
        return domain;
    }
    static Domain steps(Kind kind, std::int64_t first, std::int64_t last) {
        Domain domain;
        domain.kind_ = kind;
        domain.first_ = first;
        domain.down_ = last < first;
        domain.size_ =
            (domain.down_ ? static_cast<std::uint64_t>(first) - static_cast<std::uint64_t>(last)
                          : static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first)) +
            1;
        return domain;
    }

    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] Value at(std::uint64_t index) const {
        if (kind_ == Kind::List) {
            return items_[index];
        }
        const auto offset = static_cast<std::int64_t>(index);
        const std::int64_t value = down_ ? first_ - offset : first_ + offset;
        return kind_ == Kind::Date ? Value::date(Date{value}) : Value::integer(value);
    }

private:
    std::span<const Value> items_;
    Kind kind_ = Kind::List;
    std::int64_t first_ = 0;
    std::uint64_t size_ = 0;
    bool down_ = false;
};

std::optional<std::int64_t> whole(const Value& value) {
    if (value.is(Kind::Date)) {
        return value.as_date().days;
    }
    const std::optional<std::int64_t> number =
        value.is(Kind::Number) ? value.as_number().to_int64() : std::nullopt;
    return number && std::abs(*number) <= kWholeMax ? number : std::nullopt;
}

std::optional<Domain> between(const Value& start, const Value& end) {
    const std::optional<std::int64_t> first = whole(start);
    const std::optional<std::int64_t> last = whole(end);
    if (!first || !last || start.kind() != end.kind()) {
        return std::nullopt;
    }
    return Domain::steps(start.kind(), *first, *last);
}

/// A range as a value: whole numbers or days, without the ends that it does not include.
std::optional<Domain> inside(const RangeValue& range) {
    std::optional<std::int64_t> first = whole(range.start);
    std::optional<std::int64_t> last = whole(range.end);
    if (!first || !last || range.start.kind() != range.end.kind()) {
        return std::nullopt;
    }
    *first += range.start_included ? 0 : 1;
    *last -= range.end_included ? 0 : 1;
    return *first > *last ? Domain::list({}) : Domain::steps(range.start.kind(), *first, *last);
}

/// Runs the variables of a loop, the last one fastest, and calls `body` for each combination.
class LoopRun {
public:
    LoopRun(const Code& code, Frame& frame)
        : code_(code), loop_(*static_cast<const Loop*>(code.extra)), frame_(frame) {}

    /// False if the loop has failed or gone over a limit; then `failure()` is its value.
    template <typename Body>
    bool each(std::size_t variable, const Body& body) {
        if (variable == loop_.variables.size()) {
            return body();
        }
        const std::optional<Domain> domain = domain_of(loop_.variables[variable]);
        if (!domain) {
            return false;
        }
        for (std::uint64_t i = 0; i < domain->size(); ++i) {
            if (!charge(frame_.evaluation, 1)) {
                failure_ = exceed_steps(frame_.evaluation, site_of(code_, frame_));
                return false;
            }
            frame_.locals[loop_.variables[variable].local] = domain->at(i);
            if (!each(variable + 1, body)) {
                return false;
            }
        }
        return true;
    }

    [[nodiscard]] const Loop& loop() const { return loop_; }
    [[nodiscard]] Value failure() const { return failure_; }

private:
    std::optional<Domain> domain_of(const Loop::Variable& variable) {
        const Value source = operand(*variable.source, frame_);
        if (variable.end != nullptr) {
            const Value end = operand(*variable.end, frame_);
            std::optional<Domain> domain = between(source, end);
            if (!domain) {
                failure_ = fail(
                    code_, frame_, "a loop runs between whole numbers or dates", {source, end}
                );
            }
            return domain;
        }
        if (source.is(Kind::List)) {
            return Domain::list(source.as_list());
        }
        if (source.is(Kind::Range)) {
            std::optional<Domain> domain = inside(source.as_range());
            if (!domain) {
                failure_ = fail(
                    code_, frame_, "a loop runs over ranges of whole numbers or dates", {source}
                );
            }
            return domain;
        }
        if (source.null()) {
            failure_ = fail(code_, frame_, "a loop cannot run over null");
            return std::nullopt;
        }
        return Domain::list({frame_.evaluation.arena.copy(source), 1});
    }

    const Code& code_;
    const Loop& loop_;
    Frame& frame_;
    Value failure_;
};

/// Whether lists and contexts nest deeper than `left` levels inside `value`. Each item looked at is
/// a step: values that share their parts have far more items than they take memory. False once the
/// steps are used up.
bool nests_deeper(const Value& value, int left, Evaluation& evaluation) {
    if (evaluation.steps > evaluation.limits.steps_max) {
        return false;
    }
    ++evaluation.steps;
    if (value.is(Kind::List)) {
        const std::span<const Value> items = value.as_list();
        return left == 0 || std::any_of(items.begin(), items.end(), [&](const Value& item) {
                   return nests_deeper(item, left - 1, evaluation);
               });
    }
    if (value.is(Kind::Context)) {
        const std::span<const Entry> entries = value.as_context();
        return left == 0 || std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) {
                   return nests_deeper(entry.value, left - 1, evaluation);
               });
    }
    return false;
}

}  // namespace

bool nests_too_deep(const Value& value, Evaluation& evaluation) {
    return nests_deeper(value, kNestingMax, evaluation);
}

Value run_for(const Code& code, Frame& frame) {
    Evaluation& evaluation = frame.evaluation;
    LoopRun run(code, frame);
    ListBuilder results(evaluation.arena);
    const std::int64_t partial = run.loop().partial_local;
    const bool finished = run.each(0, [&] {
        if (results.size() >= evaluation.limits.list_length_max) {
            exceed(evaluation, site_of(code, frame), "list_length_max");
            return false;
        }
        if (!charge_memory(evaluation, 2 * sizeof(Value))) {
            exceed_memory(evaluation, site_of(code, frame));
            return false;
        }
        if (partial >= 0) {
            frame.locals[partial] = results.list();
        }
        const Value result = operand(*code.a, frame);
        if (partial >= 0 && nests_too_deep(result, evaluation)) {
            exceed(evaluation, site_of(code, frame), kNestingLimit);
            return false;
        }
        results.add(result);
        return true;
    });
    return finished ? results.list() : run.failure();
}

Value run_quantified(const Code& code, Frame& frame) {
    const bool some = code.op == Op::Some;
    LoopRun run(code, frame);
    bool unknown = false;
    bool decided = false;
    Value wrong;
    const bool finished = run.each(0, [&] {
        const Value verdict = operand(*code.a, frame);
        if (some ? verdict.is_true() : verdict.is_false()) {
            decided = true;
            return false;
        }
        if (!verdict.is(Kind::Boolean)) {
            unknown = true;
            wrong = verdict;
        }
        return true;
    });
    if (decided) {
        return Value::boolean(some);
    }
    if (!finished) {
        return run.failure();
    }
    if (unknown) {
        return wrong.null() ? Value() : fail(code, frame, "\"satisfies\" needs a boolean", {wrong});
    }
    return Value::boolean(!some);
}

Value items_of(const RangeValue& range, Evaluation& evaluation) {
    const std::optional<Domain> domain = inside(range);
    if (!domain || domain->size() > evaluation.limits.list_length_max) {
        return {};
    }
    const std::span<Value> items = evaluation.arena.array<Value>(domain->size());
    for (std::size_t at = 0; at < items.size(); ++at) {
        items[at] = domain->at(at);
    }
    return Value::list(items);
}

}  // namespace attune::feel
