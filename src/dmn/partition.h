#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/arena.h"
#include "dmn/table.h"

namespace attune::dmn {

/// A set of rows, as bits.
using Rows = std::vector<Word>;

[[nodiscard]] bool has(const Rows& rows, std::size_t row);
[[nodiscard]] bool none(const Rows& rows);
[[nodiscard]] Rows both(const Rows& lhs, const Rows& rhs);

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
    struct Atom {
        Value example;
        std::string text;
        bool followed = false;  ///< The next atom lies directly above: texts can be joined.
        bool from_included = false;
        bool to_included = false;
        std::string from;
        std::string to;
    };

    void add_ordered(Value::Kind kind, Arena& arena);
    void add_strings(Arena& arena);
    void restrict_to_values();
    void group();
    [[nodiscard]] std::vector<Value> constants(Value::Kind kind) const;
    [[nodiscard]] std::string join(const std::vector<const Atom*>& atoms) const;

    template <typename Visit>
    void for_each_test(const Visit& visit) const;

    std::span<const Table* const> tables_;
    std::span<const std::size_t> columns_;
    std::vector<Atom> atoms_;
    std::vector<Part> parts_;
    bool exact_ = true;
};

}  // namespace attune::dmn
