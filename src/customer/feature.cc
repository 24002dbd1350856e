#include "customer/feature.h"

#include <algorithm>
#include <array>

#include "customer/feature_decay.h"
#include "customer/feature_events.h"
#include "customer/feature_groups.h"
#include "customer/feature_histogram.h"
#include "customer/feature_sessions.h"
#include "customer/feature_tiles.h"
#include "customer/feature_values.h"
#include "customer/tiles.h"

namespace attune::customer {

namespace {

constexpr std::array<Duration, 9> kTiles{
    Duration(86'400'000),
    Duration(21'600'000),
    Duration(3'600'000),
    Duration(900'000),
    Duration(300'000),
    Duration(60'000),
    Duration(15'000),
    Duration(5'000),
    Duration(1'000)};

/// How a feature's section is built.
enum class Form : std::uint8_t { Tiles, Values, Events, Score, Sessions, Histogram, Groups };

Form form_of(const FeatureShape& shape) {
    if (shape.keys > 0) {
        return Form::Groups;
    }
    switch (shape.aggregate) {
    case Aggregate::Distinct:
    case Aggregate::Last:
    case Aggregate::First:
    case Aggregate::Top:
    case Aggregate::Since:
    case Aggregate::Set:
        return Form::Values;
    case Aggregate::Session:
        return Form::Sessions;
    case Aggregate::Quantile:
        return Form::Histogram;
    default:
        break;
    }
    if (shape.exact) {
        return Form::Events;
    }
    return shape.half_life.count() > 0 ? Form::Score : Form::Tiles;
}

}  // namespace

Duration tile_of(Duration window) {
    for (const Duration tile : kTiles) {
        if (tile * 12 <= window) {
            return tile;
        }
    }
    return kTiles.back();
}

void apply(
    const FeatureShape& shape,
    Blob& blob,
    std::size_t section,
    Timestamp time,
    const Value& value,
    const Value& key
) {
    switch (form_of(shape)) {
    case Form::Tiles:
        return apply_to_tile(shape, blob, section, time, value);
    case Form::Values:
        return apply_to_values(shape, blob, section, time, value);
    case Form::Events:
        return apply_to_events(shape, blob, section, time, value);
    case Form::Score:
        return apply_to_score(shape, blob, section, time, value);
    case Form::Sessions:
        return apply_to_sessions(shape, blob, section, time, value);
    case Form::Histogram:
        return apply_to_histogram(shape, blob, section, time, value);
    case Form::Groups:
        return apply_to_group(shape, blob, section, time, value, key);
    }
}

Value read(const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena) {
    switch (form_of(shape)) {
    case Form::Tiles:
        return read_tiles(shape, section, time, arena);
    case Form::Values:
        return read_values(shape, section, time, arena);
    case Form::Events:
        return read_events(shape, section, time, arena);
    case Form::Score:
        return read_score(shape, section, time, arena);
    case Form::Sessions:
        return read_sessions(shape, section, time, arena);
    case Form::Histogram:
        return read_histogram(shape, section, time, arena);
    case Form::Groups:
        return read_groups(shape, section, time, arena);
    }
    return {};
}

void merge(const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other) {
    switch (form_of(shape)) {
    case Form::Tiles:
        return merge_tiles(shape, into, section, other);
    case Form::Values:
        return merge_values(shape, into, section, other);
    case Form::Events:
        return merge_events(shape, into, section, other);
    case Form::Score:
        return merge_score(shape, into, section, other);
    case Form::Sessions:
        return merge_sessions(shape, into, section, other);
    case Form::Histogram:
        return merge_histogram(shape, into, section, other);
    case Form::Groups:
        return merge_groups(shape, into, section, other);
    }
}

std::size_t section_bytes_max(const FeatureShape& shape) {
    switch (form_of(shape)) {
    case Form::Tiles:
        return shape.tile_count * tile_record_bytes(shape.aggregate);
    case Form::Values:
        return values_bytes_max(shape);
    case Form::Events:
        return events_bytes_max(shape);
    case Form::Score:
        return kScoreRecordBytes;
    case Form::Sessions:
        return sessions_bytes_max();
    case Form::Histogram:
        return histogram_bytes_max(shape);
    case Form::Groups:
        return groups_bytes_max(shape);
    }
    return 0;
}

std::optional<Timestamp> next_change(
    const FeatureShape& shape, std::string_view section, Timestamp time
) {
    const Form form = form_of(shape);
    if (form == Form::Groups) {
        return next_group_change(shape, section, time);
    }
    if (form == Form::Sessions) {
        return next_session_change(shape, section, time);
    }
    if (form == Form::Events) {
        return next_event_change(shape, section, time);
    }
    const bool windowed = shape.tile.count() > 0 || shape.calendar != Calendar::None;
    if (!windowed || form == Form::Score || shape.aggregate == Aggregate::Top) {
        return std::nullopt;
    }
    const Tile newest = tile_number(shape, time);
    const Tile oldest = oldest_counted(shape, newest);
    std::optional<Tile> from;  ///< The oldest tile that counts now.
    std::optional<Tile> next;  ///< The first one that does not count yet.
    const auto consider = [&](Tile tile) {
        if (tile >= oldest && tile <= newest) {
            from = std::min(from.value_or(tile), tile);
        } else if (tile > newest) {
            next = std::min(next.value_or(tile), tile);
        }
    };
    if (form == Form::Tiles) {
        const TiledRecords records(section, tile_record_bytes(shape.aggregate));
        for (std::size_t i = 0; i < records.size(); ++i) {
            consider(records.tile(i));
        }
    } else if (form == Form::Histogram) {
        each_histogram_tile(section, consider);
    } else {
        each_value_tile(shape, section, consider);
    }
    std::optional<Timestamp> change;
    for (const std::optional<Tile>& tile : {from, next}) {
        if (tile) {
            const Timestamp at = tile_change(shape, *tile, newest);
            change = std::min(change.value_or(at), at);
        }
    }
    return change;
}

}  // namespace attune::customer
