#include "customer/feature_distinct.h"

#include <algorithm>
#include <string>
#include <utility>

#include "customer/feature_sketch.h"
#include "customer/tiles.h"

namespace attune::customer {

namespace {

/// A list: the newest tile in which a value was seen, and the value's hash. Sorted by hash, so that
/// equal states have equal bytes whatever the order of events.
constexpr std::size_t kSeenBytes = sizeof(Tile) + sizeof(std::uint64_t);

/// Of a section with both: this byte, how long the list is (2), the list, the sketch.
constexpr char kBothMark = static_cast<char>(0x88);
constexpr std::size_t kBothHeadBytes = 1 + sizeof(std::uint16_t);

struct Seen {
    Tile tile = 0;
    std::uint64_t hash = 0;

    /// Of values seen in one tile it matters only that the order is always the same.
    [[nodiscard]] bool newer_than(const Seen& other) const {
        return std::pair(tile, hash) > std::pair(other.tile, other.hash);
    }
};

std::size_t count_of(std::string_view list) {
    return list.size() / kSeenBytes;
}

Seen seen_at(std::string_view list, std::size_t index) {
    const char* record = list.data() + index * kSeenBytes;
    return {load_at<Tile>(record), load_at<std::uint64_t>(record + sizeof(Tile))};
}

/// What a section holds when it is no mere list: the `keep` + 1 values seen last, and a sketch of
/// all. Sketches of the first layout stand alone: with them nothing is ever counted.
struct Beyond {
    std::string list;
    std::string sketch;
    bool listed = true;
};

struct BeyondView {
    std::string_view list;
    std::string_view sketch;
    bool listed = false;
};

BeyondView take_apart(std::string_view section) {
    if (section.empty() || section.front() != kBothMark || section.size() <= kBothHeadBytes) {
        return {{}, section, false};
    }
    const std::size_t bytes = load_at<std::uint16_t>(section.data() + 1) * kSeenBytes;
    const std::size_t whole = std::min(bytes, section.size() - kBothHeadBytes - 1) / kSeenBytes;
    section.remove_prefix(kBothHeadBytes);
    return {section.substr(0, whole * kSeenBytes), section.substr(whole * kSeenBytes), true};
}

/// Where a hash lies in a list, or would lie.
std::size_t index_of(std::string_view list, std::uint64_t hash) {
    std::size_t index = 0;
    while (index < count_of(list) && seen_at(list, index).hash < hash) {
        ++index;
    }
    return index;
}

bool holds(std::string_view list, std::size_t index, std::uint64_t hash) {
    return index < count_of(list) && seen_at(list, index).hash == hash;
}

std::size_t oldest_of(std::string_view list) {
    std::size_t oldest = 0;
    for (std::size_t i = 1; i < count_of(list); ++i) {
        oldest = seen_at(list, oldest).newer_than(seen_at(list, i)) ? i : oldest;
    }
    return oldest;
}

/// Whether seeing the value changes which `keep` + 1 were seen last, or when.
bool changes(const FeatureShape& shape, std::string_view list, const Seen& seen) {
    const std::size_t index = index_of(list, seen.hash);
    if (holds(list, index, seen.hash)) {
        return seen_at(list, index).tile < seen.tile;
    }
    return count_of(list) <= shape.keep || seen.newer_than(seen_at(list, oldest_of(list)));
}

/// Puts the value among the `keep` + 1 that were seen last, where it belongs there.
void enter(const FeatureShape& shape, std::string& list, const Seen& seen) {
    const std::size_t index = index_of(list, seen.hash);
    if (!holds(list, index, seen.hash)) {
        list.insert(index * kSeenBytes, kSeenBytes, '\0');
        store_at(list.data() + index * kSeenBytes + sizeof(Tile), seen.hash);
    }
    char* record = list.data() + index * kSeenBytes;
    store_at(record, std::max(load_at<Tile>(record), seen.tile));
    if (count_of(list) > shape.keep + 1) {
        list.erase(oldest_of(list) * kSeenBytes, kSeenBytes);
    }
}

void expire_list(std::string& list, Tile oldest) {
    for (std::size_t i = count_of(list); i > 0; --i) {
        if (seen_at(list, i - 1).tile < oldest) {
            list.erase((i - 1) * kSeenBytes, kSeenBytes);
        }
    }
}

/// A list alone as list and sketch.
Beyond beyond_of(const FeatureShape& shape, std::string_view list) {
    Beyond beyond{.list = {}, .sketch = new_sketch(), .listed = true};
    for (std::size_t i = 0; i < count_of(list); ++i) {
        const Seen seen = seen_at(list, i);
        note(beyond.sketch, seen.hash, seen.tile);
        enter(shape, beyond.list, seen);
    }
    return beyond;
}

Beyond beyond_in(const FeatureShape& shape, std::string_view section) {
    if (!is_sketch(section)) {
        return beyond_of(shape, section);
    }
    const BeyondView view = take_apart(section);
    return {std::string(view.list), std::string(view.sketch), view.listed};
}

/// Puts a section together, as a list alone where that tells everything: what is not among the
/// values seen last was seen before them, so it has left the window when one of them has.
void store(const FeatureShape& shape, Blob& blob, std::size_t section, Beyond beyond) {
    Tile newest = 0;
    each_sketch_tile(beyond.sketch, [&](Tile tile) { newest = std::max(newest, tile); });
    expire_sketch(beyond.sketch, oldest_tile(shape, newest));
    expire_list(beyond.list, oldest_tile(shape, newest));
    if (!beyond.listed) {
        return blob.assign(section, beyond.sketch);
    }
    if (count_of(beyond.list) <= shape.keep) {
        return blob.assign(section, beyond.list);
    }
    std::string bytes(kBothHeadBytes, kBothMark);
    store_at(bytes.data() + 1, static_cast<std::uint16_t>(count_of(beyond.list)));
    blob.assign(section, bytes.append(beyond.list).append(beyond.sketch));
}

void see_beyond(const FeatureShape& shape, Blob& blob, std::size_t section, const Seen& seen) {
    const std::string_view bytes = std::as_const(blob).section(section);
    const BeyondView view = take_apart(bytes);
    if (noted(view.sketch, seen.hash, seen.tile) &&
        !(view.listed && changes(shape, view.list, seen))) {
        return;
    }
    Beyond beyond = beyond_in(shape, bytes);
    note(beyond.sketch, seen.hash, seen.tile);
    if (beyond.listed) {
        enter(shape, beyond.list, seen);
    }
    store(shape, blob, section, std::move(beyond));
}

/// Drops the values that no window holds any more once `tile` is there.
void expire_seen(const FeatureShape& shape, Blob& blob, std::size_t section, Tile tile) {
    const Tile oldest = oldest_tile(shape, tile);
    for (std::size_t i = count_of(std::as_const(blob).section(section)); i > 0; --i) {
        if (seen_at(std::as_const(blob).section(section), i - 1).tile < oldest) {
            blob.erase(section, (i - 1) * kSeenBytes, kSeenBytes);
        }
    }
}

/// Where a hash lies among the values seen, or would lie.
struct Position {
    std::size_t index = 0;
    bool present = false;
    Tile oldest = ~Tile{0};  ///< Of all.
    Tile newest = 0;
};

Position position_of(std::string_view list, std::uint64_t hash) {
    Position position;
    for (std::size_t i = 0; i < count_of(list); ++i) {
        const Seen seen = seen_at(list, i);
        position.index += seen.hash < hash ? 1 : 0;
        position.present = position.present || seen.hash == hash;
        position.oldest = std::min(position.oldest, seen.tile);
        position.newest = std::max(position.newest, seen.tile);
    }
    return position;
}

}  // namespace

void see_distinct(
    const FeatureShape& shape, Blob& blob, std::size_t section, Tile tile, std::uint64_t hash
) {
    const std::string_view bytes = std::as_const(blob).section(section);
    if (is_sketch(bytes)) {
        return see_beyond(shape, blob, section, {tile, hash});
    }
    Position position = position_of(bytes, hash);
    if (tile < oldest_tile(shape, position.newest)) {
        return;  // It lies in no window that ends with what is newest.
    }
    if (position.oldest < oldest_tile(shape, tile)) {
        expire_seen(shape, blob, section, tile);
        position = position_of(std::as_const(blob).section(section), hash);
    }
    if (!position.present) {
        char* gap = blob.insert(section, position.index * kSeenBytes, kSeenBytes);
        store_at(gap + sizeof(Tile), hash);
    }
    char* record = blob.section(section).data() + position.index * kSeenBytes;
    store_at(record, std::max(load_at<Tile>(record), tile));
    const std::string_view list = std::as_const(blob).section(section);
    if (!position.present && count_of(list) > shape.keep) {
        store(shape, blob, section, beyond_of(shape, list));
    }
}

std::int64_t count_distinct(const FeatureShape& shape, std::string_view section, Tile newest) {
    const Tile oldest = oldest_counted(shape, newest);
    const bool beyond = is_sketch(section);
    const BeyondView view = beyond ? take_apart(section) : BeyondView{section, {}, true};
    std::int64_t count = 0;
    bool all = !beyond;
    for (std::size_t i = 0; i < count_of(view.list); ++i) {
        const Tile tile = seen_at(view.list, i).tile;
        count += tile >= oldest && tile <= newest ? 1 : 0;
        // What is not in the list was seen no later than this.
        all = all || tile < oldest;
    }
    return all ? count : std::max(count, estimate(view.sketch, oldest, newest));
}

void merge_distinct(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
) {
    if (!is_sketch(other)) {
        for (std::size_t i = 0; i < count_of(other); ++i) {
            const Seen seen = seen_at(other, i);
            see_distinct(shape, into, section, seen.tile, seen.hash);
        }
        return;
    }
    Beyond beyond = beyond_in(shape, std::as_const(into).section(section));
    const BeyondView more = take_apart(other);
    merge_sketch(beyond.sketch, more.sketch);
    beyond.listed = beyond.listed && more.listed;
    for (std::size_t i = 0; i < count_of(more.list); ++i) {
        enter(shape, beyond.list, seen_at(more.list, i));
    }
    if (!beyond.listed) {
        beyond.list.clear();
    }
    store(shape, into, section, std::move(beyond));
}

void each_distinct_tile(std::string_view section, const std::function<void(Tile)>& use) {
    const bool beyond = is_sketch(section);
    const BeyondView view = beyond ? take_apart(section) : BeyondView{section, {}, true};
    for (std::size_t i = 0; i < count_of(view.list); ++i) {
        use(seen_at(view.list, i).tile);
    }
    if (beyond) {
        each_sketch_tile(view.sketch, use);
    }
}

std::size_t distinct_bytes_max(const FeatureShape& shape) {
    return kBothHeadBytes + (shape.keep + 1) * kSeenBytes + kSketchBytesMax;
}

}  // namespace attune::customer
