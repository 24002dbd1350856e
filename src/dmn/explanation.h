#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "dmn/column_index.h"
#include "value/value.h"

namespace attune::dmn {

class Table;

/// What one evaluation of a table leaves behind: enough to say later, for every row, whether it
/// matched or which column refused it. Lives in the evaluation's arena.
struct TableTrace {
    const Table* table = nullptr;
    const TableTrace* next = nullptr;
    const Value* inputs = nullptr;        ///< By column.
    const Word* const* rows = nullptr;    ///< By column: the rows not refused; null: all.
    std::span<const std::uint32_t> hits;  ///< Rows that matched, in table order, from 0.
    std::span<const Value> slots;
    Value result;
};

/// The value that a decision was found to have.
struct DecisionTrace {
    std::string_view name;
    const DecisionTrace* next = nullptr;
    Value value;
};

/// Collects how answers came about, in the order in which they did. Costs a few pointers an
/// evaluation; valid until the arena of the evaluation is reset.
class Explanation {
public:
    /// Each trace lives in the arena of the evaluation, and is added once.
    void add(TableTrace& trace) { append(trace, tables_, last_table_); }
    void add(DecisionTrace& trace) { append(trace, decisions_, last_decision_); }
    void clear() { *this = Explanation(); }

    /// The first of each; follow `next`.
    [[nodiscard]] const TableTrace* tables() const { return tables_; }
    [[nodiscard]] const DecisionTrace* decisions() const { return decisions_; }

private:
    template <typename Trace>
    static void append(Trace& trace, const Trace*& first, Trace*& last) {
        (last == nullptr ? first : last->next) = &trace;
        last = &trace;
    }

    const TableTrace* tables_ = nullptr;
    TableTrace* last_table_ = nullptr;
    const DecisionTrace* decisions_ = nullptr;
    DecisionTrace* last_decision_ = nullptr;
};

}  // namespace attune::dmn
