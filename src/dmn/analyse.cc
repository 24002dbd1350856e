#include "dmn/analyse.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "dmn/partition.h"
#include "feel/equality.h"
#include "feel/text.h"

namespace attune::dmn {
namespace {

/// A choice of parts for each column, up to some column; the rest is free.
using Region = std::vector<std::vector<std::size_t>>;

class TableAnalysis {
public:
    TableAnalysis(const Table& table, const AnalysisLimits& limits)
        : table_(table), limits_(limits), words_(table.row_count() / kWordBits + 1) {}

    std::vector<Finding> run() {
        if (table_.row_count() > limits_.rows_max) {
            report(
                Finding::Kind::NotExact,
                {},
                {},
                fmt::format("tables of more than {} rows are not analysed", limits_.rows_max)
            );
            return std::move(findings_);
        }
        split();
        find_impossible();
        const HitPolicy policy = table_.hit_policy();
        const bool lists = policy == HitPolicy::Collect || policy == HitPolicy::RuleOrder ||
                           policy == HitPolicy::OutputOrder;
        if (!table_.has_default() && !lists) {  // A list of nothing is an answer.
            find_gaps();
        }
        if (policy == HitPolicy::Unique || policy == HitPolicy::Any) {
            find_conflicts();
        } else if (policy == HitPolicy::First || policy == HitPolicy::Priority) {
            find_unreachable();
        }
        if (policy == HitPolicy::Any || policy == HitPolicy::First) {
            find_redundant();
        }
        return std::move(findings_);
    }

private:
    // ---- the space of inputs ----

    void split() {
        for (std::size_t column = 0; column < table_.column_count(); ++column) {
            const Table* const table = &table_;
            partitions_.emplace_back(std::span(&table, 1), std::span(&column, 1), arena_);
            if (!partitions_.back().exact()) {
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

    [[nodiscard]] const std::vector<Partition::Part>& parts(std::size_t column) const {
        return partitions_[column].parts();
    }

    /// The parts of a column that a row accepts.
    [[nodiscard]] std::vector<std::size_t> accepted(std::size_t column, std::size_t row, bool maybe)
        const {
        std::vector<std::size_t> result;
        for (std::size_t at = 0; at < parts(column).size(); ++at) {
            const Partition::Part& part = parts(column)[at];
            if (has(maybe ? part.maybe_rows : part.rows, row)) {
                result.push_back(at);
            }
        }
        return result;
    }

    [[nodiscard]] Rows all_rows() const {
        Rows rows(words_, 0);
        for (std::size_t row = 0; row < table_.row_count(); ++row) {
            rows[row / kWordBits] |= Word{1} << (row % kWordBits);
        }
        return rows;
    }

    [[nodiscard]] std::vector<Finding::Example> example(const Region& region) const {
        std::vector<Finding::Example> result;
        for (std::size_t column = 0; column < table_.column_count(); ++column) {
            const std::size_t part = column < region.size() ? region[column].front() : 0;
            if (parts(column).empty()) {
                continue;
            }
            result.push_back(
                {std::string(table_.column_name(column)),
                 feel::to_literal(parts(column)[part].example)}
            );
        }
        return result;
    }

    void report(
        Finding::Kind kind,
        std::vector<std::size_t> rows,
        std::vector<Finding::Example> inputs,
        std::string message
    ) {
        std::size_t& count = counts_[static_cast<std::size_t>(kind)];
        if (count++ < limits_.findings_max) {
            findings_.push_back(
                {kind,
                 std::string(table_.element()),
                 std::move(rows),
                 std::move(inputs),
                 std::move(message)}
            );
        }
    }

    // ---- rows that can never match ----

    void find_impossible() {
        impossible_.assign(table_.row_count(), false);
        for (std::size_t row = 0; row < table_.row_count(); ++row) {
            for (std::size_t column = 0; column < table_.column_count(); ++column) {
                if (accepted(column, row, true).empty()) {
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

    // ---- regions that no row of a set covers ----

    /// Looks for regions, within `allowed` parts, that none of `rows` touches; calls `found` until
    /// it says to stop. False once that has happened or the budget is spent.
    template <typename Found>
    bool search(
        const std::vector<std::vector<std::size_t>>& allowed,
        Region& region,
        const Rows& rows,
        bool maybe,
        const Found& found
    ) {
        if (none(rows)) {
            return found(region);
        }
        const std::size_t column = region.size();
        if (column == table_.column_count()) {
            return true;
        }
        if (++steps_ > limits_.steps_max) {
            return false;
        }
        if (!covered_.insert({column, rows}).second) {
            return true;
        }
        // Parts that leave the same rows differ in nothing that follows.
        std::vector<std::pair<Rows, std::vector<std::size_t>>> groups;
        for (const std::size_t at : allowed[column]) {
            const Partition::Part& part = parts(column)[at];
            Rows left = both(rows, maybe ? part.maybe_rows : part.rows);
            const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& each) {
                return each.first == left;
            });
            if (same == groups.end()) {
                groups.emplace_back(std::move(left), std::vector{at});
            } else {
                same->second.push_back(at);
            }
        }
        for (const auto& [left, chosen] : groups) {
            region.push_back(chosen);
            const bool more = search(allowed, region, left, maybe, found);
            region.pop_back();
            if (!more) {
                return false;
            }
        }
        return true;
    }

    void start_search() {
        steps_ = 0;
        covered_.clear();
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> everything() const {
        std::vector<std::vector<std::size_t>> allowed(table_.column_count());
        for (std::size_t column = 0; column < allowed.size(); ++column) {
            for (std::size_t at = 0; at < parts(column).size(); ++at) {
                allowed[column].push_back(at);
            }
        }
        return allowed;
    }

    void find_gaps() {
        start_search();
        Region region;
        search(everything(), region, all_rows(), true, [&](const Region& gap) {
            const std::string where = describe(gap);
            report(
                Finding::Kind::Gap,
                {},
                example(gap),
                where.empty() ? "no row matches" : "no row matches where " + where
            );
            return counts_[static_cast<std::size_t>(Finding::Kind::Gap)] <= limits_.findings_max;
        });
        note_budget("gaps");
    }

    [[nodiscard]] std::string describe(const Region& region) const {
        std::string where;
        for (std::size_t column = 0; column < region.size(); ++column) {
            if (region[column].size() == parts(column).size()) {
                continue;  // Whatever it is.
            }
            std::string values;
            for (const std::size_t at : region[column]) {
                values += (values.empty() ? "" : ", ") + parts(column)[at].text;
            }
            where += fmt::format(
                "{}{} {}", where.empty() ? "" : ", ", table_.column_name(column), values
            );
        }
        return where;
    }

    void note_budget(std::string_view what) {
        if (steps_ > limits_.steps_max) {
            report(
                Finding::Kind::NotExact,
                {},
                {},
                fmt::format(
                    "the search for {} was given up after {} steps", what, limits_.steps_max
                )
            );
        }
    }

    // ---- pairs of rows ----

    /// A region in which both rows match for certain, if there is one.
    [[nodiscard]] std::optional<Region> common(std::size_t lhs, std::size_t rhs) const {
        Region region;
        for (std::size_t column = 0; column < table_.column_count(); ++column) {
            const std::vector<Partition::Part>& all = parts(column);
            const auto part =
                std::find_if(all.begin(), all.end(), [&](const Partition::Part& each) {
                    return has(each.rows, lhs) && has(each.rows, rhs);
                });
            if (part == all.end()) {
                return std::nullopt;
            }
            region.push_back({static_cast<std::size_t>(part - all.begin())});
        }
        return region;
    }

    /// The rows that overlap with `row`, by the parts that it accepts.
    [[nodiscard]] Rows overlapping(std::size_t row) const {
        Rows result = all_rows();
        for (std::size_t column = 0; column < table_.column_count(); ++column) {
            Rows touched(words_, 0);
            for (const std::size_t at : accepted(column, row, false)) {
                for (std::size_t word = 0; word < words_; ++word) {
                    touched[word] |= parts(column)[at].rows[word];
                }
            }
            result = both(result, touched);
        }
        return result;
    }

    [[nodiscard]] bool same_outputs(std::size_t lhs, std::size_t rhs) const {
        const auto mine = table_.constant_outputs(lhs);
        const auto other = table_.constant_outputs(rhs);
        return mine && other &&
               std::equal(
                   mine->begin(),
                   mine->end(),
                   other->begin(),
                   other->end(),
                   [](const Value& a, const Value& b) { return feel::equal(a, b).is_true(); }
               );
    }

    void find_conflicts() {
        const bool any = table_.hit_policy() == HitPolicy::Any;
        for (std::size_t row = 0; row < table_.row_count(); ++row) {
            const Rows others = overlapping(row);
            for (std::size_t other = row + 1; other < table_.row_count(); ++other) {
                if (!has(others, other) || (any && same_outputs(row, other))) {
                    continue;
                }
                if (any && (!table_.constant_outputs(row) || !table_.constant_outputs(other))) {
                    continue;  // Their outputs may turn out equal.
                }
                if (const std::optional<Region> region = common(row, other)) {
                    report(
                        Finding::Kind::Conflict,
                        {row, other},
                        example(*region),
                        fmt::format(
                            "rows {} and {} match together{}, against hit policy {}",
                            row + 1,
                            other + 1,
                            any ? " with different outputs" : "",
                            to_string(table_.hit_policy())
                        )
                    );
                }
            }
        }
    }

    // ---- rows behind others ----

    /// Whether the rows of `before` leave nothing of `row`.
    bool hidden(std::size_t row, const Rows& before) {
        std::vector<std::vector<std::size_t>> allowed(table_.column_count());
        for (std::size_t column = 0; column < allowed.size(); ++column) {
            allowed[column] = accepted(column, row, true);
        }
        start_search();
        Region region;
        bool visible = false;
        search(allowed, region, before, false, [&](const Region&) {
            visible = true;
            return false;
        });
        return !visible && steps_ <= limits_.steps_max;
    }

    void find_unreachable() {
        const std::vector<std::uint32_t> order = table_.preference();
        Rows before(words_, 0);
        for (const std::uint32_t row : order) {
            if (!impossible_[row] && !none(before) && hidden(row, before)) {
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
            before[row / kWordBits] |= Word{1} << (row % kWordBits);
        }
    }

    /// Whether `outer` matches wherever `inner` may.
    [[nodiscard]] bool within(std::size_t inner, std::size_t outer) const {
        for (std::size_t column = 0; column < table_.column_count(); ++column) {
            for (const std::size_t at : accepted(column, inner, true)) {
                if (!has(parts(column)[at].rows, outer)) {
                    return false;
                }
            }
        }
        return true;
    }

    /// A row is redundant if another with the same outputs covers it and, under F, none that
    /// overlaps with it stands between them.
    void find_redundant() {
        const bool first = table_.hit_policy() == HitPolicy::First;
        for (std::size_t row = 0; row < table_.row_count(); ++row) {
            if (impossible_[row] || unreachable_.count(row) > 0) {
                continue;
            }
            for (std::size_t other = first ? row + 1 : 0; other < table_.row_count(); ++other) {
                if (other == row || impossible_[other]) {
                    continue;
                }
                const bool covers = within(row, other) && same_outputs(row, other) &&
                                    (first || other < row || !within(other, row));
                if (covers) {
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
                if (first && maybe_overlap(row, other) && !same_outputs(row, other)) {
                    break;
                }
            }
        }
    }

    [[nodiscard]] bool maybe_overlap(std::size_t lhs, std::size_t rhs) const {
        for (std::size_t column = 0; column < table_.column_count(); ++column) {
            const std::vector<Partition::Part>& all = parts(column);
            if (std::none_of(all.begin(), all.end(), [&](const Partition::Part& each) {
                    return has(each.maybe_rows, lhs) && has(each.maybe_rows, rhs);
                })) {
                return false;
            }
        }
        return true;
    }

    const Table& table_;
    AnalysisLimits limits_;
    std::size_t words_;
    Arena arena_;
    std::vector<Partition> partitions_;
    std::vector<bool> impossible_;
    std::set<std::size_t> unreachable_;
    std::set<std::pair<std::size_t, Rows>> covered_;
    std::size_t steps_ = 0;
    std::size_t counts_[5] = {};
    std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> analyse(const Table& table, const AnalysisLimits& limits) {
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
