#include "dmn/column_index.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"

namespace attune::dmn {
namespace {

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

}  // namespace

bool ColumnIndex::indexed(Value::Kind kind) {
    switch (kind) {
    case Value::Kind::Null:
    case Value::Kind::Boolean:
    case Value::Kind::Number:
    case Value::Kind::String:
    case Value::Kind::Date:
    case Value::Kind::YearsMonthsDuration:
    case Value::Kind::DaysTimeDuration:
        return true;
    default:
        return false;
    }
}

const Word* ColumnIndex::rows(const Value& input, Arena& arena) const {
    switch (input.kind()) {
    case Value::Kind::Null:
        return bits(null_, arena);
    case Value::Kind::Boolean:
        return bits(input.is_true() ? true_ : false_, arena);
    case Value::Kind::String:
        return bits(class_of_string(input.as_string()), arena);
    case Value::Kind::Number:
        return bits(class_of_ordered(ordered_[0], input), arena);
    case Value::Kind::Date:
        return bits(class_of_ordered(ordered_[1], input), arena);
    case Value::Kind::YearsMonthsDuration:
        return bits(class_of_ordered(ordered_[2], input), arena);
    case Value::Kind::DaysTimeDuration:
        return bits(class_of_ordered(ordered_[3], input), arena);
    default:
        return bits(all_, arena);
    }
}

const Word* ColumnIndex::bits(const Class& chosen, Arena& arena) const {
    const Word* stored = bitmaps_.data() + std::size_t{chosen.bitmap} * words_;
    if (chosen.flips_begin == chosen.flips_end) {
        return stored;
    }
    const std::span<Word> copy = arena.array<Word>(words_);
    std::memcpy(copy.data(), stored, words_ * sizeof(Word));
    for (std::uint32_t at = chosen.flips_begin; at < chosen.flips_end; ++at) {
        copy[flips_[at] / kWordBits] ^= Word{1} << (flips_[at] % kWordBits);
    }
    return copy.data();
}

const ColumnIndex::Class& ColumnIndex::class_of_string(std::string_view text) const {
    if (slots_.empty()) {
        return strings_[0];
    }
    const auto hash = static_cast<std::uint32_t>(hash_bytes(text));
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
        const StringSlot& slot = slots_[at];
        if (slot.class_index == 0) {
            return strings_[0];
        }
        if (slot.hash == hash &&
            std::string_view(text_).substr(slot.text_begin, slot.text_size) == text) {
            return strings_[slot.class_index];
        }
    }
}

const ColumnIndex::Class& ColumnIndex::class_of_ordered(const Ordered& ordered, const Value& input)
    const {
    Position at{0, false};
    switch (ordered.kind) {
    case Value::Kind::Number:
        at = find_number(ordered.keys, ordered.exponent, input.as_number());
        break;
    case Value::Kind::Date:
        at = find(ordered.keys, input.as_date().days);
        break;
    case Value::Kind::YearsMonthsDuration:
        at = find(ordered.keys, input.as_years_months().months);
        break;
    default:
        at = find_duration(ordered.keys, input.as_days_time());
        break;
    }
    return ordered.classes[2 * at.index + (at.exact ? 1 : 0)];
}

std::size_t ColumnIndex::bytes() const {
    std::size_t total = bitmaps_.capacity() * sizeof(Word) + flips_.capacity() * sizeof(flips_[0]) +
                        strings_.capacity() * sizeof(Class) +
                        slots_.capacity() * sizeof(StringSlot) + text_.capacity() +
                        (residual_.capacity() + conditional_.capacity()) * sizeof(Word);
    for (const Ordered& each : ordered_) {
        total +=
            each.keys.capacity() * sizeof(std::int64_t) + each.classes.capacity() * sizeof(Class);
    }
    return total;
}

}  // namespace attune::dmn
