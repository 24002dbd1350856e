#include "customer/feature.h"

#include <array>

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

bool tiled(Aggregate aggregate) {
    switch (aggregate) {
    case Aggregate::Distinct:
    case Aggregate::Last:
    case Aggregate::First:
    case Aggregate::Top:
    case Aggregate::Since:
        return false;
    default:
        return true;
    }
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
    const FeatureShape& shape, Blob& blob, std::size_t section, Timestamp time, const Value& value
) {
    if (tiled(shape.aggregate)) {
        apply_to_tile(shape, blob, section, time, value);
    } else {
        apply_to_values(shape, blob, section, time, value);
    }
}

Value read(const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena) {
    return tiled(shape.aggregate) ? read_tiles(shape, section, time, arena)
                                  : read_values(shape, section, time, arena);
}

void merge(const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other) {
    if (tiled(shape.aggregate)) {
        merge_tiles(shape, into, section, other);
    } else {
        merge_values(shape, into, section, other);
    }
}

std::size_t section_bytes_max(const FeatureShape& shape) {
    return tiled(shape.aggregate) ? shape.tile_count * tile_record_bytes(shape.aggregate)
                                  : values_bytes_max(shape);
}

std::optional<Timestamp> next_change(
    const FeatureShape& shape, std::string_view section, Timestamp time
) {
    if (shape.tile.count() == 0 || shape.aggregate == Aggregate::Top) {
        return std::nullopt;
    }
    const Tile newest = tile_number(shape, time);
    const Tile oldest = oldest_tile(shape, newest);
    std::optional<std::int64_t> next;  ///< The number of the tile in which the value changes.
    const auto consider = [&](Tile tile) {
        const std::int64_t changes_in =
            tile > newest ? tile : static_cast<std::int64_t>(tile) + shape.tile_count;
        if (tile >= oldest && (!next || changes_in < *next)) {
            next = changes_in;
        }
    };
    if (tiled(shape.aggregate)) {
        const TiledRecords records(section, tile_record_bytes(shape.aggregate));
        for (std::size_t i = 0; i < records.size(); ++i) {
            consider(records.tile(i));
        }
    } else {
        each_value_tile(shape, section, consider);
    }
    return next ? std::optional(Timestamp(*next * shape.tile.count())) : std::nullopt;
}

}  // namespace attune::customer
