#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

#include "base/hash.h"
#include "dmn/column_index.h"

namespace attune::dmn {
namespace {

using feel::SimpleTest;
using feel::SimpleTests;

constexpr std::array<Value::Kind, 5> kOrdered{
    Value::Kind::Number,
    Value::Kind::Date,
    Value::Kind::YearsMonthsDuration,
    Value::Kind::DaysTimeDuration,
    Value::Kind::DateTime};

/// Stored bitmaps of one kind may take so many bytes; beyond, classes share bitmaps and flip rows.
constexpr std::size_t kBitmapBytesMax = 1 << 20;

}  // namespace

/// Puts a ColumnIndex together; see there for what its parts mean.
class ColumnIndexBuilder {
public:
    ColumnIndexBuilder(
        ColumnIndex& index,
        std::span<const Condition> conditions,
        std::span<const std::uint32_t> condition_of_row
    )
        : index_(index), conditions_(conditions), condition_of_row_(condition_of_row) {
        group_rows();
    }

    void build() {
        for (std::size_t kind = 0; kind < kOrdered.size(); ++kind) {
            choose_keys(kind);
        }
        find_residual();
        index_.null_ = constant_class([&](const SimpleTests& tests) {
            return outcome(tests, Value()).is_true();
        });
        for (const bool truth : {false, true}) {
            (truth ? index_.true_ : index_.false_) = constant_class([&](const SimpleTests& tests) {
                return outcome(tests, Value::boolean(truth)).is_true();
            });
        }
        index_.all_ = constant_class([](const SimpleTests&) { return true; });
        build_strings();
        for (std::size_t kind = 0; kind < kOrdered.size(); ++kind) {
            build_ordered(kind);
        }
        index_.bitmaps_.shrink_to_fit();
        index_.flips_.shrink_to_fit();
    }

private:
    using Class = ColumnIndex::Class;

    // ---- rows by condition ----

    void group_rows() {
        rows_begin_.assign(conditions_.size() + 1, 0);
        for (const std::uint32_t condition : condition_of_row_) {
            ++rows_begin_[condition + 1];
        }
        std::partial_sum(rows_begin_.begin(), rows_begin_.end(), rows_begin_.begin());
        rows_.resize(condition_of_row_.size());
        std::vector<std::uint32_t> next(rows_begin_.begin(), rows_begin_.end() - 1);
        for (std::size_t row = 0; row < condition_of_row_.size(); ++row) {
            rows_[next[condition_of_row_[row]]++] = static_cast<std::uint32_t>(row);
        }
    }

    [[nodiscard]] std::span<const std::uint32_t> rows_of(std::size_t condition) const {
        return std::span(rows_).subspan(
            rows_begin_[condition], rows_begin_[condition + 1] - rows_begin_[condition]
        );
    }

    void set_rows(std::span<Word> bits, std::size_t condition) const {
        for (const std::uint32_t row : rows_of(condition)) {
            bits[row / kWordBits] |= Word{1} << (row % kWordBits);
        }
    }

    // ---- what can be indexed ----

    void choose_keys(std::size_t which) {
        std::vector<Value> ends;
        for (const Condition& condition : conditions_) {
            if (!condition.simple) {
                continue;
            }
            for (const SimpleTest& test : condition.simple->tests) {
                for (const Value* end : {&test.start, &test.end}) {
                    if (end->is(kOrdered[which])) {
                        ends.push_back(*end);
                    }
                }
            }
        }
        index_.ordered_[which].points = BreakPoints(kOrdered[which], ends);
    }

    [[nodiscard]] const BreakPoints* points(Value::Kind kind) const {
        for (const ColumnIndex::Ordered& each : index_.ordered_) {
            if (each.points.kind() == kind) {
                return &each.points;
            }
        }
        return nullptr;
    }

    [[nodiscard]] bool indexable(const SimpleTest& test) const {
        const Value::Kind kind = kind_of(test);
        if (kind == Value::Kind::Null || kind == Value::Kind::Boolean ||
            kind == Value::Kind::String) {
            return test.kind != SimpleTest::Kind::Interval;
        }
        const BreakPoints* const found = points(kind);
        return found != nullptr && found->know(test);
    }

    [[nodiscard]] bool indexable(const Condition& condition) const {
        return condition.simple && std::all_of(
                                       condition.simple->tests.begin(),
                                       condition.simple->tests.end(),
                                       [&](const SimpleTest& test) { return indexable(test); }
                                   );
    }

    void find_residual() {
        index_.residual_.assign(index_.words_, 0);
        index_.conditional_.assign(index_.words_, 0);
        residual_conditions_.resize(conditions_.size());
        for (std::size_t at = 0; at < conditions_.size(); ++at) {
            if (conditions_[at].simple && conditions_[at].simple->any) {
                continue;
            }
            set_rows(index_.conditional_, at);
            index_.conditional_count_ += rows_of(at).size();
            if (!indexable(conditions_[at])) {
                residual_conditions_[at] = true;
                set_rows(index_.residual_, at);
                index_.residual_count_ += rows_of(at).size();
            }
        }
    }

    // ---- bitmaps ----

    std::span<Word> new_bitmap() {
        index_.bitmaps_.resize(index_.bitmaps_.size() + index_.words_);
        return std::span(index_.bitmaps_).last(index_.words_);
    }

    [[nodiscard]] std::uint32_t last_bitmap() const {
        return static_cast<std::uint32_t>(index_.bitmaps_.size() / index_.words_ - 1);
    }

    /// A class by the outcome of each condition that is not residual.
    template <typename Met>
    Class constant_class(const Met& met) {
        const std::span<Word> bits = new_bitmap();
        for (std::size_t at = 0; at < conditions_.size(); ++at) {
            if (residual_conditions_[at] || met(*conditions_[at].simple)) {
                set_rows(bits, at);
            }
        }
        return {last_bitmap(), 0, 0};
    }

    // ---- strings ----

    /// The outcome of a condition for a string: `key` is one that it names, or null for all others.
    static bool meets_string(const SimpleTests& tests, const Value* key) {
        if (tests.any) {
            return true;
        }
        bool unknown = false;
        for (const SimpleTest& test : tests.tests) {
            const bool comparable = test.start.is(Value::Kind::String) || test.start.null();
            if (test.kind == SimpleTest::Kind::Interval || !comparable) {
                unknown = true;
                continue;
            }
            const bool same = key != nullptr && test.start.is(Value::Kind::String) &&
                              test.start.as_string() == key->as_string();
            if (same == (test.kind == SimpleTest::Kind::Equal)) {
                return !tests.negated;
            }
        }
        return tests.negated && !unknown;
    }

    void build_strings() {
        index_.strings_ = {
            constant_class([](const SimpleTests& tests) { return meets_string(tests, nullptr); })};
        std::map<std::string_view, std::vector<std::uint32_t>> flips;
        for (std::size_t at = 0; at < conditions_.size(); ++at) {
            if (!residual_conditions_[at]) {
                flip_strings(at, flips);
            }
        }
        index_.strings_.reserve(flips.size() + 1);
        for (const auto& [text, rows] : flips) {
            index_.strings_.push_back(flipped(index_.strings_[0], rows));
        }
        fill_slots(flips);
    }

    void flip_strings(
        std::size_t condition, std::map<std::string_view, std::vector<std::uint32_t>>& flips
    ) const {
        const SimpleTests& tests = *conditions_[condition].simple;
        const bool others = meets_string(tests, nullptr);
        // A condition that is one long list of strings, the usual kind, needs no second look.
        const bool plain =
            std::all_of(tests.tests.begin(), tests.tests.end(), [](const SimpleTest& test) {
                return test.kind == SimpleTest::Kind::Equal && test.start.is(Value::Kind::String);
            });
        for (const SimpleTest& test : tests.tests) {
            if (!test.start.is(Value::Kind::String)) {
                continue;
            }
            if (!plain && meets_string(tests, &test.start) == others) {
                continue;
            }
            std::vector<std::uint32_t>& rows = flips[test.start.as_string()];
            const std::span<const std::uint32_t> mine = rows_of(condition);
            // A text named twice in one condition flips its rows once.
            if (rows.size() < mine.size() ||
                !std::equal(mine.begin(), mine.end(), rows.end() - std::ptrdiff_t(mine.size()))) {
                rows.insert(rows.end(), mine.begin(), mine.end());
            }
        }
    }

    /// `base` with some rows flipped: as a list while that is smaller than a bitmap. In small
    /// tables always as a bitmap, which need not be made anew for each look-up.
    Class flipped(const Class& base, std::span<const std::uint32_t> rows) {
        if (index_.words_ > kWordsStep &&
            rows.size() * sizeof(std::uint32_t) < index_.words_ * sizeof(Word)) {
            const auto begin = static_cast<std::uint32_t>(index_.flips_.size());
            index_.flips_.insert(index_.flips_.end(), rows.begin(), rows.end());
            return {base.bitmap, begin, static_cast<std::uint32_t>(index_.flips_.size())};
        }
        const std::span<Word> bits = new_bitmap();
        std::copy_n(
            index_.bitmaps_.begin() + static_cast<std::ptrdiff_t>(base.bitmap * index_.words_),
            index_.words_,
            bits.begin()
        );
        for (const std::uint32_t row : rows) {
            bits[row / kWordBits] ^= Word{1} << (row % kWordBits);
        }
        return {last_bitmap(), 0, 0};
    }

    void fill_slots(const std::map<std::string_view, std::vector<std::uint32_t>>& flips) {
        if (flips.empty()) {
            return;
        }
        std::size_t size = 4;
        while (size < flips.size() * 2) {
            size *= 2;
        }
        index_.slots_.resize(size);
        std::uint32_t class_index = 1;
        for (const auto& [text, rows] : flips) {
            const auto hash = static_cast<std::uint32_t>(hash_bytes(text));
            std::size_t at = hash & (size - 1);
            while (index_.slots_[at].class_index != 0) {
                at = (at + 1) & (size - 1);
            }
            index_.slots_[at] = {
                hash,
                static_cast<std::uint32_t>(index_.text_.size()),
                static_cast<std::uint32_t>(text.size()),
                class_index++};
            index_.text_ += text;
        }
    }

    // ---- ordered kinds ----

    void build_ordered(std::size_t which) {
        ColumnIndex::Ordered& ordered = index_.ordered_[which];
        const std::size_t classes = ordered.points.class_count();
        std::vector<std::uint32_t> begin(classes + 1, 0);
        const auto for_each_flip = [&](const auto& visit) {
            for (std::size_t at = 0; at < conditions_.size(); ++at) {
                if (residual_conditions_[at]) {
                    visit(0, at);
                } else {
                    for (const std::uint32_t to : ordered.points.turns(*conditions_[at].simple)) {
                        visit(to, at);
                    }
                }
            }
        };
        for_each_flip([&](std::uint32_t at, std::size_t condition) {
            begin[at + 1] += static_cast<std::uint32_t>(rows_of(condition).size());
        });
        std::partial_sum(begin.begin(), begin.end(), begin.begin());
        std::vector<std::uint32_t> flips(begin.back());
        std::vector<std::uint32_t> next(begin.begin(), begin.end() - 1);
        for_each_flip([&](std::uint32_t at, std::size_t condition) {
            for (const std::uint32_t row : rows_of(condition)) {
                flips[next[at]++] = row;
            }
        });
        store_classes(ordered, begin, flips);
    }

    /// Bitmaps for the classes, in order: each its own while the budget allows, else one now and
    /// then, with the flips since it kept.
    void store_classes(
        ColumnIndex::Ordered& ordered,
        std::span<const std::uint32_t> begin,
        std::span<const std::uint32_t> flips
    ) {
        const std::size_t classes = begin.size() - 1;
        const std::size_t bitmaps_max =
            std::max<std::size_t>(2, kBitmapBytesMax / (index_.words_ * sizeof(Word)));
        const std::size_t flips_kept_max = classes <= bitmaps_max ? 0 : flips.size() / bitmaps_max;
        std::vector<Word> current(index_.words_, 0);
        ordered.classes.reserve(classes);
        const auto store = [&] {
            const std::span<Word> bits = new_bitmap();
            std::copy(current.begin(), current.end(), bits.begin());
        };
        std::size_t kept = 0;
        for (std::size_t at = 0; at < classes; ++at) {
            const std::span<const std::uint32_t> turns =
                flips.subspan(begin[at], begin[at + 1] - begin[at]);
            for (const std::uint32_t row : turns) {
                current[row / kWordBits] ^= Word{1} << (row % kWordBits);
            }
            kept += turns.size();
            const auto end = static_cast<std::uint32_t>(index_.flips_.size() + turns.size());
            if (at == 0 || (kept > flips_kept_max && !turns.empty())) {
                store();
                kept = 0;
                const auto here = static_cast<std::uint32_t>(index_.flips_.size());
                ordered.classes.push_back({last_bitmap(), here, here});
                continue;
            }
            index_.flips_.insert(index_.flips_.end(), turns.begin(), turns.end());
            Class next = ordered.classes.back();
            next.flips_end = end;
            ordered.classes.push_back(next);
        }
    }

    ColumnIndex& index_;
    std::span<const Condition> conditions_;
    std::span<const std::uint32_t> condition_of_row_;
    std::vector<std::uint32_t> rows_begin_;
    std::vector<std::uint32_t> rows_;
    std::vector<bool> residual_conditions_;
};

ColumnIndex::ColumnIndex(
    std::span<const Condition> conditions,
    std::span<const std::uint32_t> condition_of_row,
    std::size_t words
)
    : words_(words) {
    ColumnIndexBuilder(*this, conditions, condition_of_row).build();
}

}  // namespace attune::dmn
