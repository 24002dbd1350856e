#include "value/temporal_text.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace attune {

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::string two_digits(std::int64_t number) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%02lld", static_cast<long long>(number));
    return text.data();
}

/// ".5" for half a second; nothing for whole seconds.
std::string fraction(std::int64_t nanoseconds) {
    if (nanoseconds == 0) {
        return "";
    }
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), ".%09lld", static_cast<long long>(nanoseconds));
    std::string digits = text.data();
    while (digits.back() == '0') {
        digits.pop_back();
    }
    return digits;
}

std::string clock_text(std::int64_t nanoseconds) {
    const std::int64_t seconds = nanoseconds / kNanosecondsPerSecond;
    return two_digits(seconds / 3600) + ":" + two_digits(seconds / 60 % 60) + ":" +
           two_digits(seconds % 60) + fraction(nanoseconds % kNanosecondsPerSecond);
}

std::string zone_text(const Zone& zone) {
    if (zone.kind == Zone::Kind::None) {
        return "";
    }
    if (zone.kind == Zone::Kind::Named) {
        return "@" + std::string(zone.name);
    }
    if (zone.offset_seconds == 0) {
        return "Z";
    }
    const std::int32_t offset = std::abs(zone.offset_seconds);
    std::string text = (zone.offset_seconds < 0 ? "-" : "+") + two_digits(offset / 3600) + ":" +
                       two_digits(offset / 60 % 60);
    return offset % 60 == 0 ? text : text + ":" + two_digits(offset % 60);
}

}  // namespace

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": days_from_civil and
// civil_from_days.
CivilDate to_civil(Date date) {
    const std::int64_t shifted = date.days + 719'468;
    const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
    const auto day_of_era = static_cast<unsigned>(shifted - era * 146'097);
    const unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const unsigned day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned shifted_month = (5 * day_of_year + 2) / 153;
    const unsigned day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

Date from_civil(CivilDate civil) {
    const std::int64_t year = civil.year - (civil.month <= 2 ? 1 : 0);
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const auto year_of_era = static_cast<unsigned>(year - era * 400);
    const unsigned shifted_month = civil.month > 2 ? civil.month - 3 : civil.month + 9;
    const unsigned day_of_year = (153 * shifted_month + 2) / 5 + civil.day - 1;
    const unsigned day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return {era * 146'097 + static_cast<std::int64_t>(day_of_era) - 719'468};
}

std::string to_string(Date date) {
    const CivilDate civil = to_civil(date);
    std::array<char, 48> text{};
    const auto year = static_cast<long long>(std::llabs(civil.year));
    std::snprintf(
        text.data(),
        text.size(),
        "%s%04lld-%02u-%02u",
        civil.year < 0 ? "-" : "",
        year,
        civil.month,
        civil.day
    );
    return text.data();
}

std::string to_string(const TimeOfDay& time) {
    return clock_text(time.nanoseconds) + zone_text(time.zone);
}

std::string to_string(const DateTime& moment) {
    return to_string(moment.date) + "T" + clock_text(moment.nanoseconds) + zone_text(moment.zone);
}

std::string to_string(DaysTimeDuration span) {
    const bool negative = span.seconds < 0 || span.nanoseconds < 0;
    const std::int64_t seconds = std::llabs(span.seconds);
    const std::int64_t nanoseconds = std::abs(span.nanoseconds);
    std::string text = negative ? "-P" : "P";
    const auto part = [&text](std::int64_t count, const char* unit) {
        if (count != 0) {
            text += std::to_string(count) + unit;
        }
    };
    part(seconds / 86'400, "D");
    if (seconds % 86'400 != 0 || nanoseconds != 0) {
        text += "T";
        part(seconds / 3600 % 24, "H");
        part(seconds / 60 % 60, "M");
        if (seconds % 60 != 0 || nanoseconds != 0) {
            text += std::to_string(seconds % 60) + fraction(nanoseconds) + "S";
        }
    }
    return text.back() == 'P' ? "PT0S" : text;
}

std::string to_string(YearsMonthsDuration span) {
    const std::int64_t months = std::llabs(span.months);
    std::string text = span.months < 0 ? "-P" : "P";
    if (months / 12 != 0) {
        text += std::to_string(months / 12) + "Y";
    }
    if (months % 12 != 0) {
        text += std::to_string(months % 12) + "M";
    }
    return months == 0 ? "P0M" : text;
}

}  // namespace attune
