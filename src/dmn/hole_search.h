#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "dmn/boxes.h"

namespace attune::dmn {

/// Looks for inputs that none of some rows accepts: column by column, from the column that tells
/// most rows apart, the axis is swept, and the rows of each stretch are looked at along the next
/// column, the fewest first. A stretch with a row that accepts all that is left has no hole.
class HoleSearch {
public:
    /// For each column the atoms, as runs.
    using Region = std::vector<std::vector<Axis::Run>>;

    /// `reading` says what rows accept; altogether about `steps_max` rows are looked at.
    HoleSearch(const Boxes& boxes, Boxes::Reading reading, std::uint64_t steps_max)
        : boxes_(boxes),
          reading_(reading),
          steps_left_(steps_max),
          covers_from_(boxes.row_count()),
          region_(boxes.column_count()) {}

    /// Calls `found` for regions, which do not overlap, that none of `rows` accepts any of, until
    /// it gives false; if there is a row `inside`, then only within all that it may accept. False
    /// if that happened, or the search was given up.
    bool find(
        std::span<const Row> rows,
        std::optional<Row> inside,
        const std::function<bool(const Region&)>& found
    );

    [[nodiscard]] bool gave_up() const { return gave_up_; }

private:
    struct Event {
        std::uint32_t atom;
        Row row;
        bool begins;
    };
    /// Stretches of the axis on which the same rows accept.
    struct Group {
        std::vector<Row> rows;
        std::vector<Axis::Run> runs;
    };

    bool search(std::size_t depth, std::span<const Row> rows);
    [[nodiscard]] std::vector<Group> sweep(std::size_t depth, std::span<const Row> rows);
    [[nodiscard]] std::vector<Event> events(std::size_t column, std::span<const Row> rows) const;
    [[nodiscard]] std::size_t covers_from(Row row) const;
    bool take(std::uint64_t steps);

    const Boxes& boxes_;
    Boxes::Reading reading_;
    std::uint64_t steps_left_;
    bool gave_up_ = false;
    std::vector<std::uint32_t> covers_from_;       ///< By row: from which depth on it accepts all.
    std::vector<std::vector<Axis::Run>> allowed_;  ///< By column.
    Region region_;
    const std::function<bool(const Region&)>* found_ = nullptr;
};

}  // namespace attune::dmn
