#include "base/time.h"

#include <array>
#include <cstddef>
#include <cstdio>

namespace attune {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t ms;
};

// Largest first, so that writing picks the largest unit that divides the span.
constexpr std::array<Unit, 6> kUnits{{
    {"w", 604'800'000},
    {"d", 86'400'000},
    {"h", 3'600'000},
    {"m", 60'000},
    {"s", 1'000},
    {"ms", 1},
}};

/// Reads fixed-width decimal numbers from a text and remembers whether all of them were digits.
class Digits {
public:
    explicit Digits(std::string_view text) : text_(text) {}

    int number(std::size_t at, std::size_t count) {
        int value = 0;
        for (std::size_t i = at; i < at + count; ++i) {
            const int digit = i < text_.size() ? text_[i] - '0' : -1;
            ok_ = ok_ && digit >= 0 && digit <= 9;
            value = value * 10 + digit;
        }
        return value;
    }

    void expect(std::size_t at, char wanted) {
        ok_ = ok_ && at < text_.size() && text_[at] == wanted;
    }

    [[nodiscard]] bool ok() const { return ok_; }

private:
    std::string_view text_;
    bool ok_ = true;
};

/// The offset from UTC in minutes that `text` ends with from `at` on, or nothing if it is no RFC
/// 3339 offset.
std::optional<int> parse_offset(std::string_view text, std::size_t at) {
    if (at + 1 == text.size() && (text[at] == 'Z' || text[at] == 'z')) {
        return 0;
    }
    if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-')) {
        return std::nullopt;
    }
    Digits digits(text);
    const int hours = digits.number(at + 1, 2);
    const int minutes = digits.number(at + 4, 2);
    digits.expect(at + 3, ':');
    if (!digits.ok() || hours > 23 || minutes > 59) {
        return std::nullopt;
    }
    return (text[at] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

/// Reads ".123456" from `at`, moving `at` behind it; returns the milliseconds.
std::optional<int> parse_fraction(std::string_view text, std::size_t& at) {
    if (at >= text.size() || text[at] != '.') {
        return 0;
    }
    int ms = 0;
    int digits = 0;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) {
        if (digits < 3) {
            ms = ms * 10 + (text[at] - '0');
        }
    }
    if (digits == 0) {
        return std::nullopt;
    }
    for (; digits < 3; ++digits) {
        ms *= 10;
    }
    return ms;
}

}  // namespace

std::optional<Timestamp> parse_timestamp(std::string_view text) {
    Digits digits(text);
    const int year = digits.number(0, 4);
    const int month = digits.number(5, 2);
    const int day = digits.number(8, 2);
    const int hour = digits.number(11, 2);
    const int minute = digits.number(14, 2);
    const int second = digits.number(17, 2);
    digits.expect(4, '-');
    digits.expect(7, '-');
    digits.expect(13, ':');
    digits.expect(16, ':');
    if (!digits.ok() || (text[10] != 'T' && text[10] != 't' && text[10] != ' ')) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{
        std::chrono::year(year),
        std::chrono::month(static_cast<unsigned>(month)),
        std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) {
        return std::nullopt;
    }
    std::size_t at = 19;
    const std::optional<int> ms = parse_fraction(text, at);
    const std::optional<int> offset_minutes = ms ? parse_offset(text, at) : std::nullopt;
    if (!offset_minutes) {
        return std::nullopt;
    }
    const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
    const std::int64_t minutes = (days * 24 + hour) * 60 + minute - *offset_minutes;
    return Timestamp((minutes * 60 + second) * 1'000 + *ms);
}

std::string to_string(Timestamp at) {
    const std::chrono::sys_time<Duration> moment{Duration(at.ms())};
    const auto midnight = std::chrono::floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date{midnight};
    const std::chrono::hh_mm_ss<Duration> time{moment - midnight};
    std::array<char, 48> text{};
    const int size = std::snprintf(
        text.data(),
        text.size(),
        "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count()),
        static_cast<int>(time.subseconds().count())
    );
    return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<Duration> parse_duration(std::string_view text) {
    std::size_t at = 0;
    std::int64_t count = 0;
    // Nine digits of weeks still fit an int64 of milliseconds.
    for (; at < text.size() && at < 9 && text[at] >= '0' && text[at] <= '9'; ++at) {
        count = count * 10 + (text[at] - '0');
    }
    if (at == 0 || count == 0) {
        return std::nullopt;
    }
    for (const Unit& unit : kUnits) {
        if (text.substr(at) == unit.name) {
            return Duration(count * unit.ms);
        }
    }
    return std::nullopt;
}

std::string to_string(Duration span) {
    for (const Unit& unit : kUnits) {
        if (span.count() % unit.ms == 0) {
            return std::to_string(span.count() / unit.ms).append(unit.name);
        }
    }
    return std::to_string(span.count()) + "ms";
}

}  // namespace attune
