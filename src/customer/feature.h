#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/arena.h"
#include "base/time.h"
#include "customer/blob.h"
#include "customer/calendar.h"
#include "value/value.h"

namespace attune::customer {

/// How a feature condenses the events that it counts.
enum class Aggregate : std::uint8_t {
    Count,
    Sum,
    Min,
    Max,
    Avg,
    Stddev,
    Distinct,
    Last,
    First,
    Top,
    Since,
    Rate,
    Set,
    Session,
    Quantile
};

/// The layout and the arithmetic of one feature, as compiled from a workspace. The bytes that it
/// keeps in its section of a blob are described in docs/formats/customer.md.
struct FeatureShape {
    Aggregate aggregate = Aggregate::Count;
    /// A window holds the last `tile_count` tiles of `tile` each, aligned to the epoch, the current
    /// one included. A feature without a window has one tile that never ends: `tile` is zero.
    Duration tile{0};
    std::uint32_t tile_count = 1;
    /// Last, First, Top, Set: values shown. Distinct: values counted exactly before they are
    /// estimated. Quantile: cells. Exact: events.
    std::uint32_t keep = 0;
    Duration half_life{
        0};                ///< Count, Sum, Rate, Top: the time in which a score halves; zero: none.
    Duration rate_per{0};  ///< Rate: the span that the count is stated for.
    /// Keeps the events themselves, at most `keep`, so that the window ends to the millisecond.
    bool exact = false;
    Duration window{0};  ///< Of an exact feature; zero: for ever.
    /// The window is the current day, week, month or year of `zone`; then `tile` is zero.
    Calendar calendar = Calendar::None;
    std::shared_ptr<const ZoneTable> zone;
    Duration gap{0};                 ///< Session: a pause that is no shorter ends it.
    std::uint32_t quantile_ppm = 0;  ///< Quantile: which, in millionths: 500,000 is the median.
    /// Kept apart for each key, for at most so many; zero: not.
    std::uint32_t keys = 0;

    friend bool operator==(const FeatureShape&, const FeatureShape&) = default;
};

/// The tile of a window: the longest of 1s 5s 15s 1m 5m 15m 1h 6h 1d that is no longer than a
/// twelfth of it, and one second for windows below twelve.
[[nodiscard]] Duration tile_of(Duration window);

/// What the sketches of a candidate list may hold beyond what is shown, so that a value on its way
/// up is not lost.
[[nodiscard]] std::uint32_t top_candidates_max(std::uint32_t keep);

/// The longest value (in stored bytes) that Last, First and Top keep; longer ones are cut off if
/// text, else skipped.
constexpr std::size_t kKeptValueBytesMax = 256;

/// The longest key, as text, that a grouped feature tells apart; events with longer ones do not
/// count.
constexpr std::size_t kGroupKeyBytesMax = 128;

/// Applies one event to a feature: `value` is what `of:` gave (ignored by Count, Since and Rate). A
/// null where a value is needed changes nothing, nor does a value of the wrong kind. The order in
/// which events arrive does not matter, up to ties of time; an event older than the window's tiles
/// changes nothing. `key` is what `by:` gave, for grouped features: text, a number or a boolean.
void apply(
    const FeatureShape& shape,
    Blob& blob,
    std::size_t section,
    Timestamp time,
    const Value& value,
    const Value& key = {}
);

/// The feature's value as of `time`. Count, Distinct and Rate are 0 and lists empty where nothing
/// was counted; Sum is 0; Session is a context; the others are null. A grouped feature is a context
/// of the keys with something to show.
[[nodiscard]] Value read(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
);

/// Adds another customer's section of the same shape, tile by tile; commutative, up to ties of time
/// and what a bound leaves out.
void merge(const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other);

/// The most bytes that the section can grow to.
[[nodiscard]] std::size_t section_bytes_max(const FeatureShape& shape);

/// The next moment after `time` at which the value changes though nothing happens: a tile leaves
/// the window, or one that lies in the future enters it.
[[nodiscard]] std::optional<Timestamp> next_change(
    const FeatureShape& shape, std::string_view section, Timestamp time
);

}  // namespace attune::customer
