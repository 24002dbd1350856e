#include "dmn/boxes.h"

#include <algorithm>
#include <numeric>

#include "base/assert.h"

namespace attune::dmn {

namespace {

using Run = Axis::Run;

/// So few pairs are looked at one by one.
constexpr std::uint64_t kPairsMin = 1'024;
/// A split that leaves more of the pairs than this share is none.
constexpr double kSplitMin = 0.9;

Run hull_of(std::span<const Run> runs) {
    return runs.empty() ? Run{} : Run{runs.front().from, runs.back().to};
}

}  // namespace

bool touch(std::span<const Run> lhs, std::span<const Run> rhs) {
    bool found = false;
    for_each_common(lhs, rhs, [&](const Run&) {
        found = true;
        return false;
    });
    return found;
}

bool within(std::span<const Run> inner, std::span<const Run> outer) {
    std::size_t at = 0;
    return std::all_of(inner.begin(), inner.end(), [&](const Run& each) {
        while (at < outer.size() && outer[at].to < each.to) {
            ++at;
        }
        return at < outer.size() && outer[at].from <= each.from;
    });
}

std::uint32_t first_common(std::span<const Run> lhs, std::span<const Run> rhs) {
    std::optional<std::uint32_t> atom;
    for_each_common(lhs, rhs, [&](const Run& both) {
        atom = both.from;
        return false;
    });
    ATTUNE_ASSERT(atom.has_value());
    return *atom;
}

Boxes::Column Boxes::make_column(const Table& table, std::size_t column, Arena& arena) {
    const Table* const tables = &table;
    Column result{Axis({&tables, 1}, {&column, 1}, arena), {}, {}, true, 0};
    const std::vector<const Condition*> distinct = distinct_conditions({&tables, 1}, {&column, 1});
    std::vector<double> shares;
    for (const Condition* const each : distinct) {
        std::optional<std::vector<Run>> runs = result.axis.runs(*each);
        result.exact = result.exact && runs.has_value();
        const Run all{0, static_cast<std::uint32_t>(result.axis.size())};
        Set set{runs.value_or(std::vector<Run>()), runs ? *runs : std::vector<Run>{all}};
        double atoms = 0;
        for (const Run& run : set.maybe) {
            atoms += run.to - run.from;
        }
        shares.push_back(atoms / static_cast<double>(result.axis.size()));
        result.sets.push_back(std::move(set));
    }
    for (std::size_t row = 0; row < table.row_count(); ++row) {
        const auto at =
            std::lower_bound(distinct.begin(), distinct.end(), &table.condition(column, row));
        const auto number = static_cast<std::uint32_t>(at - distinct.begin());
        result.set_of_row.push_back(number);
        result.share += shares[number];
    }
    return result;
}

Boxes::Boxes(const Table& table, Arena& arena) : rows_(table.row_count()), simple_(rows_, true) {
    for (std::size_t column = 0; column < table.column_count(); ++column) {
        columns_.push_back(make_column(table, column, arena));
    }
    order_.resize(columns_.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::stable_sort(order_.begin(), order_.end(), [&](std::size_t lhs, std::size_t rhs) {
        return columns_[lhs].share < columns_[rhs].share;
    });
    hulls_.reserve(rows_ * columns_.size());
    for (Row row = 0; row < rows_; ++row) {
        for (const std::size_t column : order_) {
            const std::span<const Run> mine = runs(column, row, Reading::Maybe);
            hulls_.push_back(hull_of(mine));
            simple_[row] = simple_[row] && mine.size() <= 1;
        }
    }
}

bool Boxes::overlap(Row lhs, Row rhs, Reading reading) const {
    return std::all_of(order_.begin(), order_.end(), [&](std::size_t column) {
        return touch(runs(column, lhs, reading), runs(column, rhs, reading));
    });
}

bool Boxes::may_overlap(Row lhs, Row rhs) const {
    const std::size_t width = columns_.size();
    const Run* const mine = hulls_.data() + lhs * width;
    const Run* const other = hulls_.data() + rhs * width;
    for (std::size_t at = 0; at < width; ++at) {
        if (mine[at].to <= other[at].from || other[at].to <= mine[at].from) {
            return false;
        }
    }
    return (simple_[lhs] && simple_[rhs]) || overlap(lhs, rhs, Reading::Maybe);
}

/// Joins rows with rows by dividing: along a column, those left of a point do not meet those right
/// of it, and those across it are joined with all. Each pair is in one of the parts.
class PairSearch {
public:
    PairSearch(
        const Boxes& boxes, std::uint64_t steps_max, const std::function<bool(Row, Row)>& visit
    )
        : boxes_(boxes), steps_left_(steps_max), visit_(visit) {}

    /// Pairs of one of `lhs` and one of `rhs`, the first of which has the lower number; false if it
    /// was given up.
    bool join(const std::vector<Row>& lhs, const std::vector<Row>& rhs) {
        const std::uint64_t pairs = std::uint64_t{lhs.size()} * rhs.size();
        if (pairs == 0) {
            return true;
        }
        std::optional<Split> split;
        if (pairs > kPairsMin) {
            split = best_split(lhs, rhs);
        }
        if (!split) {
            return take(pairs) && one_by_one(lhs, rhs);
        }
        Sides mine = divided(lhs, *split);
        Sides other = divided(rhs, *split);
        if (!join(mine.across, rhs)) {
            return false;
        }
        other.left.insert(other.left.end(), other.across.begin(), other.across.end());
        if (!join(mine.left, other.left)) {
            return false;
        }
        other.right.insert(other.right.end(), other.across.begin(), other.across.end());
        return join(mine.right, other.right);
    }

private:
    struct Split {
        std::size_t at = 0;  ///< In the order of the boxes' columns.
        std::uint32_t atom = 0;
    };

    struct Sides {
        std::vector<Row> left;
        std::vector<Row> right;
        std::vector<Row> across;
    };

    [[nodiscard]] const Run& hull(Row row, std::size_t at) const {
        return boxes_.hulls_[row * boxes_.column_count() + at];
    }

    bool take(std::uint64_t steps) {
        const bool enough = steps <= steps_left_;
        steps_left_ -= enough ? steps : steps_left_;
        return enough;
    }

    bool one_by_one(const std::vector<Row>& lhs, const std::vector<Row>& rhs) {
        for (const Row mine : lhs) {
            for (const Row other : rhs) {
                if (mine < other && boxes_.may_overlap(mine, other) && !visit_(mine, other)) {
                    return false;
                }
            }
        }
        return true;
    }

    /// In the middle of where the boxes begin, along the column that leaves the fewest pairs.
    std::optional<Split> best_split(const std::vector<Row>& lhs, const std::vector<Row>& rhs) {
        std::optional<Split> best;
        double least =
            kSplitMin * static_cast<double>(lhs.size()) * static_cast<double>(rhs.size());
        for (std::size_t at = 0; at < boxes_.column_count(); ++at) {
            begins_.clear();
            for (const Row row : lhs) {
                begins_.push_back(hull(row, at).from);
            }
            const std::optional<std::uint32_t> atom = middle_of(begins_);
            if (!atom) {
                continue;
            }
            const Split split{at, *atom};
            const Counts mine = count(lhs, split);
            const Counts other = count(rhs, split);
            const double pairs = mine.left * (other.left + other.across) +
                                 mine.right * (other.right + other.across) +
                                 mine.across * static_cast<double>(rhs.size());
            if (pairs < least) {
                least = pairs;
                best = split;
            }
        }
        return best;
    }

    /// The median, or the next above if that is the least; nothing if all are the same.
    static std::optional<std::uint32_t> middle_of(std::vector<std::uint32_t>& begins) {
        const auto middle = begins.begin() + static_cast<std::ptrdiff_t>(begins.size() / 2);
        std::nth_element(begins.begin(), middle, begins.end());
        const std::uint32_t median = *middle;
        if (*std::min_element(begins.begin(), middle + 1) < median) {
            return median;
        }
        std::optional<std::uint32_t> next;
        for (const std::uint32_t each : begins) {
            next = each > median && (!next || each < *next) ? each : next;
        }
        return next;
    }

    struct Counts {
        double left = 0;
        double right = 0;
        double across = 0;
    };

    [[nodiscard]] Counts count(const std::vector<Row>& rows, const Split& split) const {
        Counts counts;
        for (const Row row : rows) {
            const Run& mine = hull(row, split.at);
            (mine.to <= split.atom     ? counts.left
             : mine.from >= split.atom ? counts.right
                                       : counts.across) += 1;
        }
        return counts;
    }

    [[nodiscard]] Sides divided(const std::vector<Row>& rows, const Split& split) const {
        Sides sides;
        for (const Row row : rows) {
            const Run& mine = hull(row, split.at);
            (mine.to <= split.atom     ? sides.left
             : mine.from >= split.atom ? sides.right
                                       : sides.across)
                .push_back(row);
        }
        return sides;
    }

    const Boxes& boxes_;
    std::uint64_t steps_left_;
    const std::function<bool(Row, Row)>& visit_;
    std::vector<std::uint32_t> begins_;
};

bool Boxes::for_each_pair(std::uint64_t steps_max, const std::function<bool(Row, Row)>& visit)
    const {
    std::vector<Row> all(rows_);
    std::iota(all.begin(), all.end(), Row{0});
    return PairSearch(*this, steps_max, visit).join(all, all);
}

}  // namespace attune::dmn
