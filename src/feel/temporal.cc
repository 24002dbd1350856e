#include "feel/temporal.h"

#include "feel/zones.h"
#include "value/temporal_text.h"

namespace attune::feel {

namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr Nanoseconds kDay = 86'400 * kSecond;
constexpr std::int64_t kYearMax = 999'999'999;

/// Rounds towards minus infinity.
Nanoseconds floor_divide(Nanoseconds dividend, Nanoseconds divisor) {
    const Nanoseconds quotient = dividend / divisor;
    return dividend % divisor < 0 ? quotient - 1 : quotient;
}

unsigned days_in_month(std::int64_t year, unsigned month) {
    const std::int64_t next_year = month == 12 ? year + 1 : year;
    const unsigned next_month = month == 12 ? 1 : month + 1;
    const Date first = from_civil({year, month, 1});
    return static_cast<unsigned>(from_civil({next_year, next_month, 1}).days - first.days);
}

}  // namespace

std::int32_t offset_seconds(const Zone& zone, Date day, std::int64_t nanoseconds) {
    if (zone.kind != Zone::Kind::Named) {
        return zone.kind == Zone::Kind::Offset ? zone.offset_seconds : 0;
    }
    return zone_offset_at_local(zone.name, day.days * 86'400 + nanoseconds / 1'000'000'000);
}

Nanoseconds instant(const DateTime& moment) {
    const std::int32_t offset = offset_seconds(moment.zone, moment.date, moment.nanoseconds);
    return moment.date.days * kDay + moment.nanoseconds - offset * kSecond;
}

Nanoseconds instant(const TimeOfDay& time) {
    return time.nanoseconds - offset_seconds(time.zone, Date{}, time.nanoseconds) * kSecond;
}

DateTime in_zone(Nanoseconds instant, const Zone& zone) {
    std::int32_t offset = zone.kind == Zone::Kind::Offset ? zone.offset_seconds : 0;
    if (zone.kind == Zone::Kind::Named) {
        const auto seconds = static_cast<std::int64_t>(floor_divide(instant, kSecond));
        offset = zone_offset_at(zone.name, seconds);
    }
    const Nanoseconds local = instant + offset * kSecond;
    const Nanoseconds day = floor_divide(local, kDay);
    return {
        Date{static_cast<std::int64_t>(day)}, static_cast<std::int64_t>(local - day * kDay), zone};
}

DateTime to_date_time(Timestamp now, const Zone& zone) {
    return in_zone(static_cast<Nanoseconds>(now.ms()) * 1'000'000, zone);
}

Nanoseconds nanoseconds(DaysTimeDuration span) {
    return span.seconds * kSecond + span.nanoseconds;
}

std::optional<DaysTimeDuration> days_time(Nanoseconds nanoseconds) {
    const Nanoseconds seconds = nanoseconds / kSecond;
    if (seconds > INT64_MAX || seconds < -INT64_MAX) {
        return std::nullopt;
    }
    return DaysTimeDuration{
        static_cast<std::int64_t>(seconds), static_cast<std::int32_t>(nanoseconds % kSecond)};
}

std::optional<Date> add_months(Date date, std::int64_t months) {
    const CivilDate civil = to_civil(date);
    std::int64_t total = 0;
    if (__builtin_add_overflow(civil.year * 12 + (civil.month - 1), months, &total)) {
        return std::nullopt;
    }
    const std::int64_t year = total >= 0 ? total / 12 : -((-total + 11) / 12);
    if (year > kYearMax || year < -kYearMax) {
        return std::nullopt;
    }
    const auto month = static_cast<unsigned>(total - year * 12) + 1;
    const unsigned last = days_in_month(year, month);
    return from_civil({year, month, civil.day < last ? civil.day : last});
}

int weekday(Date date) {
    const std::int64_t shifted = (date.days + 3) % 7;  // 1970-01-01 was a Thursday.
    return static_cast<int>(shifted < 0 ? shifted + 7 : shifted) + 1;
}

bool date_in_range(Date date) {
    static const std::int64_t first = from_civil({-kYearMax, 1, 1}).days;
    static const std::int64_t last = from_civil({kYearMax, 12, 31}).days;
    return date.days >= first && date.days <= last;
}

}  // namespace attune::feel
