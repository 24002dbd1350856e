#include "dmn/column_index.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "base/same_text.h"

namespace attune::dmn {

const Word* ColumnIndex::rows(Value input, Arena& arena) const {
    switch (input.kind()) {
    case Value::Kind::Null:
        return bits(null_, arena);
    case Value::Kind::Boolean:
        return bits(input.is_true() ? true_ : false_, arena);
    case Value::Kind::String:
        return bits(class_of_string(input.as_string()), arena);
    case Value::Kind::Number:
        return bits(ordered_[0].classes[ordered_[0].points.class_of(input)], arena);
    case Value::Kind::Date:
        return bits(ordered_[1].classes[ordered_[1].points.class_of(input)], arena);
    case Value::Kind::YearsMonthsDuration:
        return bits(ordered_[2].classes[ordered_[2].points.class_of(input)], arena);
    case Value::Kind::DaysTimeDuration:
        return bits(ordered_[3].classes[ordered_[3].points.class_of(input)], arena);
    case Value::Kind::DateTime:
        return ordered_[4].points.comparable(input)
                   ? bits(ordered_[4].classes[ordered_[4].points.class_of(input)], arena)
                   : bits(all_, arena);
    default:
        return bits(all_, arena);
    }
}

const Word* ColumnIndex::flipped(const Word* stored, const Class& chosen, Arena& arena) const {
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
            same_text({text_.data() + slot.text_begin, slot.text_size}, text)) {
            return strings_[slot.class_index];
        }
    }
}

std::size_t ColumnIndex::bytes() const {
    std::size_t total = bitmaps_.capacity() * sizeof(Word) + flips_.capacity() * sizeof(flips_[0]) +
                        strings_.capacity() * sizeof(Class) +
                        slots_.capacity() * sizeof(StringSlot) + text_.capacity() +
                        (residual_.capacity() + conditional_.capacity()) * sizeof(Word);
    for (const Ordered& each : ordered_) {
        total += each.points.keys().capacity() * sizeof(std::int64_t) +
                 each.classes.capacity() * sizeof(Class);
    }
    return total;
}

}  // namespace attune::dmn
