#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "dmn/break_points.h"
#include "dmn/condition.h"
#include "value/value.h"

namespace attune::dmn {

using Word = std::uint64_t;
constexpr std::size_t kWordBits = 64;
/// Bitmaps of tables have a multiple of so many words.
constexpr std::size_t kWordsStep = 4;

/// For every value that a column's input may have, the rows whose condition it meets, as bits.
///
/// Values fall into classes that no condition of the column tells apart: null, true, false, each
/// string that a condition names and all others, and for numbers, dates and durations the break
/// points of the conditions' ends and the gaps between them. A class refers to a stored bitmap and
/// a few rows to flip in it. Conditions that the index does not understand count as met, and are
/// named by `residual()`.
class ColumnIndex {
public:
    /// `condition_of_row` names each row's condition. Bitmaps have `words` words; bits beyond the
    /// last row stay zero.
    ColumnIndex(
        std::span<const Condition> conditions,
        std::span<const std::uint32_t> condition_of_row,
        std::size_t words
    );

    /// The rows that `input` does not refuse: `words` words, in the index or in `arena`.
    [[nodiscard]] const Word* rows(Value input, Arena& arena) const;

    /// The rows whose condition must be evaluated for this input; null if there are none.
    [[nodiscard]] const Word* residual(Value input) const {
        return indexed(input) ? (residual_count_ > 0 ? residual_.data() : nullptr)
                              : (conditional_count_ > 0 ? conditional_.data() : nullptr);
    }
    /// Whether there are any.
    [[nodiscard]] bool leaves_rows(Value input) const {
        return indexed(input) ? residual_count_ > 0 : conditional_count_ > 0;
    }

    /// Whether every row accepts everything.
    [[nodiscard]] bool irrelevant() const { return conditional_count_ == 0; }

    [[nodiscard]] std::size_t bytes() const;

private:
    /// A stored bitmap in which some rows are flipped.
    struct Class {
        std::uint32_t bitmap = 0;
        std::uint32_t flips_begin = 0;
        std::uint32_t flips_end = 0;
    };

    struct Ordered {
        BreakPoints points;
        std::vector<Class> classes;
    };

    struct StringSlot {
        std::uint32_t hash = 0;
        std::uint32_t text_begin = 0;
        std::uint32_t text_size = 0;
        std::uint32_t class_index = 0;  ///< 0: the slot is free.
    };

    friend class ColumnIndexBuilder;

    static constexpr std::size_t kOrderedKinds = 5;

    [[nodiscard]] bool indexed(Value input) const {
        constexpr auto kAlways =
            [](std::initializer_list<Value::Kind> kinds) {
                std::uint32_t bits = 0;
                for (const Value::Kind kind : kinds) {
                    bits |= 1U << static_cast<unsigned>(kind);
                }
                return bits;
            }({Value::Kind::Null,
               Value::Kind::Boolean,
               Value::Kind::Number,
               Value::Kind::String,
               Value::Kind::Date,
               Value::Kind::YearsMonthsDuration,
               Value::Kind::DaysTimeDuration});
        return ((kAlways >> static_cast<unsigned>(input.kind())) & 1U) != 0 ||
               (input.is(Value::Kind::DateTime) && ordered_[4].points.comparable(input));
    }
    [[nodiscard]] const Word* bits(const Class& chosen, Arena& arena) const {
        const Word* const stored = bitmaps_.data() + std::size_t{chosen.bitmap} * words_;
        return chosen.flips_begin == chosen.flips_end ? stored : flipped(stored, chosen, arena);
    }
    [[nodiscard]] const Word* flipped(const Word* stored, const Class& chosen, Arena& arena) const;
    [[nodiscard]] const Class& class_of_string(std::string_view text) const;

    std::size_t words_;
    std::vector<Word> bitmaps_;
    std::vector<std::uint32_t> flips_;
    Class null_;
    Class true_;
    Class false_;
    std::vector<Class> strings_;  ///< 0: every string that no condition names.
    std::vector<StringSlot> slots_;
    std::string text_;
    std::array<Ordered, kOrderedKinds> ordered_;
    Class all_;
    std::vector<Word> residual_;
    std::vector<Word> conditional_;
    std::size_t residual_count_ = 0;
    std::size_t conditional_count_ = 0;
};

}  // namespace attune::dmn
