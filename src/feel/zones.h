#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace attune::feel {

/// Whether the system's tz database has a zone of this name.
[[nodiscard]] bool zone_exists(std::string_view name);

/// Seconds east of Greenwich that the named zone keeps at a point in UTC; 0 for an unknown zone.
[[nodiscard]] std::int32_t zone_offset_at(std::string_view name, std::int64_t utc_seconds);

/// The same at a local time. In the gap or overlap of a change the offset before the change counts.
[[nodiscard]] std::int32_t zone_offset_at_local(std::string_view name, std::int64_t local_seconds);

struct ZoneChange {
    std::int64_t from_utc_seconds = 0;
    std::int32_t offset_seconds = 0;
};

/// The offsets that the named zone keeps from `from_utc_seconds` to `to_utc_seconds`, ascending;
/// the first begins at or before the former. One of UTC for an unknown zone.
[[nodiscard]] std::vector<ZoneChange> zone_changes(
    std::string_view name, std::int64_t from_utc_seconds, std::int64_t to_utc_seconds
);

}  // namespace attune::feel
