#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace attune::customer {

/// A window that begins with a unit of the calendar instead of a span ago.
enum class Calendar : std::uint8_t { None, Day, Week, Month, Year };

/// What a zone's clocks show, as far as windows look: copied from the tz database when a workspace
/// is compiled, so that the fold asks no library.
struct ZoneTable {
    struct Change {
        std::int64_t from_ms = 0;  ///< UTC
        std::int64_t offset_ms = 0;
    };

    /// Ascending; the first one counts for all time before it too.
    std::vector<Change> changes{{}};

    [[nodiscard]] std::int64_t offset_at(std::int64_t utc_ms) const;
};

/// The number of the day, week (from Monday), month or year of `zone` that holds `time`, counted
/// from 1970; moments before then count as the first one.
[[nodiscard]] std::uint32_t calendar_unit(Calendar unit, const ZoneTable& zone, Timestamp time);

/// The first moment of a unit.
[[nodiscard]] Timestamp unit_start(Calendar unit, const ZoneTable& zone, std::uint32_t number);

}  // namespace attune::customer
