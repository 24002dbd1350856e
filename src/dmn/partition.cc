#include "dmn/partition.h"

#include <algorithm>
#include <map>

namespace attune::dmn {
namespace {

void set(Rows& bits, std::size_t row) {
    bits[row / kWordBits] |= Word{1} << (row % kWordBits);
}

/// Adds an atom behind those of `runs`.
void add_atom(std::vector<Axis::Run>& runs, std::uint32_t atom) {
    if (!runs.empty() && runs.back().to == atom) {
        ++runs.back().to;
    } else {
        runs.push_back({atom, atom + 1});
    }
}

}  // namespace

bool has(const Rows& rows, std::size_t row) {
    return ((rows[row / kWordBits] >> (row % kWordBits)) & 1U) != 0;
}

Partition::Partition(
    std::span<const Table* const> tables, std::span<const std::size_t> columns, Arena& arena
) {
    const Axis axis(tables, columns, arena);
    const std::vector<const Condition*> distinct = distinct_conditions(tables, columns);
    std::vector<bool> judged;
    std::vector<std::vector<bool>> met(axis.size(), std::vector<bool>(distinct.size()));
    for (std::size_t at = 0; at < distinct.size(); ++at) {
        const auto runs = axis.runs(*distinct[at]);
        judged.push_back(runs.has_value());
        for (const Axis::Run& run : runs.value_or(std::vector<Axis::Run>())) {
            for (std::uint32_t atom = run.from; atom < run.to; ++atom) {
                met[atom][at] = true;
            }
        }
    }
    std::map<std::vector<bool>, std::size_t> part_of;
    std::vector<std::vector<Axis::Run>> atoms;
    for (std::uint32_t atom = 0; atom < axis.size(); ++atom) {
        const auto [place, fresh] = part_of.emplace(met[atom], parts_.size());
        if (fresh) {
            Part part;
            part.example = axis.example(atom);
            parts_.push_back(std::move(part));
            atoms.emplace_back();
        }
        add_atom(atoms[place->second], atom);
    }
    for (const auto& [conditions, at] : part_of) {
        parts_[at].text = axis.text(atoms[at]);
        set_rows(*tables[0], columns[0], distinct, {judged, conditions}, parts_[at]);
    }
}

void Partition::set_rows(
    const Table& table,
    std::size_t column,
    std::span<const Condition* const> distinct,
    const Verdicts& verdicts,
    Part& part
) {
    part.rows.assign(table.row_count() / kWordBits + 1, 0);
    part.maybe_rows.assign(part.rows.size(), 0);
    for (std::size_t row = 0; row < table.row_count(); ++row) {
        const auto at =
            std::lower_bound(distinct.begin(), distinct.end(), &table.condition(column, row));
        const auto number = static_cast<std::size_t>(at - distinct.begin());
        exact_ = exact_ && verdicts.judged[number];
        if (verdicts.met[number]) {
            set(part.rows, row);
        }
        if (!verdicts.judged[number] || verdicts.met[number]) {
            set(part.maybe_rows, row);
        }
    }
}

}  // namespace attune::dmn
