#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace attune::schema {

/// parse_timestamp for a stream of times most of which share their day: the day's part is
/// remembered.
class TimeReader {
public:
    [[nodiscard]] std::optional<Timestamp> read(std::string_view text) {
        // "2026-03-01T00:00:00.123Z", as almost every sender writes it.
        if (text.size() != 24 || std::memcmp(text.data(), day_, sizeof day_) != 0) {
            return read_slowly(text);
        }
        const int hours = two(text, 11);
        const int minutes = two(text, 14);
        const int seconds = two(text, 17);
        const int hundreds = text[20] - '0';
        const int rest = two(text, 21);
        const bool marks = text[13] == ':' && text[16] == ':' && text[19] == '.' && text[23] == 'Z';
        if (!marks || static_cast<unsigned>(hours) > 23 || static_cast<unsigned>(minutes) > 59 ||
            static_cast<unsigned>(seconds) > 59 || static_cast<unsigned>(hundreds) > 9 ||
            static_cast<unsigned>(rest) > 99) {
            return read_slowly(text);
        }
        const std::int64_t in_day =
            ((hours * 60 + minutes) * 60 + seconds) * 1'000 + hundreds * 100 + rest;
        return Timestamp(day_start_ + in_day);
    }

private:
    /// Two digits, or a number out of every range used here.
    static int two(std::string_view text, std::size_t at) {
        const auto tens = static_cast<unsigned>(text[at] - '0');
        const auto ones = static_cast<unsigned>(text[at + 1] - '0');
        return tens > 9 || ones > 9 ? -1 : static_cast<int>(tens * 10 + ones);
    }

    std::optional<Timestamp> read_slowly(std::string_view text) {
        const std::optional<Timestamp> read = parse_timestamp(text);
        if (read && text.size() == 24 && text.back() == 'Z' && text[10] == 'T') {
            constexpr std::int64_t kDayMs = 86'400'000;
            const std::int64_t in_day = ((read->ms() % kDayMs) + kDayMs) % kDayMs;
            day_start_ = read->ms() - in_day;
            std::memcpy(day_, text.data(), sizeof day_);
        }
        return read;
    }

    char day_[11] = {};  ///< "2026-03-01T"
    std::int64_t day_start_ = 0;
};

}  // namespace attune::schema
