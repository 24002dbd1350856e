#include "feel/zones.h"

#include <algorithm>
#include <chrono>
#include <exception>

#include <date/tz.h>

namespace attune::feel {

namespace {

// The database's arithmetic is sound within years -32767 to 32767; offsets beyond are those of the
// nearest moment inside.
constexpr std::int64_t kSecondsMax = 900'000'000'000;

const date::time_zone* find_zone(std::string_view name) {
    try {
        return date::locate_zone(name);
    } catch (const std::exception&) {
        return nullptr;
    }
}

std::chrono::seconds clamped(std::int64_t seconds) {
    return std::chrono::seconds(std::clamp(seconds, -kSecondsMax, kSecondsMax));
}

}  // namespace

bool zone_exists(std::string_view name) {
    return !name.empty() && find_zone(name) != nullptr;
}

std::int32_t zone_offset_at(std::string_view name, std::int64_t utc_seconds) {
    const date::time_zone* zone = find_zone(name);
    if (zone == nullptr) {
        return 0;
    }
    const auto info = zone->get_info(date::sys_seconds(clamped(utc_seconds)));
    return static_cast<std::int32_t>(info.offset.count());
}

std::vector<ZoneChange> zone_changes(
    std::string_view name, std::int64_t from_utc_seconds, std::int64_t to_utc_seconds
) {
    const date::time_zone* zone = find_zone(name);
    if (zone == nullptr) {
        return {{from_utc_seconds, 0}};
    }
    std::vector<ZoneChange> changes;
    for (std::int64_t at = from_utc_seconds; at < to_utc_seconds;) {
        const auto info = zone->get_info(date::sys_seconds(clamped(at)));
        const auto offset = static_cast<std::int32_t>(info.offset.count());
        if (changes.empty() || changes.back().offset_seconds != offset) {
            changes.push_back({at, offset});
        }
        at = std::max<std::int64_t>(info.end.time_since_epoch().count(), at + 1);
    }
    return changes;
}

std::int32_t zone_offset_at_local(std::string_view name, std::int64_t local_seconds) {
    const date::time_zone* zone = find_zone(name);
    if (zone == nullptr) {
        return 0;
    }
    const auto info = zone->get_info(date::local_seconds(clamped(local_seconds)));
    return static_cast<std::int32_t>(info.first.offset.count());
}

}  // namespace attune::feel
