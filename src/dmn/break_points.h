#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "feel/simple_tests.h"
#include "value/value.h"

namespace attune::dmn {

/// The kind of value that a test speaks about: null only for an equality with null.
[[nodiscard]] inline Value::Kind kind_of(const feel::SimpleTest& test) {
    return test.start.null() ? test.end.kind() : test.start.kind();
}

/// The ends of all intervals over one kind of ordered values: numbers, dates, dates and times, or
/// durations. They cut the line into classes: class 2i+1 is key i, class 2i the gap before it.
class BreakPoints {
public:
    BreakPoints() = default;
    /// Numbers become keys of one exponent, the smallest in use. Ends that then do not fit into 64
    /// bits, and moments and durations with fractions of seconds, become no keys; nor do moments
    /// with a time zone where the first has none, or the other way round.
    BreakPoints(Value::Kind kind, std::span<const Value> ends);

    [[nodiscard]] Value::Kind kind() const { return kind_; }
    /// Whether `value`, of this kind, has its place among the keys: a moment with a time zone has
    /// none among moments without.
    [[nodiscard]] bool comparable(Value value) const;
    [[nodiscard]] const std::vector<std::int64_t>& keys() const { return keys_; }
    [[nodiscard]] std::size_t class_count() const { return 2 * keys_.size() + 1; }

    /// The class of any comparable value of this kind.
    [[nodiscard]] std::size_t class_of(Value value) const;

    /// Whether the ends of a test of this kind are keys.
    [[nodiscard]] bool know(const feel::SimpleTest& test) const;

    /// The classes at which the outcome of `tests` turns, in ascending order, beginning from "not
    /// met". All tests of this kind must be known.
    [[nodiscard]] std::vector<std::uint32_t> turns(const feel::SimpleTests& tests) const;

private:
    /// From class `at` on, so many more of a condition's tests are met.
    struct Change {
        std::uint32_t at;
        int by;
    };

    [[nodiscard]] std::optional<std::int64_t> key_of(Value value) const;
    [[nodiscard]] std::uint32_t class_of_end(Value end) const;
    bool add_changes(const feel::SimpleTest& test, std::vector<Change>& changes) const;

    Value::Kind kind_ = Value::Kind::Number;
    std::vector<std::int64_t> keys_;
    int exponent_ = 0;    ///< Numbers: keys count in ten to the power of this.
    bool zoned_ = false;  ///< Moments: whether the keys have a time zone.
};

}  // namespace attune::dmn
