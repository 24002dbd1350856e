#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "dmn/axis.h"
#include "dmn/table.h"

namespace attune::dmn {

using Row = std::uint32_t;

/// A table's rows as boxes in the space of its inputs: what a row accepts is a set of runs on each
/// column's axis. Conditions that must be evaluated accept nothing for certain, and maybe all.
class Boxes {
public:
    using Run = Axis::Run;

    /// Examples live in `arena`.
    Boxes(const Table& table, Arena& arena);

    [[nodiscard]] std::size_t row_count() const { return rows_; }
    [[nodiscard]] std::size_t column_count() const { return columns_.size(); }
    [[nodiscard]] const Axis& axis(std::size_t column) const { return columns_[column].axis; }
    /// Whether no condition of the column must be evaluated.
    [[nodiscard]] bool exact(std::size_t column) const { return columns_[column].exact; }

    enum class Reading : std::uint8_t { Certain, Maybe };

    [[nodiscard]] std::span<const Run> runs(std::size_t column, Row row, Reading reading) const {
        const Column& chosen = columns_[column];
        const Set& set = chosen.sets[chosen.set_of_row[row]];
        return reading == Reading::Maybe ? std::span<const Run>(set.maybe)
                                         : std::span<const Run>(set.certain);
    }

    /// Columns, those first that tell most rows apart.
    [[nodiscard]] const std::vector<std::size_t>& order() const { return order_; }

    [[nodiscard]] bool overlap(Row lhs, Row rhs, Reading reading) const;

    /// Calls `visit(lower, higher)` once for each two rows that overlap, maybe. False if it was
    /// given up, when `visit` said so or after `steps_max` pairs had been looked at.
    [[nodiscard]] bool for_each_pair(
        std::uint64_t steps_max, const std::function<bool(Row, Row)>& visit
    ) const;

private:
    struct Set {
        std::vector<Run> certain;
        std::vector<Run> maybe;
    };

    struct Column {
        Axis axis;
        std::vector<Set> sets;
        std::vector<std::uint32_t> set_of_row;
        bool exact = true;
        double share = 0;  ///< Of the axis, that a row accepts on average.
    };

    static Column make_column(const Table& table, std::size_t column, Arena& arena);
    [[nodiscard]] bool may_overlap(Row lhs, Row rhs) const;

    friend class PairSearch;

    std::size_t rows_;
    std::vector<Column> columns_;
    std::vector<std::size_t> order_;
    std::vector<Run> hulls_;    ///< By row, then in `order_`: from the first atom to the last.
    std::vector<bool> simple_;  ///< By row: whether its hulls are all there is.
};

/// Calls `visit` for what two ascending lists of runs have in common, until it gives false.
template <typename Visit>
void for_each_common(
    std::span<const Axis::Run> lhs, std::span<const Axis::Run> rhs, const Visit& visit
) {
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < lhs.size() && j < rhs.size()) {
        const Axis::Run both{std::max(lhs[i].from, rhs[j].from), std::min(lhs[i].to, rhs[j].to)};
        if (both.from < both.to && !visit(both)) {
            return;
        }
        (lhs[i].to < rhs[j].to ? i : j) += 1;
    }
}

/// Whether the two have an atom in common.
[[nodiscard]] bool touch(std::span<const Axis::Run> lhs, std::span<const Axis::Run> rhs);
/// Whether `outer` holds all of `inner`.
[[nodiscard]] bool within(std::span<const Axis::Run> inner, std::span<const Axis::Run> outer);
/// The first atom in both, which there is.
[[nodiscard]] std::uint32_t first_common(
    std::span<const Axis::Run> lhs, std::span<const Axis::Run> rhs
);

}  // namespace attune::dmn
