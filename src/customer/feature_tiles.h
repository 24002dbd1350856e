#pragma once

#include "customer/feature.h"
#include "value/decimal.h"

namespace attune::customer {

// Count, Sum, Min, Max, Avg, Stddev and Rate: numbers in tiles. See feature.h for the contracts.

/// What a tile of each aggregate holds behind its number, in this order, each only where used.
struct Cell {
    std::uint32_t count = 0;
    Decimal sum;  ///< Also the extreme of Min and Max.
    Decimal squares;
};

[[nodiscard]] bool has_sum(Aggregate aggregate);
/// The cell of one event.
[[nodiscard]] Cell cell_of(Aggregate aggregate, Decimal number);
/// Adds `more` to `cell`; `fresh` says that nothing was added before.
void add_cell(Aggregate aggregate, Cell& cell, const Cell& more, bool fresh);
/// The value of all cells added up; `fresh` if there were none. `window` is what a rate is of.
[[nodiscard]] Value result_of(
    const FeatureShape& shape, Duration window, const Cell& total, bool fresh, Arena& arena
);

[[nodiscard]] std::size_t tile_record_bytes(Aggregate aggregate);
void apply_to_tile(
    const FeatureShape& shape, Blob& blob, std::size_t section, Timestamp time, const Value& value
);
[[nodiscard]] Value read_tiles(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
);
void merge_tiles(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
);

}  // namespace attune::customer
