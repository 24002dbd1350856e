#include <array>
#include <charconv>

#include "feel/temporal.h"
#include "feel/zones.h"
#include "value/temporal_text.h"

namespace attune::feel {

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kNanosecondsPerDay = 86'400 * kNanosecondsPerSecond;
constexpr std::int64_t kYearMax = 999'999'999;
// XML Schema allows 14; java.time, which wrote the TCK's data, 18.
constexpr std::int64_t kOffsetHoursMax = 18;

/// Reads digits and letters one after another; the first mismatch makes it fail for good.
class TextCursor {
public:
    explicit TextCursor(std::string_view text) : rest_(text) {}

    bool accept(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }
    bool expect(char wanted) { return ok_ = accept(wanted) && ok_; }

    /// The run of digits here, without consuming it.
    [[nodiscard]] std::string_view digits() const {
        std::size_t count = 0;
        while (count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') {
            ++count;
        }
        return rest_.substr(0, count);
    }
    /// A number of `least` to `most` digits.
    std::int64_t number(std::size_t least, std::size_t most) {
        const std::string_view run = digits();
        std::int64_t value = 0;
        if (run.size() < least || run.size() > most) {
            ok_ = false;
            return 0;
        }
        std::from_chars(run.data(), run.data() + run.size(), value);
        rest_.remove_prefix(run.size());
        return value;
    }
    /// ".5" as nanoseconds; digits beyond the ninth are dropped.
    std::int64_t fraction(std::size_t least = 1) {
        if (!accept('.')) {
            return 0;
        }
        const std::string_view run = digits();
        ok_ = ok_ && run.size() >= least;
        std::int64_t value = 0;
        for (std::size_t i = 0; i < 9; ++i) {
            value = value * 10 + (i < run.size() ? run[i] - '0' : 0);
        }
        rest_.remove_prefix(run.size());
        return value;
    }
    void fail() { ok_ = false; }
    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }
    [[nodiscard]] std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
    bool ok_ = true;
};

Date read_date(TextCursor& cursor) {
    const bool negative = cursor.accept('-');
    const std::string_view digits = cursor.digits();
    if (digits.size() > 4 && digits.front() == '0') {
        cursor.fail();
    }
    const std::int64_t year = cursor.number(4, 9);
    cursor.expect('-');
    const std::int64_t month = cursor.number(2, 2);
    cursor.expect('-');
    const std::int64_t day = cursor.number(2, 2);
    if (!cursor.ok() || month < 1 || month > 12 || day < 1 || day > 31) {
        cursor.fail();
        return {};
    }
    const CivilDate civil{
        negative ? -year : year, static_cast<unsigned>(month), static_cast<unsigned>(day)};
    const Date date = from_civil(civil);
    if (to_civil(date).day != civil.day) {
        cursor.fail();  // 30 February came back as a day of March.
    }
    return date;
}

Zone read_offset(TextCursor& cursor) {
    const bool negative = cursor.accept('-');
    if (!negative) {
        cursor.expect('+');
    }
    const std::int64_t hours = cursor.number(2, 2);
    cursor.expect(':');
    const std::int64_t minutes = cursor.number(2, 2);
    const std::int64_t seconds = cursor.accept(':') ? cursor.number(2, 2) : 0;
    const std::int64_t offset = hours * 3600 + minutes * 60 + seconds;
    if (minutes > 59 || seconds > 59 || offset > kOffsetHoursMax * 3600) {
        cursor.fail();
    }
    return {Zone::Kind::Offset, static_cast<std::int32_t>(negative ? -offset : offset), {}};
}

/// `hh:mm:ss`; 24:00:00 only where a day follows that it can be the start of.
std::int64_t read_clock(TextCursor& cursor, bool end_of_day) {
    const std::int64_t hour = cursor.number(2, 2);
    cursor.expect(':');
    const std::int64_t minute = cursor.number(2, 2);
    cursor.expect(':');
    const std::int64_t second = cursor.number(2, 2);
    const std::int64_t fraction = cursor.fraction();
    const bool midnight = end_of_day && hour == 24 && minute + second + fraction == 0;
    if ((hour > 23 && !midnight) || minute > 59 || second > 59) {
        cursor.fail();
    }
    return (hour * 3600 + minute * 60 + second) * kNanosecondsPerSecond + fraction;
}

/// The time at the start of `text` and, after it, the zone, which takes all the rest.
std::optional<TimeOfDay> read_time(TextCursor& cursor, bool end_of_day) {
    const std::int64_t clock = read_clock(cursor, end_of_day);
    if (!cursor.ok()) {
        return std::nullopt;
    }
    if (cursor.rest().empty()) {
        return TimeOfDay{clock, {}};
    }
    const bool named = cursor.accept('@');
    const std::optional<Zone> zone = parse_zone(cursor.rest());
    if (!zone || named != (zone->kind == Zone::Kind::Named)) {
        return std::nullopt;
    }
    return TimeOfDay{clock, *zone};
}

/// Adds `count * unit` to `total`; false on overflow.
bool accumulate(std::int64_t& total, std::int64_t count, std::int64_t unit) {
    std::int64_t product = 0;
    return !__builtin_mul_overflow(count, unit, &product) &&
           !__builtin_add_overflow(total, product, &total);
}

/// Reads `12D`-like parts in the order of `units`, each at most once; returns how many were there.
struct Unit {
    char letter;
    std::int64_t size;
};
template <std::size_t N>
int read_parts(TextCursor& cursor, const std::array<Unit, N>& units, std::int64_t& total) {
    int count = 0;
    for (const Unit& unit : units) {
        const std::string_view run = cursor.digits();
        const std::string_view after = cursor.rest().substr(run.size());
        if (run.empty() || after.empty() || after.front() != unit.letter) {
            continue;
        }
        const std::int64_t number = cursor.number(1, 18);
        cursor.expect(unit.letter);
        if (!accumulate(total, number, unit.size)) {
            cursor.fail();
        }
        ++count;
    }
    return count;
}

}  // namespace

std::optional<Zone> parse_zone(std::string_view text) {
    if (text == "Z" || text == "z") {
        return Zone{Zone::Kind::Offset, 0, {}};
    }
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
        TextCursor cursor(text);
        const Zone zone = read_offset(cursor);
        return cursor.done() ? std::optional(zone) : std::nullopt;
    }
    if (zone_exists(text)) {
        return Zone{Zone::Kind::Named, 0, text};
    }
    return std::nullopt;
}

std::optional<Date> parse_date(std::string_view text) {
    TextCursor cursor(text);
    const Date date = read_date(cursor);
    return cursor.done() ? std::optional(date) : std::nullopt;
}

std::optional<TimeOfDay> parse_time(std::string_view text) {
    TextCursor cursor(text);
    return read_time(cursor, false);
}

std::optional<DateTime> parse_date_time(std::string_view text) {
    TextCursor cursor(text);
    const Date date = read_date(cursor);
    if (!cursor.ok()) {
        return std::nullopt;
    }
    if (cursor.done()) {
        return DateTime{date, 0, {}};
    }
    if (!cursor.expect('T')) {
        return std::nullopt;
    }
    const std::optional<TimeOfDay> time = read_time(cursor, true);
    if (!time) {
        return std::nullopt;
    }
    if (time->nanoseconds == kNanosecondsPerDay) {
        return DateTime{Date{date.days + 1}, 0, time->zone};
    }
    return DateTime{date, time->nanoseconds, time->zone};
}

std::optional<YearsMonthsDuration> parse_years_months(std::string_view text) {
    TextCursor cursor(text);
    const bool negative = cursor.accept('-');
    cursor.expect('P');
    std::int64_t months = 0;
    const int parts = read_parts(cursor, std::array<Unit, 2>{{{'Y', 12}, {'M', 1}}}, months);
    if (!cursor.done() || parts == 0) {
        return std::nullopt;
    }
    return YearsMonthsDuration{negative ? -months : months};
}

std::optional<DaysTimeDuration> parse_days_time(std::string_view text) {
    TextCursor cursor(text);
    const bool negative = cursor.accept('-');
    cursor.expect('P');
    std::int64_t seconds = 0;
    std::int64_t fraction = 0;
    int parts = read_parts(cursor, std::array<Unit, 1>{{{'D', 86'400}}}, seconds);
    if (cursor.accept('T')) {
        int clock = read_parts(cursor, std::array<Unit, 2>{{{'H', 3600}, {'M', 60}}}, seconds);
        if (!cursor.rest().empty()) {
            const std::int64_t number = cursor.number(1, 18);
            fraction = cursor.fraction(0);  // The TCK takes "PT0.S".
            cursor.expect('S');
            if (!accumulate(seconds, number, 1)) {
                cursor.fail();
            }
            ++clock;
        }
        if (clock == 0) {
            return std::nullopt;
        }
        parts += clock;
    }
    if (!cursor.done() || parts == 0) {
        return std::nullopt;
    }
    const auto nanoseconds = static_cast<std::int32_t>(fraction);
    return negative ? DaysTimeDuration{-seconds, -nanoseconds}
                    : DaysTimeDuration{seconds, nanoseconds};
}

Value parse_temporal(std::string_view text, Arena& arena) {
    if (const auto date = parse_date(text)) {
        return Value::date(*date);
    }
    if (const auto moment = parse_date_time(text)) {
        return Value::date_time(*moment, arena);
    }
    if (const auto time = parse_time(text)) {
        return Value::time(*time, arena);
    }
    if (const auto span = parse_years_months(text)) {
        return Value::duration(*span);
    }
    if (const auto span = parse_days_time(text)) {
        return Value::duration(*span);
    }
    return {};
}

static_assert(kYearMax == 999'999'999, "read_date takes nine digits of a year");

}  // namespace attune::feel
