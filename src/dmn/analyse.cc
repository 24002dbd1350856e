#include "dmn/analyse.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "dmn/boxes.h"
#include "dmn/hole_search.h"
#include "feel/equality.h"
#include "feel/text.h"

namespace attune::dmn {
namespace {

using Reading = Boxes::Reading;

/// What rows put out, told apart quickly.
class Outputs {
public:
    explicit Outputs(const Table& table) {
        std::unordered_map<std::string, std::uint32_t> numbers;
        for (std::size_t row = 0; row < table.row_count(); ++row) {
            std::optional<std::vector<Value>> outputs = table.constant_outputs(row);
            std::string text;
            for (const Value& each : outputs.value_or(std::vector<Value>())) {
                text += feel::to_literal(each) + '\n';
            }
            const auto number = static_cast<std::uint32_t>(numbers.size());
            numbers_.push_back(numbers.try_emplace(std::move(text), number).first->second);
            outputs_.push_back(std::move(outputs));
        }
    }

    /// Whether all outputs of a row are constants.
    [[nodiscard]] bool known(Row row) const { return outputs_[row].has_value(); }

    /// Whether two rows certainly put out the same.
    [[nodiscard]] bool same(Row lhs, Row rhs) const {
        if (!known(lhs) || !known(rhs)) {
            return false;
        }
        const auto equal = [](Value a, Value b) { return feel::equal(a, b).is_true(); };
        return numbers_[lhs] == numbers_[rhs] ||
               std::equal(
                   outputs_[lhs]->begin(), outputs_[lhs]->end(), outputs_[rhs]->begin(), equal
               );
    }

private:
    std::vector<std::optional<std::vector<Value>>> outputs_;
    std::vector<std::uint32_t> numbers_;  ///< Equal where the outputs are written alike.
};

class TableAnalysis {
public:
    TableAnalysis(const Table& table, const AnalysisLimits& limits)
        : table_(table), limits_(limits), boxes_(table, arena_) {}

    std::vector<Finding> run() {
        name_what_is_not_exact();
        find_impossible();
        const HitPolicy policy = table_.hit_policy();
        const bool lists = policy == HitPolicy::Collect || policy == HitPolicy::RuleOrder ||
                           policy == HitPolicy::OutputOrder;
        if (!table_.has_default() && !lists) {  // A list of nothing is an answer.
            find_gaps();
        }
        if (policy == HitPolicy::Unique || policy == HitPolicy::Any) {
            find_conflicts();
        }
        if (policy != HitPolicy::Unique && !lists && find_overlaps()) {
            if (policy != HitPolicy::Any) {
                find_unreachable();
            }
            if (policy != HitPolicy::Priority) {
                find_redundant();
            }
        }
        return std::move(findings_);
    }

private:
    void name_what_is_not_exact() {
        for (std::size_t column = 0; column < table_.column_count(); ++column) {
            if (!boxes_.exact(column)) {
                report(
                    Finding::Kind::NotExact,
                    {},
                    {},
                    fmt::format(
                        "column \"{}\" has conditions that must be evaluated; rows with them are "
                        "judged only where they make no difference",
                        table_.column_name(column)
                    )
                );
            }
        }
    }

    void report(
        Finding::Kind kind,
        std::vector<std::size_t> rows,
        std::vector<Finding::Example> inputs,
        std::string message
    ) {
        if (counts_[static_cast<std::size_t>(kind)]++ < limits_.findings_max) {
            findings_.push_back(
                {kind,
                 std::string(table_.element()),
                 std::move(rows),
                 std::move(inputs),
                 std::move(message)}
            );
        }
    }

    [[nodiscard]] bool enough(Finding::Kind kind) const {
        return counts_[static_cast<std::size_t>(kind)] >= limits_.findings_max;
    }

    void give_up(std::string_view what) {
        report(
            Finding::Kind::NotExact,
            {},
            {},
            fmt::format(
                "the search for {} was given up after {} steps: too many rows overlap in too many "
                "ways",
                what,
                limits_.steps_max
            )
        );
    }

    [[nodiscard]] std::vector<Finding::Example> example(const std::vector<std::uint32_t>& atoms
    ) const {
        std::vector<Finding::Example> result;
        for (std::size_t column = 0; column < atoms.size(); ++column) {
            result.push_back(
                {std::string(table_.column_name(column)),
                 feel::to_literal(boxes_.axis(column).example(atoms[column]))}
            );
        }
        return result;
    }

    // ---- rows that can never match ----

    void find_impossible() {
        impossible_.assign(table_.row_count(), false);
        for (Row row = 0; row < table_.row_count(); ++row) {
            for (std::size_t column = 0; column < table_.column_count(); ++column) {
                if (boxes_.runs(column, row, Reading::Maybe).empty()) {
                    impossible_[row] = true;
                    report(
                        Finding::Kind::Unreachable,
                        {row},
                        {},
                        fmt::format(
                            "row {} never matches: no value of \"{}\" meets {}",
                            row + 1,
                            table_.column_name(column),
                            table_.condition_text(column, row)
                        )
                    );
                    break;
                }
            }
        }
    }

    // ---- inputs that no row covers ----

    void find_gaps() {
        std::vector<Row> rows;
        for (Row row = 0; row < table_.row_count(); ++row) {
            rows.push_back(row);
        }
        HoleSearch search(boxes_, Reading::Maybe, limits_.steps_max);
        const bool all = search.find(rows, std::nullopt, [&](const HoleSearch::Region& gap) {
            const std::string where = describe(gap);
            report(
                Finding::Kind::Gap,
                {},
                example(first_of(gap)),
                where.empty() ? "no row matches" : "no row matches where " + where
            );
            return !enough(Finding::Kind::Gap);
        });
        if (!all && search.gave_up()) {
            give_up("gaps");
        }
    }

    [[nodiscard]] static std::vector<std::uint32_t> first_of(const HoleSearch::Region& region) {
        std::vector<std::uint32_t> atoms;
        for (const std::vector<Axis::Run>& runs : region) {
            atoms.push_back(runs.empty() ? 0 : runs.front().from);
        }
        return atoms;
    }

    [[nodiscard]] std::string describe(const HoleSearch::Region& region) const {
        std::string where;
        for (std::size_t column = 0; column < region.size(); ++column) {
            const Axis& axis = boxes_.axis(column);
            const std::vector<Axis::Run>& runs = region[column];
            if (runs.empty() || (runs.front().from == 0 && runs.front().to == axis.size())) {
                continue;  // Whatever it is.
            }
            where += fmt::format(
                "{}{} {}", where.empty() ? "" : ", ", table_.column_name(column), axis.text(runs)
            );
        }
        return where;
    }

    // ---- rows that match together against the hit policy ----

    void find_conflicts() {
        const bool any = table_.hit_policy() == HitPolicy::Any;
        const std::size_t pairs_max = std::max(kConflictsKept, limits_.findings_max);
        const Outputs outputs(table_);
        std::vector<std::pair<Row, Row>> pairs;
        const auto visit = [&](Row row, Row other) {
            // Outputs that have to be evaluated may turn out equal.
            const bool against =
                !any || (outputs.known(row) && outputs.known(other) && !outputs.same(row, other));
            if (against && boxes_.overlap(row, other, Reading::Certain)) {
                pairs.emplace_back(row, other);
            }
            return pairs.size() < pairs_max;
        };
        if (!boxes_.for_each_pair(limits_.steps_max, visit) && pairs.size() < pairs_max) {
            give_up("conflicts");
        }
        std::sort(pairs.begin(), pairs.end());
        for (const auto& [row, other] : pairs) {
            report_conflict(row, other, any);
            if (enough(Finding::Kind::Conflict)) {
                break;
            }
        }
    }

    void report_conflict(Row row, Row other, bool any) {
        std::vector<std::uint32_t> atoms;
        for (std::size_t column = 0; column < table_.column_count(); ++column) {
            atoms.push_back(first_common(
                boxes_.runs(column, row, Reading::Certain),
                boxes_.runs(column, other, Reading::Certain)
            ));
        }
        report(
            Finding::Kind::Conflict,
            {row, other},
            example(atoms),
            fmt::format(
                "rows {} and {} match together{}, against hit policy {}",
                row + 1,
                other + 1,
                any ? " with different outputs" : "",
                to_string(table_.hit_policy())
            )
        );
    }

    // ---- rows behind others ----

    /// Finds which rows may match together; false if there are too many such pairs.
    bool find_overlaps() {
        std::size_t pairs = 0;
        overlapping_.resize(table_.row_count());
        const auto visit = [&](Row row, Row other) {
            overlapping_[row].push_back(other);
            overlapping_[other].push_back(row);
            return ++pairs < kOverlapsMax;
        };
        if (!boxes_.for_each_pair(limits_.steps_max, visit)) {
            give_up("rows that are unreachable or redundant");
            return false;
        }
        for (std::vector<Row>& each : overlapping_) {
            std::sort(each.begin(), each.end());
        }
        return true;
    }

    void find_unreachable() {
        const std::vector<std::uint32_t> order = table_.preference();
        std::vector<std::size_t> rank(table_.row_count(), order.size());
        for (std::size_t at = 0; at < order.size(); ++at) {
            rank[order[at]] = at;
        }
        HoleSearch search(boxes_, Reading::Certain, limits_.steps_max);
        for (const std::uint32_t row : order) {
            std::vector<Row> before;
            for (const Row other : overlapping_[row]) {
                if (rank[other] < rank[row]) {
                    before.push_back(other);
                }
            }
            if (impossible_[row] || before.empty()) {
                continue;
            }
            const bool hidden = search.find(before, row, [](const auto&) { return false; });
            if (search.gave_up()) {
                give_up("unreachable rows");
                return;
            }
            if (hidden) {
                unreachable_.insert(row);
                report(
                    Finding::Kind::Unreachable,
                    {row},
                    {},
                    fmt::format(
                        "row {} never decides: rows that are preferred cover all of it", row + 1
                    )
                );
            }
        }
    }

    /// Whether `outer` matches wherever `inner` may.
    [[nodiscard]] bool covers(Row outer, Row inner) const {
        for (const std::size_t column : boxes_.order()) {
            if (!within(
                    boxes_.runs(column, inner, Reading::Maybe),
                    boxes_.runs(column, outer, Reading::Certain)
                )) {
                return false;
            }
        }
        return true;
    }

    /// A row is redundant if another with the same outputs covers it and, under F, none that
    /// overlaps with it stands between them.
    void find_redundant() {
        const bool first = table_.hit_policy() == HitPolicy::First;
        const Outputs outputs(table_);
        for (Row row = 0; row < table_.row_count(); ++row) {
            if (impossible_[row] || unreachable_.contains(row)) {
                continue;
            }
            for (const Row other : overlapping_[row]) {
                if (first && other < row) {
                    continue;
                }
                const bool same = outputs.same(row, other);
                if (same && covers(other, row) && (first || other < row || !covers(row, other))) {
                    report(
                        Finding::Kind::Redundant,
                        {row, other},
                        {},
                        fmt::format(
                            "row {} can go: row {} covers it with the same outputs",
                            row + 1,
                            other + 1
                        )
                    );
                    break;
                }
                if (first && !same) {
                    break;
                }
            }
        }
    }

    /// Of so many conflicts the first by row are named.
    static constexpr std::size_t kConflictsKept = 100'000;
    /// Pairs of overlapping rows that are kept in memory: 128 MB.
    static constexpr std::size_t kOverlapsMax = 16'000'000;

    const Table& table_;
    AnalysisLimits limits_;
    Arena arena_;
    Boxes boxes_;
    std::vector<bool> impossible_;
    std::vector<std::vector<Row>> overlapping_;
    std::set<Row> unreachable_;
    std::size_t counts_[5] = {};
    std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> analyse(const Table& table, const AnalysisLimits& limits) {
    if (table.row_count() > limits.rows_max) {
        return {
            {Finding::Kind::NotExact,
             std::string(table.element()),
             {},
             {},
             fmt::format("tables of more than {} rows are not analysed", limits.rows_max)}};
    }
    return TableAnalysis(table, limits).run();
}

std::string_view to_string(Finding::Kind kind) {
    switch (kind) {
    case Finding::Kind::Gap:
        return "gap";
    case Finding::Kind::Conflict:
        return "conflict";
    case Finding::Kind::Unreachable:
        return "unreachable";
    case Finding::Kind::Redundant:
        return "redundant";
    case Finding::Kind::NotExact:
        break;
    }
    return "not exact";
}

std::string to_string(const Finding& finding) {
    std::string text =
        fmt::format("{}: {}: {}", finding.element, to_string(finding.kind), finding.message);
    std::string inputs;
    for (const Finding::Example& each : finding.example) {
        inputs += fmt::format("{}{} = {}", inputs.empty() ? "" : ", ", each.column, each.value);
    }
    return inputs.empty() ? text : text + "; for example " + inputs;
}

}  // namespace attune::dmn
