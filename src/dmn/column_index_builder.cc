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

constexpr std::array<Value::Kind, 4> kOrdered{
    Value::Kind::Number,
    Value::Kind::Date,
    Value::Kind::YearsMonthsDuration,
    Value::Kind::DaysTimeDuration};

/// Stored bitmaps of one kind may take so many bytes; beyond, classes share bitmaps and flip rows.
constexpr std::size_t kBitmapBytesMax = 1 << 20;

/// The kind of value that a test speaks about: null only for an equality with null.
Value::Kind kind_of(const SimpleTest& test) {
    return test.start.null() ? test.end.kind() : test.start.kind();
}

/// A change of a condition's outcome for the classes from `at` on.
struct Change {
    std::uint32_t at;
    int by;
};

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

    /// Numbers become keys of one exponent, the smallest in use; those that do not fit are left to
    /// evaluation.
    void choose_keys(std::size_t which) {
        ColumnIndex::Ordered& ordered = index_.ordered_[which];
        ordered.kind = kOrdered[which];
        if (ordered.kind == Value::Kind::Number) {
            int exponent = 0;
            for_each_end(ordered.kind, [&](const Value& end) {
                const Decimal number = end.as_number();
                exponent = number.small() ? std::min(exponent, number.exponent()) : exponent;
            });
            ordered.exponent = exponent;
        }
        for_each_end(ordered.kind, [&](const Value& end) {
            if (const std::optional<std::int64_t> key = key_of(ordered, end)) {
                ordered.keys.push_back(*key);
            }
        });
        std::sort(ordered.keys.begin(), ordered.keys.end());
        ordered.keys.erase(
            std::unique(ordered.keys.begin(), ordered.keys.end()), ordered.keys.end()
        );
        ordered.keys.shrink_to_fit();
    }

    template <typename Visit>
    void for_each_end(Value::Kind kind, const Visit& visit) const {
        for (const Condition& condition : conditions_) {
            if (!condition.simple) {
                continue;
            }
            for (const SimpleTest& test : condition.simple->tests) {
                for (const Value* end : {&test.start, &test.end}) {
                    if (end->is(kind)) {
                        visit(*end);
                    }
                }
            }
        }
    }

    static std::optional<std::int64_t> key_of(
        const ColumnIndex::Ordered& ordered, const Value& value
    ) {
        switch (ordered.kind) {
        case Value::Kind::Number:
            return number_key(value.as_number(), ordered.exponent);
        case Value::Kind::Date:
            return value.as_date().days;
        case Value::Kind::YearsMonthsDuration:
            return value.as_years_months().months;
        default: {
            const DaysTimeDuration span = value.as_days_time();
            return span.nanoseconds == 0 ? std::optional(span.seconds) : std::nullopt;
        }
        }
    }

    static std::optional<std::int64_t> number_key(Decimal number, int exponent) {
        if (!number.small()) {
            return std::nullopt;
        }
        std::int64_t key = number.coefficient();
        for (int at = number.exponent(); at > exponent; --at) {
            // One below the limits, so that a key can be compared with its neighbours.
            if (__builtin_mul_overflow(key, std::int64_t{10}, &key)) {
                return std::nullopt;
            }
        }
        return key;
    }

    [[nodiscard]] const ColumnIndex::Ordered* ordered(Value::Kind kind) const {
        for (const ColumnIndex::Ordered& each : index_.ordered_) {
            if (each.kind == kind) {
                return &each;
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
        const ColumnIndex::Ordered* found = ordered(kind);
        if (found == nullptr) {
            return false;
        }
        for (const Value* end : {&test.start, &test.end}) {
            if (!end->null() && (!end->is(kind) || !key_of(*found, *end))) {
                return false;
            }
        }
        return true;
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

    /// `base` with some rows flipped: as a list while that is smaller than a bitmap.
    Class flipped(const Class& base, std::span<const std::uint32_t> rows) {
        if (rows.size() * sizeof(std::uint32_t) < index_.words_ * sizeof(Word)) {
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

    [[nodiscard]] static std::uint32_t class_of(
        const ColumnIndex::Ordered& ordered, const Value& end
    ) {
        const auto at =
            std::lower_bound(ordered.keys.begin(), ordered.keys.end(), *key_of(ordered, end));
        return static_cast<std::uint32_t>(2 * (at - ordered.keys.begin()) + 1);
    }

    /// How a test adds to the number of a condition's tests that are met, class by class. Returns
    /// whether values of this kind make the test null.
    static bool add_changes(
        const ColumnIndex::Ordered& ordered, const SimpleTest& test, std::vector<Change>& changes
    ) {
        const Value::Kind kind = kind_of(test);
        if (kind == Value::Kind::Null) {
            if (test.kind == SimpleTest::Kind::NotEqual) {
                changes.push_back({0, 1});
            }
            return false;
        }
        if (kind != ordered.kind) {
            return true;
        }
        if (test.kind == SimpleTest::Kind::Interval) {
            const std::uint32_t from =
                test.start.null() ? 0
                                  : class_of(ordered, test.start) + (test.start_included ? 0U : 1U);
            changes.push_back({from, 1});
            if (!test.end.null()) {
                const std::uint32_t to =
                    class_of(ordered, test.end) + (test.end_included ? 1U : 0U);
                changes.push_back({std::max(from, to), -1});
            }
            return false;
        }
        const std::uint32_t at = class_of(ordered, test.start);
        const int by = test.kind == SimpleTest::Kind::Equal ? 1 : -1;
        if (by < 0) {
            changes.push_back({0, 1});
        }
        changes.push_back({at, by});
        changes.push_back({at + 1, -by});
        return false;
    }

    /// Calls `flip(class)` wherever the condition's outcome turns, beginning from "not met".
    template <typename Flip>
    static void sweep(
        const ColumnIndex::Ordered& ordered, const SimpleTests& tests, const Flip& flip
    ) {
        if (tests.any) {
            flip(0);
            return;
        }
        std::vector<Change> changes;
        bool unknown = false;
        for (const SimpleTest& test : tests.tests) {
            unknown |= add_changes(ordered, test, changes);
        }
        std::sort(changes.begin(), changes.end(), [](const Change& lhs, const Change& rhs) {
            return lhs.at < rhs.at;
        });
        bool met = false;
        int count = 0;
        std::size_t next = 0;
        const auto classes = static_cast<std::uint32_t>(2 * ordered.keys.size() + 1);
        for (std::uint32_t at = 0; at < classes;) {
            for (; next < changes.size() && changes[next].at == at; ++next) {
                count += changes[next].by;
            }
            const bool now = tests.negated ? count == 0 && !unknown : count > 0;
            if (now != met) {
                flip(at);
                met = now;
            }
            at = next < changes.size() ? changes[next].at : classes;
        }
    }

    void build_ordered(std::size_t which) {
        ColumnIndex::Ordered& ordered = index_.ordered_[which];
        const std::size_t classes = 2 * ordered.keys.size() + 1;
        std::vector<std::uint32_t> begin(classes + 1, 0);
        const auto for_each_flip = [&](const auto& visit) {
            for (std::size_t at = 0; at < conditions_.size(); ++at) {
                if (residual_conditions_[at]) {
                    visit(0, at);
                } else {
                    sweep(ordered, *conditions_[at].simple, [&](std::uint32_t to) {
                        visit(to, at);
                    });
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
