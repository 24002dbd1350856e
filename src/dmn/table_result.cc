#include <algorithm>

#include <fmt/format.h>

#include "dmn/table.h"
#include "feel/equality.h"
#include "feel/function.h"
#include "feel/small_numbers.h"
#include "feel/text.h"
#include "feel/vm.h"

namespace attune::dmn {

std::uint32_t rank_of(const feel::SimpleTests& values, Value value) {
    feel::SimpleTests one;
    one.tests.resize(1);
    for (std::size_t at = 0; at < values.tests.size(); ++at) {
        one.tests[0] = values.tests[at];
        if (outcome(one, value).is_true()) {
            return static_cast<std::uint32_t>(at);
        }
    }
    return static_cast<std::uint32_t>(values.tests.size());
}

namespace {

/// The sum as the built-in gives it, where all numbers and sums are small; else null.
Value plain_sum(std::span<const Value> numbers) {
    Value total = Value::integer(0);
    for (const Value& each : numbers) {
        if (!feel::small_numbers(total, each)) {
            return {};
        }
        total = feel::small_sum(total, each);
    }
    return total;
}

}  // namespace

Value Table::decide(feel::Evaluation& evaluation, const TableTrace& trace) const {
    if (trace.hits.empty()) {
        return default_result(evaluation, trace.slots);
    }
    switch (hit_policy_) {
    case HitPolicy::Unique:
        return unique(evaluation, trace);
    case HitPolicy::Any:
        return any(evaluation, trace);
    case HitPolicy::First:
        return row_result(trace.hits[0], evaluation, trace.slots);
    case HitPolicy::Priority:
        return by_priority(evaluation, trace, false);
    case HitPolicy::OutputOrder:
        return by_priority(evaluation, trace, true);
    case HitPolicy::RuleOrder:
    case HitPolicy::Collect:
        break;
    }
    return collect(evaluation, trace);
}

Value Table::output(
    const OutputColumn& column,
    const Output& chosen,
    feel::Evaluation& evaluation,
    std::span<const Value> slots
) const {
    if (!chosen.expression) {
        return chosen.constant;
    }
    const Value value = chosen.expression->evaluate(evaluation, slots);
    const std::optional<Value> converted = column.type->convert(value, evaluation);
    if (!converted) {
        warn(
            evaluation,
            element_,
            fmt::format(
                "output {} is {}, which is no {}; taken as null",
                column.name,
                feel::to_literal(value),
                column.type->name
            )
        );
        return {};
    }
    return *converted;
}

template <typename Choose>
Value Table::assemble(
    feel::Evaluation& evaluation, std::span<const Value> slots, const Choose& choose
) const {
    if (outputs_.size() == 1) {
        return output(outputs_[0], choose(outputs_[0]), evaluation, slots);
    }
    const std::span<Entry> entries = evaluation.arena.array<Entry>(outputs_.size());
    for (std::size_t at = 0; at < outputs_.size(); ++at) {
        const OutputColumn& column = outputs_[at];
        entries[at] = {column.name, output(column, choose(column), evaluation, slots)};
    }
    return Value::context(entries);
}

Value Table::row_result(std::size_t row, feel::Evaluation& evaluation, std::span<const Value> slots)
    const {
    if (outputs_.size() == 1) {
        const OutputColumn& column = outputs_[0];
        const Output& chosen = column.outputs[column.output_of_row[row]];
        return chosen.expression ? output(column, chosen, evaluation, slots) : chosen.constant;
    }
    return assemble(evaluation, slots, [row](const OutputColumn& column) -> const Output& {
        return column.outputs[column.output_of_row[row]];
    });
}

Value Table::default_result(feel::Evaluation& evaluation, std::span<const Value> slots) const {
    static const Output nothing;
    const bool given = std::any_of(outputs_.begin(), outputs_.end(), [](const OutputColumn& each) {
        return each.default_value.has_value();
    });
    if (!given) {
        return aggregation_ == Aggregation::Count ? Value::integer(0) : Value();
    }
    return assemble(evaluation, slots, [](const OutputColumn& column) -> const Output& {
        return column.default_value ? *column.default_value : nothing;
    });
}

Value Table::unique(feel::Evaluation& evaluation, const TableTrace& trace) const {
    if (trace.hits.size() > 1) {
        warn(
            evaluation,
            element_,
            fmt::format(
                "hit policy UNIQUE allows one row to match, but rows {} do", name_rows(trace.hits)
            )
        );
        return {};
    }
    return row_result(trace.hits[0], evaluation, trace.slots);
}

Value Table::any(feel::Evaluation& evaluation, const TableTrace& trace) const {
    const Value result = row_result(trace.hits[0], evaluation, trace.slots);
    for (const std::uint32_t row : trace.hits.subspan(1)) {
        const Value other = row_result(row, evaluation, trace.slots);
        const auto compare = [&](std::uint64_t& items_left) {
            return feel::equal(result, other, items_left);
        };
        if (!feel::count_items(evaluation, {}, compare).is_true()) {
            warn(
                evaluation,
                element_,
                fmt::format(
                    "hit policy ANY allows rows to match only with equal outputs, but rows {} do "
                    "with {} and {}",
                    name_rows(trace.hits),
                    feel::to_literal(result),
                    feel::to_literal(other)
                )
            );
            return {};
        }
    }
    return result;
}

Value Table::collect(feel::Evaluation& evaluation, const TableTrace& trace) const {
    const std::span<Value> results = evaluation.arena.array<Value>(trace.hits.size());
    for (std::size_t at = 0; at < results.size(); ++at) {
        results[at] = row_result(trace.hits[at], evaluation, trace.slots);
    }
    const Value list = Value::list(results);
    if (aggregation_ == Aggregation::None) {
        return list;
    }
    if (aggregation_ == Aggregation::Sum) {
        if (const Value total = plain_sum(results); !total.null()) {
            return total;
        }
    }
    return feel::invoke(evaluation, aggregate_, std::span(&list, 1));
}

std::uint32_t Table::rank(
    std::size_t row, std::size_t column, feel::Evaluation& evaluation, std::span<const Value> slots
) const {
    const OutputColumn& output_column = outputs_[column];
    if (!output_column.values) {
        return 0;
    }
    const std::uint32_t chosen = output_column.output_of_row[row];
    if (!output_column.ranks.empty()) {
        return output_column.ranks[chosen];
    }
    return rank_of(
        *output_column.values,
        output(output_column, output_column.outputs[chosen], evaluation, slots)
    );
}

/// Rows in the order of their outputs' ranks, left output first; equal ones in table order.
Value Table::by_priority(feel::Evaluation& evaluation, const TableTrace& trace, bool all) const {
    const std::size_t count = trace.hits.size();
    const std::size_t width = outputs_.size();
    const std::span<std::uint32_t> ranks = evaluation.arena.array<std::uint32_t>(count * width);
    for (std::size_t at = 0; at < count * width; ++at) {
        ranks[at] = rank(trace.hits[at / width], at % width, evaluation, trace.slots);
    }
    const auto before = [&](std::uint32_t lhs, std::uint32_t rhs) {
        const auto mine = ranks.subspan(lhs * width, width);
        const auto others = ranks.subspan(rhs * width, width);
        return std::lexicographical_compare(mine.begin(), mine.end(), others.begin(), others.end());
    };
    const std::span<std::uint32_t> order = evaluation.arena.array<std::uint32_t>(count);
    for (std::size_t at = 0; at < count; ++at) {
        order[at] = static_cast<std::uint32_t>(at);
    }
    if (!all) {
        const auto best = std::min_element(order.begin(), order.end(), before);
        return row_result(trace.hits[*best], evaluation, trace.slots);
    }
    // With the row number as the last key there are no ties: std::sort, unlike std::stable_sort,
    // needs no memory.
    std::sort(order.begin(), order.end(), [&](std::uint32_t lhs, std::uint32_t rhs) {
        return before(lhs, rhs) || (!before(rhs, lhs) && lhs < rhs);
    });
    const std::span<Value> results = evaluation.arena.array<Value>(count);
    for (std::size_t at = 0; at < count; ++at) {
        results[at] = row_result(trace.hits[order[at]], evaluation, trace.slots);
    }
    return Value::list(results);
}

std::string Table::name_rows(std::span<const std::uint32_t> rows) {
    std::string text;
    for (const std::uint32_t row : rows.first(std::min<std::size_t>(rows.size(), 10))) {
        text += fmt::format("{}{}", text.empty() ? "" : ", ", row + 1);
    }
    return rows.size() > 10 ? text + ", ..." : text;
}

}  // namespace attune::dmn
