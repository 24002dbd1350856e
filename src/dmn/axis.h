#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/arena.h"
#include "dmn/table.h"

namespace attune::dmn {

/// The values that the input of a column may have, in an order, cut so finely that no condition
/// tells apart two values of one atom: each string that is named, and all others; false and true;
/// the ends of intervals, and the gaps between them. Null is left out, and so is what the input
/// values of the column exclude.
class Axis {
public:
    /// Atoms `from` up to, but without, `to`.
    struct Run {
        std::uint32_t from = 0;
        std::uint32_t to = 0;
        friend bool operator==(const Run&, const Run&) = default;
    };

    /// Cut by the conditions of a column in all `tables`, which must agree on what the column is;
    /// type and input values are those of the first. Examples live in `arena`.
    Axis(std::span<const Table* const> tables, std::span<const std::size_t> columns, Arena& arena);

    [[nodiscard]] std::size_t size() const { return atoms_.size(); }
    /// A value of an atom; null where nothing is known of the column.
    [[nodiscard]] const Value& example(std::size_t atom) const { return atoms_[atom].example; }

    /// The atoms that meet a condition of one of the tables, as runs in ascending order with gaps
    /// between them; nothing if the condition must be evaluated.
    [[nodiscard]] std::optional<std::vector<Run>> runs(const Condition& condition) const;

    /// As a condition: `"a"`, `[18..21)`; `-` for all.
    [[nodiscard]] std::string text(std::span<const Run> runs) const;

private:
    struct Atom {
        Value example;
        std::string text;  ///< Of strings and booleans; others have ends.
        Value from;        ///< Null where there is no end.
        Value to;
        bool edge = false;      ///< One value, rather than the gap between two.
        bool followed = false;  ///< The next atom lies directly above: texts can be joined.
    };

    /// The atoms of one kind of values, before any were taken away.
    struct Section {
        Value::Kind kind;
        std::vector<Value> constants;      ///< In ascending order.
        std::vector<std::uint32_t> edges;  ///< The atom of each.
        Run atoms;
    };

    [[nodiscard]] std::vector<Value> constants(Value::Kind kind) const;
    void add_booleans();
    void add_strings(Arena& arena);
    void add_ordered(Value::Kind kind, Arena& arena);
    void restrict_to_values();
    [[nodiscard]] static Run run_of(const Section& section, const feel::SimpleTest& test);
    static void add_runs(
        const Section& section, const feel::SimpleTests& tests, std::vector<Run>& runs
    );
    [[nodiscard]] std::string text_of(Run run) const;

    template <typename Visit>
    void for_each_test(const Visit& visit) const;

    std::span<const Table* const> tables_;
    std::span<const std::size_t> columns_;
    std::vector<Atom> atoms_;
    std::vector<Section> sections_;
    std::vector<std::uint32_t> kept_before_;  ///< By atom as first cut, how many were kept.
};

/// The conditions of a column over several tables, each once, in the order of their addresses.
[[nodiscard]] std::vector<const Condition*> distinct_conditions(
    std::span<const Table* const> tables, std::span<const std::size_t> columns
);

}  // namespace attune::dmn
