#include <algorithm>
#include <vector>

#include "dmn/decision_model.h"
#include "dmn/table.h"

namespace attune::dmn {
namespace {

using feel::Evaluation;

Value context(std::initializer_list<Entry> entries, Arena& arena) {
    const std::span<Entry> kept = arena.array<Entry>(entries.size());
    std::copy(entries.begin(), entries.end(), kept.begin());
    return Value::context(kept);
}

Value list(const std::vector<Value>& items, Arena& arena) {
    const std::span<Value> kept = arena.array<Value>(items.size());
    std::copy(items.begin(), items.end(), kept.begin());
    return Value::list(kept);
}

Value row_number(std::size_t row) {
    return Value::integer(static_cast<std::int64_t>(row) + 1);
}

Value describe_inputs(const TableTrace& trace, Arena& arena) {
    const Table& table = *trace.table;
    std::vector<Value> inputs;
    for (std::size_t at = 0; at < table.column_count(); ++at) {
        inputs.push_back(context(
            {{"column", Value::string(table.column_name(at))}, {"value", trace.inputs[at]}}, arena
        ));
    }
    return list(inputs, arena);
}

Value describe_matched(const TableTrace& trace, Arena& arena) {
    const Table& table = *trace.table;
    std::vector<Value> matched;
    for (const std::uint32_t row : trace.hits) {
        matched.push_back(context(
            {{"row", row_number(row)},
             {"id", Value::string(table.rule_id(row))},
             {"annotation", Value::string(table.annotation(row))}},
            arena
        ));
    }
    return list(matched, arena);
}

Value describe_refused(const TableTrace& trace, Evaluation& evaluation, std::size_t refused_max) {
    const Table& table = *trace.table;
    std::vector<Value> refused;
    for (std::size_t row = 0; row < table.row_count() && refused.size() < refused_max; ++row) {
        const std::optional<std::size_t> column = table.refused_by(trace, row, evaluation);
        if (!column) {
            continue;
        }
        refused.push_back(context(
            {{"row", row_number(row)},
             {"column", Value::string(table.column_name(*column))},
             {"condition", Value::string(table.condition_text(*column, row))},
             {"input", trace.inputs[*column]}},
            evaluation.arena
        ));
    }
    return list(refused, evaluation.arena);
}

}  // namespace

Value describe(const Explanation& explanation, Evaluation& evaluation, std::size_t refused_max) {
    std::vector<Value> tables;
    for (const TableTrace* trace = explanation.tables(); trace != nullptr; trace = trace->next) {
        tables.push_back(context(
            {{"element", Value::string(trace->table->element())},
             {"inputs", describe_inputs(*trace, evaluation.arena)},
             {"matched", describe_matched(*trace, evaluation.arena)},
             {"refused", describe_refused(*trace, evaluation, refused_max)},
             {"result", trace->result}},
            evaluation.arena
        ));
    }
    return list(tables, evaluation.arena);
}

}  // namespace attune::dmn
