#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dmn/column_index.h"
#include "dmn/compile_context.h"
#include "dmn/condition.h"
#include "dmn/explanation.h"
#include "dmn/item_type.h"
#include "dmn/model.h"
#include "feel/evaluation.h"

namespace attune::dmn {

/// A decision table, compiled and indexed: immutable, safe to evaluate from many threads. In the
/// steady state evaluating allocates nothing but arena memory.
class Table {
public:
    /// Compiles `source` against `scope`; what is wrong goes to `context.diagnostics`, and cells
    /// that are not FEEL never match. `result_type` is what the table's value will be taken for;
    /// its allowed values order the outputs of P and O where the table does not.
    [[nodiscard]] static std::unique_ptr<const Table> compile(
        const DecisionTable& source,
        CompileContext& context,
        const feel::Scope& scope,
        const TypePtr& result_type = any_type()
    );

    /// The table's answer (DMN 1.5, 8.2.8 to 8.2.11 and 10.3.2.10); null with a warning where the
    /// hit policy is violated.
    [[nodiscard]] Value evaluate(
        feel::Evaluation& evaluation,
        std::span<const Value> slots,
        Explanation* explanation = nullptr
    ) const;

    /// The first column whose condition refuses `row`; nothing if none does.
    [[nodiscard]] std::optional<std::size_t> refused_by(
        const TableTrace& trace, std::size_t row, feel::Evaluation& evaluation
    ) const;

    [[nodiscard]] std::string_view element() const { return element_; }
    [[nodiscard]] std::size_t row_count() const { return row_count_; }
    [[nodiscard]] std::size_t column_count() const { return columns_.size(); }
    /// The label of an input column, or its expression.
    [[nodiscard]] std::string_view column_name(std::size_t column) const {
        return columns_[column].name;
    }
    /// The text of a cell.
    [[nodiscard]] std::string_view condition_text(std::size_t column, std::size_t row) const {
        return columns_[column].texts[columns_[column].condition_of_row[row]];
    }
    [[nodiscard]] std::string_view rule_id(std::size_t row) const { return rule_ids_[row]; }
    /// The row's annotations or description, for people; may be empty.
    [[nodiscard]] std::string_view annotation(std::size_t row) const {
        return annotations_.empty() ? std::string_view{} : annotations_[row];
    }
    [[nodiscard]] feel::Type result_type() const;
    [[nodiscard]] HitPolicy hit_policy() const { return hit_policy_; }
    [[nodiscard]] Aggregation aggregation() const { return aggregation_; }
    [[nodiscard]] const feel::Type& column_type(std::size_t column) const {
        return columns_[column].known_type;
    }
    /// The expression of an input column; empty where it is no FEEL.
    [[nodiscard]] std::string_view column_expression(std::size_t column) const {
        return columns_[column].input ? columns_[column].input->text() : std::string_view{};
    }
    [[nodiscard]] const Condition& condition(std::size_t column, std::size_t row) const {
        return columns_[column].conditions[columns_[column].condition_of_row[row]];
    }
    /// The input values of a column, or the allowed values of its type; null if there are none, or
    /// if they are no constants.
    [[nodiscard]] const feel::SimpleTests* column_values(std::size_t column) const;
    [[nodiscard]] bool has_default() const;
    /// The outputs of a row, one for each output column; nothing if any has to be evaluated.
    [[nodiscard]] std::optional<std::vector<Value>> constant_outputs(std::size_t row) const;
    /// The rows in the order in which F (table order) and P (output values) prefer them; empty if
    /// that depends on outputs that have to be evaluated.
    [[nodiscard]] std::vector<std::uint32_t> preference() const;
    /// The table's answer to inputs given directly, one for each column.
    [[nodiscard]] Value evaluate_inputs(
        std::span<const Value> inputs, feel::Evaluation& evaluation, Explanation* explanation
    ) const;
    /// Whether every answer, other than null, is known to be one of `type` as it stands.
    [[nodiscard]] bool gives_only(const ItemType& type) const;
    /// Memory held for the index, in bytes.
    [[nodiscard]] std::size_t index_bytes() const;

private:
    struct Column {
        std::string name;
        std::optional<feel::Expression> input;
        std::optional<feel::Slot> slot;  ///< What the expression reads, if it does nothing else.
        TypePtr type;
        feel::Type known_type;  ///< Declared, or what the expression gives.
        std::vector<Condition> conditions;
        std::vector<std::string> texts;
        std::vector<std::uint32_t> condition_of_row;
        std::optional<ColumnIndex> index;
        std::string values_text;  ///< Of the input values, if there are any.
    };

    struct Output {
        std::optional<feel::Expression> expression;  ///< Nothing: `constant` is the value.
        Value constant;
    };

    struct OutputColumn {
        std::string name;
        TypePtr type;
        std::vector<Output> outputs;
        std::vector<std::uint32_t> output_of_row;
        std::optional<Output> default_value;
        std::optional<feel::SimpleTests> values;  ///< In order of priority.
        /// Ranks of the outputs by `values`, if all outputs are constants.
        std::vector<std::uint32_t> ranks;
    };

    friend class TableCompiler;

    Table() = default;

    template <typename Input>
    [[nodiscard]] Value answer(
        feel::Evaluation& evaluation,
        std::span<const Value> slots,
        Explanation* explanation,
        const Input& input
    ) const;
    [[nodiscard]] std::span<const std::uint32_t> match_word(
        const TableTrace& trace, feel::Evaluation& evaluation, bool residual
    ) const;
    [[nodiscard]] std::span<const std::uint32_t> match_words(
        const TableTrace& trace, feel::Evaluation& evaluation, bool residual
    ) const;
    [[nodiscard]] Value input_of(
        const Column& column, feel::Evaluation& evaluation, std::span<const Value> slots
    ) const;
    void warn_of_input(const Column& column, Value value, feel::Evaluation& evaluation) const;
    [[nodiscard]] std::span<const std::uint32_t> hits(
        feel::Evaluation& evaluation,
        const TableTrace& trace,
        std::span<const Word> matched,
        bool residual
    ) const;
    [[nodiscard]] bool passes_residual(
        std::size_t row, const TableTrace& trace, feel::Evaluation& evaluation
    ) const;
    void warn_of_values(const TableTrace& trace, feel::Evaluation& evaluation) const;

    [[nodiscard]] Value decide(feel::Evaluation& evaluation, const TableTrace& trace) const;
    [[nodiscard]] Value output(
        const OutputColumn& column,
        const Output& chosen,
        feel::Evaluation& evaluation,
        std::span<const Value> slots
    ) const;
    [[nodiscard]] Value row_result(
        std::size_t row, feel::Evaluation& evaluation, std::span<const Value> slots
    ) const;
    template <typename Choose>
    [[nodiscard]] Value assemble(
        feel::Evaluation& evaluation, std::span<const Value> slots, const Choose& choose
    ) const;
    [[nodiscard]] Value default_result(feel::Evaluation& evaluation, std::span<const Value> slots)
        const;
    [[nodiscard]] Value unique(feel::Evaluation& evaluation, const TableTrace& trace) const;
    [[nodiscard]] Value any(feel::Evaluation& evaluation, const TableTrace& trace) const;
    [[nodiscard]] Value collect(feel::Evaluation& evaluation, const TableTrace& trace) const;
    [[nodiscard]] Value by_priority(feel::Evaluation& evaluation, const TableTrace& trace, bool all)
        const;
    [[nodiscard]] std::uint32_t rank(
        std::size_t row,
        std::size_t column,
        feel::Evaluation& evaluation,
        std::span<const Value> slots
    ) const;
    [[nodiscard]] static std::string name_rows(std::span<const std::uint32_t> rows);

    std::string element_;
    HitPolicy hit_policy_ = HitPolicy::Unique;
    Aggregation aggregation_ = Aggregation::None;
    std::size_t row_count_ = 0;
    std::size_t words_ = 0;
    std::vector<Column> columns_;
    std::vector<OutputColumn> outputs_;
    std::vector<std::string> rule_ids_;
    std::vector<std::string> annotations_;
    /// All rows, and one bit more behind them, which stands for "the inputs are among the input
    /// values": each column's index has a row for it.
    std::vector<Word> all_rows_;
    bool checks_values_ = false;
    Value aggregate_;  ///< The built-in function that aggregates.
    Arena constants_{1024};
};

/// The position of the first test that `value` passes, or the number of tests.
[[nodiscard]] std::uint32_t rank_of(const feel::SimpleTests& values, Value value);

}  // namespace attune::dmn
