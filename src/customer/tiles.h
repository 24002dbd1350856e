#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "customer/blob.h"
#include "customer/feature.h"

namespace attune::customer {

using Tile = std::uint32_t;

/// The number of the tile that holds `time`; moments before the epoch count as the first tile,
/// those beyond the last number as the last.
inline Tile tile_number(const FeatureShape& shape, Timestamp time) {
    if (shape.tile.count() == 0 || time.ms() <= 0) {
        return shape.calendar == Calendar::None ? 0
                                                : calendar_unit(shape.calendar, *shape.zone, time);
    }
    // Tiles are whole seconds, and until 2106 a division of 32 bits will do.
    const std::int64_t seconds = time.ms() / 1000;
    const std::int64_t length = shape.tile.count() / 1000;
    if (((seconds | length) >> 32) == 0) {
        return static_cast<Tile>(seconds) / static_cast<Tile>(length);
    }
    return static_cast<Tile>(std::min<std::int64_t>(seconds / length, 0xffff'ffff));
}

/// The oldest tile kept while `newest` is the newest one. Of a calendar window the unit before is
/// kept too, so that a sender's clock that is ahead at midnight does not wipe the day.
inline Tile oldest_tile(const FeatureShape& shape, Tile newest) {
    return newest >= shape.tile_count ? newest - shape.tile_count + 1 : 0;
}

/// The oldest tile that counts in the window whose newest tile is `newest`.
inline Tile oldest_counted(const FeatureShape& shape, Tile newest) {
    return shape.calendar == Calendar::None ? oldest_tile(shape, newest) : newest;
}

/// The first moment after the one in tile `newest` at which what lies in `tile` begins or ceases to
/// count.
inline Timestamp tile_change(const FeatureShape& shape, Tile tile, Tile newest) {
    if (shape.calendar != Calendar::None) {
        return unit_start(shape.calendar, *shape.zone, tile > newest ? tile : tile + 1);
    }
    const std::int64_t number =
        tile > newest ? tile : static_cast<std::int64_t>(tile) + shape.tile_count;
    return Timestamp(number * shape.tile.count());
}

template <typename T>
T load_at(const char* bytes) {
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    return value;
}

template <typename T>
void store_at(char* bytes, T value) {
    std::memcpy(bytes, &value, sizeof(T));
}

/// The milliseconds from one time to another. Bytes that no event wrote may hold any two times:
/// what lies beyond the range is cut off at its end.
inline std::int64_t span_ms(std::int64_t from_ms, std::int64_t to_ms) {
    std::int64_t span = 0;
    if (__builtin_sub_overflow(to_ms, from_ms, &span)) {
        span = to_ms < from_ms ? INT64_MIN : INT64_MAX;
    }
    return span;
}

/// Records of one size that each begin with the number of their tile, ascending, one record a tile;
/// empty tiles have none. That keeps an occasional customer's 90-day window at a few bytes.
class TiledRecords {
public:
    TiledRecords(std::string_view bytes, std::size_t record_bytes)
        : bytes_(bytes), record_bytes_(record_bytes) {}

    [[nodiscard]] std::size_t size() const { return bytes_.size() / record_bytes_; }
    [[nodiscard]] const char* record(std::size_t index) const {
        return bytes_.data() + index * record_bytes_;
    }
    [[nodiscard]] Tile tile(std::size_t index) const { return load_at<Tile>(record(index)); }

    /// The first record whose tile is not below `tile`; looked for from the newest end, where most
    /// events belong.
    [[nodiscard]] std::size_t lower_bound(Tile tile) const {
        std::size_t index = size();
        while (index > 0 && this->tile(index - 1) >= tile) {
            --index;
        }
        return index;
    }

    /// Calls `use(record)` for every record in the window that ends with tile `newest`.
    template <typename Use>
    void each_in_window(const FeatureShape& shape, Tile newest, Use use) const {
        const Tile oldest = oldest_counted(shape, newest);
        for (std::size_t i = size(); i > 0 && tile(i - 1) >= oldest; --i) {
            if (tile(i - 1) <= newest) {
                use(record(i - 1));
            }
        }
    }

private:
    std::string_view bytes_;
    std::size_t record_bytes_;
};

/// The record of `tile`, made if it is missing; null if the tile is older than the window that ends
/// with the newest record. Records that fall out of the window are dropped.
inline char* record_of_tile(
    const FeatureShape& shape, Blob& blob, std::size_t section, Tile tile, std::size_t bytes
) {
    const TiledRecords records(std::as_const(blob).section(section), bytes);
    const std::size_t count = records.size();
    if (count > 0 && records.tile(count - 1) == tile) {
        return blob.section(section).data() + (count - 1) * bytes;
    }
    const Tile newest = count > 0 ? std::max(records.tile(count - 1), tile) : tile;
    const Tile oldest = oldest_tile(shape, newest);
    if (tile < oldest) {
        return nullptr;
    }
    const std::size_t expired = newest == tile ? records.lower_bound(oldest) : 0;
    const std::size_t index = records.lower_bound(tile) - expired;
    const bool present = index + expired < count && records.tile(index + expired) == tile;
    if (expired > 0) {
        blob.erase(section, 0, expired * bytes);
    }
    if (present) {
        return blob.section(section).data() + index * bytes;
    }
    char* record = blob.insert(section, index * bytes, bytes);
    store_at(record, tile);
    return record;
}

}  // namespace attune::customer
