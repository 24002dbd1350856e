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
    const Tile oldest = oldest_tile(shape, tile_number(shape, time));
    std::optional<Tile> leaves_next;
    const auto consider = [&](Tile tile) {
        if (tile >= oldest && (!leaves_next || tile < *leaves_next)) {
            leaves_next = tile;
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
    if (!leaves_next) {
        return std::nullopt;
    }
    return Timestamp(
        (static_cast<std::int64_t>(*leaves_next) + shape.tile_count) * shape.tile.count()
    );
}

}  // namespace attune::customer
