#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/arena.h"
#include "dmn/axis.h"
#include "dmn/table.h"

namespace attune::dmn {

/// A set of rows, as bits.
using Rows = std::vector<Word>;

[[nodiscard]] bool has(const Rows& rows, std::size_t row);

/// The values that the input of a column may have, split so finely that no condition tells apart
/// two values of one part. Null is left out.
class Partition {
public:
    /// Splits by the conditions of `column` in all `tables`, which must agree on what the column
    /// is; bits of rows are those of the first table. Representatives live in `arena`.
    Partition(
        std::span<const Table* const> tables, std::span<const std::size_t> columns, Arena& arena
    );

    struct Part {
        Value example;
        std::string text;        ///< As a condition: `"a"`, `[18..21)`; `other than "a", "b"`.
        std::vector<Word> rows;  ///< Rows of the first table that match for certain.
        Rows maybe_rows;         ///< And those that cannot be ruled out.
    };

    [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
    /// Whether all conditions of the first table could be judged.
    [[nodiscard]] bool exact() const { return exact_; }

private:
    struct Verdicts {
        const std::vector<bool>& judged;  ///< By condition: whether it need not be evaluated.
        const std::vector<bool>& met;
    };

    void set_rows(
        const Table& table,
        std::size_t column,
        std::span<const Condition* const> distinct,
        const Verdicts& verdicts,
        Part& part
    );

    std::vector<Part> parts_;
    bool exact_ = true;
};

}  // namespace attune::dmn
