#include "dmn/break_points.h"

#include <algorithm>
#include <array>

#include "feel/temporal.h"

namespace attune::dmn {
namespace {

using feel::SimpleTest;
using feel::SimpleTests;

struct Position {
    std::size_t index;
    bool exact;
};

/// The first key that is not below `key`, without branches that depend on the data.
std::size_t lower_bound(std::span<const std::int64_t> keys, std::int64_t key) {
    const std::int64_t* base = keys.data();
    std::size_t left = keys.size();
    while (left > 1) {
        const std::size_t half = left / 2;
        base = base[half - 1] < key ? base + half : base;
        left -= half;
    }
    const auto before = static_cast<std::size_t>(base - keys.data());
    return before + (left == 1 && *base < key ? 1 : 0);
}

Position find(std::span<const std::int64_t> keys, std::int64_t key) {
    const std::size_t at = lower_bound(keys, key);
    return {at, at < keys.size() && keys[at] == key};
}

constexpr std::array<std::int64_t, 18> kPowersOfTen = [] {
    std::array<std::int64_t, 18> powers{};
    std::int64_t power = 1;
    for (std::int64_t& each : powers) {
        each = power;
        power *= 10;
    }
    return powers;
}();

/// A number that may fall between two keys, by exact comparison: for numbers that are not small.
Position find_slowly(std::span<const std::int64_t> keys, int exponent, Decimal number) {
    const auto at =
        std::lower_bound(keys.begin(), keys.end(), number, [&](std::int64_t key, Decimal value) {
            return Decimal::scaled(key, exponent) < value;
        });
    const auto index = static_cast<std::size_t>(at - keys.begin());
    return {index, at != keys.end() && Decimal::scaled(*at, exponent) == number};
}

Position find_number(std::span<const std::int64_t> keys, int exponent, Decimal number) {
    if (!number.small()) {
        return find_slowly(keys, exponent, number);
    }
    const std::int64_t coefficient = number.coefficient();
    const int shift = number.exponent() - exponent;
    if (shift == 0) {
        return find(keys, coefficient);
    }
    if (shift < -17 || shift > 17) {
        return find_slowly(keys, exponent, number);
    }
    if (shift > 0) {
        std::int64_t key = 0;
        if (__builtin_mul_overflow(
                coefficient, kPowersOfTen[static_cast<std::size_t>(shift)], &key
            )) {
            return {coefficient < 0 ? 0 : keys.size(), false};
        }
        return find(keys, key);
    }
    const std::int64_t divisor = kPowersOfTen[static_cast<std::size_t>(-shift)];
    const std::int64_t quotient = coefficient / divisor;
    const std::int64_t rest = coefficient % divisor;
    if (rest == 0) {
        return find(keys, quotient);
    }
    // Between two multiples of the keys' unit: before the first key above it.
    return {lower_bound(keys, rest > 0 ? quotient + 1 : quotient), false};
}

Position find_duration(std::span<const std::int64_t> keys, DaysTimeDuration span) {
    if (span.nanoseconds == 0) {
        return find(keys, span.seconds);
    }
    return {lower_bound(keys, span.nanoseconds > 0 ? span.seconds + 1 : span.seconds), false};
}

bool zoned(Value moment) {
    return moment.as_date_time().zone.kind != Zone::Kind::None;
}

/// A moment in whole seconds, rounded down, and what is left of it.
struct Second {
    std::int64_t second;
    std::int64_t nanoseconds;
};

Second second_of(Value moment) {
    constexpr feel::Nanoseconds kSecond = 1'000'000'000;
    const feel::Nanoseconds instant = feel::instant(moment.as_date_time());
    const feel::Nanoseconds rest = (instant % kSecond + kSecond) % kSecond;
    return {static_cast<std::int64_t>((instant - rest) / kSecond), static_cast<std::int64_t>(rest)};
}

Position find_moment(std::span<const std::int64_t> keys, const Second& at) {
    return at.nanoseconds == 0 ? find(keys, at.second)
                               : Position{lower_bound(keys, at.second + 1), false};
}

std::optional<std::int64_t> number_key(Decimal number, int exponent) {
    if (!number.small()) {
        return std::nullopt;
    }
    std::int64_t key = number.coefficient();
    for (int at = number.exponent(); at > exponent; --at) {
        if (__builtin_mul_overflow(key, std::int64_t{10}, &key)) {
            return std::nullopt;
        }
    }
    return key;
}

}  // namespace

BreakPoints::BreakPoints(Value::Kind kind, std::span<const Value> ends) : kind_(kind) {
    if (kind == Value::Kind::Number) {
        for (const Value& end : ends) {
            const Decimal number = end.as_number();
            exponent_ = number.small() ? std::min(exponent_, number.exponent()) : exponent_;
        }
    }
    zoned_ = kind == Value::Kind::DateTime && !ends.empty() && zoned(ends.front());
    for (const Value& end : ends) {
        if (const std::optional<std::int64_t> key = key_of(end)) {
            keys_.push_back(*key);
        }
    }
    std::sort(keys_.begin(), keys_.end());
    keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
    keys_.shrink_to_fit();
}

std::size_t BreakPoints::class_of(Value value) const {
    Position at{0, false};
    switch (kind_) {
    case Value::Kind::Number:
        at = find_number(keys_, exponent_, value.as_number());
        break;
    case Value::Kind::Date:
        at = find(keys_, value.as_date().days);
        break;
    case Value::Kind::DateTime:
        at = find_moment(keys_, second_of(value));
        break;
    case Value::Kind::YearsMonthsDuration:
        at = find(keys_, value.as_years_months().months);
        break;
    default:
        at = find_duration(keys_, value.as_days_time());
        break;
    }
    return 2 * at.index + (at.exact ? 1 : 0);
}

std::optional<std::int64_t> BreakPoints::key_of(Value value) const {
    switch (kind_) {
    case Value::Kind::Number:
        return number_key(value.as_number(), exponent_);
    case Value::Kind::Date:
        return value.as_date().days;
    case Value::Kind::DateTime: {
        const Second at = second_of(value);
        return comparable(value) && at.nanoseconds == 0 ? std::optional(at.second) : std::nullopt;
    }
    case Value::Kind::YearsMonthsDuration:
        return value.as_years_months().months;
    default: {
        const DaysTimeDuration span = value.as_days_time();
        return span.nanoseconds == 0 ? std::optional(span.seconds) : std::nullopt;
    }
    }
}

bool BreakPoints::comparable(Value value) const {
    return kind_ != Value::Kind::DateTime || zoned(value) == zoned_;
}

bool BreakPoints::know(const SimpleTest& test) const {
    // Moments are equal to the whole second, but in order to the nanosecond: no class has the
    // second's shape.
    if (kind_ == Value::Kind::DateTime && test.kind != SimpleTest::Kind::Interval) {
        return false;
    }
    for (const Value* end : {&test.start, &test.end}) {
        if (!end->null() && (!end->is(kind_) || !key_of(*end))) {
            return false;
        }
    }
    return true;
}

std::uint32_t BreakPoints::class_of_end(Value end) const {
    const auto at = std::lower_bound(keys_.begin(), keys_.end(), *key_of(end));
    return static_cast<std::uint32_t>(2 * (at - keys_.begin()) + 1);
}

/// Returns whether values of this kind make the test null.
bool BreakPoints::add_changes(const SimpleTest& test, std::vector<Change>& changes) const {
    const Value::Kind kind = kind_of(test);
    if (kind == Value::Kind::Null) {
        if (test.kind == SimpleTest::Kind::NotEqual) {
            changes.push_back({0, 1});
        }
        return false;
    }
    if (kind != kind_) {
        return true;
    }
    if (test.kind == SimpleTest::Kind::Interval) {
        const std::uint32_t from =
            test.start.null() ? 0 : class_of_end(test.start) + (test.start_included ? 0U : 1U);
        changes.push_back({from, 1});
        if (!test.end.null()) {
            const std::uint32_t to = class_of_end(test.end) + (test.end_included ? 1U : 0U);
            changes.push_back({std::max(from, to), -1});
        }
        return false;
    }
    const std::uint32_t at = class_of_end(test.start);
    const int by = test.kind == SimpleTest::Kind::Equal ? 1 : -1;
    if (by < 0) {
        changes.push_back({0, 1});
    }
    changes.push_back({at, by});
    changes.push_back({at + 1, -by});
    return false;
}

std::vector<std::uint32_t> BreakPoints::turns(const SimpleTests& tests) const {
    if (tests.any) {
        return {0};
    }
    std::vector<Change> changes;
    bool unknown = false;
    for (const SimpleTest& test : tests.tests) {
        unknown |= add_changes(test, changes);
    }
    std::sort(changes.begin(), changes.end(), [](const Change& lhs, const Change& rhs) {
        return lhs.at < rhs.at;
    });
    std::vector<std::uint32_t> result;
    bool met = false;
    int count = 0;
    std::size_t next = 0;
    const auto classes = static_cast<std::uint32_t>(class_count());
    for (std::uint32_t at = 0; at < classes;) {
        for (; next < changes.size() && changes[next].at == at; ++next) {
            count += changes[next].by;
        }
        const bool now = tests.negated ? count == 0 && !unknown : count > 0;
        if (now != met) {
            result.push_back(at);
            met = now;
        }
        at = next < changes.size() ? changes[next].at : classes;
    }
    return result;
}

}  // namespace attune::dmn
