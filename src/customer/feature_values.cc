#include "customer/feature_values.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "customer/decay.h"
#include "customer/feature_distinct.h"
#include "customer/tiles.h"
#include "value/binary.h"

namespace attune::customer {

namespace {

/// Last, First and Set: a time, then the length and bytes of a value.
struct Kept {
    std::int64_t time_ms = 0;
    std::string_view value;
    std::size_t offset = 0;  ///< Of the record in the section.
    std::size_t bytes = 0;   ///< Of the whole record.
};
constexpr std::size_t kKeptHeaderBytes = sizeof(std::int64_t) + sizeof(std::uint16_t);

/// Top: as Kept, with the score at its time.
constexpr std::size_t kScoreBytes = sizeof(double);

std::size_t score_bytes(const FeatureShape& shape) {
    return shape.aggregate == Aggregate::Top ? kScoreBytes : 0;
}

/// The records of a section, in the order in which they lie.
class KeptRecords {
public:
    KeptRecords(const FeatureShape& shape, std::string_view section)
        : section_(section), header_(kKeptHeaderBytes + score_bytes(shape)) {}

    class Iterator {
    public:
        Iterator(std::string_view section, std::size_t header, std::size_t at)
            : section_(section), header_(header), at_(at) {
            look();
        }
        const Kept& operator*() const { return kept_; }
        Iterator& operator++() {
            at_ += kept_.bytes;
            look();
            return *this;
        }
        friend bool operator==(const Iterator& lhs, const Iterator& rhs) {
            return lhs.at_ == rhs.at_;
        }

    private:
        /// Reads the record at hand; what is too short to be one ends the walk.
        void look() {
            if (at_ + header_ > section_.size()) {
                at_ = section_.size();
                return;
            }
            const char* record = section_.data() + at_;
            const std::size_t length =
                load_at<std::uint16_t>(record + header_ - sizeof(std::uint16_t));
            kept_ = {
                load_at<std::int64_t>(record),
                section_.substr(at_ + header_, length),
                at_,
                header_ + length};
        }

        std::string_view section_;
        std::size_t header_;
        std::size_t at_;
        Kept kept_;
    };

    [[nodiscard]] Iterator begin() const { return {section_, header_, 0}; }
    [[nodiscard]] Iterator end() const { return {section_, header_, section_.size()}; }

private:
    std::string_view section_;
    std::size_t header_;
};

std::vector<Kept> kept_records(const FeatureShape& shape, std::string_view section) {
    std::vector<Kept> records;
    for (const Kept& kept : KeptRecords(shape, section)) {
        records.push_back(kept);
    }
    return records;
}

double score_of(std::string_view section, const Kept& kept) {
    return load_at<double>(section.data() + kept.offset + sizeof(std::int64_t));
}

/// The bytes kept of a value; empty if it cannot be kept.
std::string stored_bytes(const Value& value) {
    std::string bytes;
    write_binary(value, bytes);
    if (bytes.size() <= kKeptValueBytesMax) {
        return bytes;
    }
    if (!value.is(Value::Kind::String)) {
        return {};
    }
    std::string_view text = value.as_string().substr(0, kKeptValueBytesMax - 8);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0U) == 0x80U) {
        text.remove_suffix(1);  // Not in the middle of a UTF-8 sequence.
    }
    text.remove_suffix(!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0U ? 1 : 0);
    bytes.clear();
    write_binary(Value::string(text), bytes);
    return bytes;
}

/// Set: each value once, with the newest time at which it was seen; the newest first.
void keep_once(
    const FeatureShape& shape,
    Blob& blob,
    std::size_t section,
    std::int64_t time_ms,
    std::string_view value
) {
    const std::vector<Kept> records = kept_records(shape, std::as_const(blob).section(section));
    const auto same = std::find_if(records.begin(), records.end(), [&](const Kept& kept) {
        return kept.value == value;
    });
    if (same != records.end() && same->time_ms >= time_ms) {
        return;
    }
    const auto after = std::find_if(records.begin(), records.end(), [&](const Kept& kept) {
        return kept.time_ms < time_ms || (kept.time_ms == time_ms && kept.value > value);
    });
    const std::size_t offset =
        after == records.end() ? std::as_const(blob).section(section).size() : after->offset;
    if (same != records.end()) {
        blob.erase(section, same->offset, same->bytes);  // It lies behind.
    } else if (records.size() >= shape.keep) {
        if (after == records.end()) {
            return;
        }
        blob.erase(section, records.back().offset, records.back().bytes);
    }
    const std::string record_bytes(value);
    char* record = blob.insert(section, offset, kKeptHeaderBytes + record_bytes.size());
    store_at(record, time_ms);
    store_at(record + sizeof(std::int64_t), static_cast<std::uint16_t>(record_bytes.size()));
    std::copy(record_bytes.begin(), record_bytes.end(), record + kKeptHeaderBytes);
}

void keep_value(
    const FeatureShape& shape,
    Blob& blob,
    std::size_t section,
    std::int64_t time_ms,
    std::string_view value
) {
    const std::string_view bytes = std::as_const(blob).section(section);
    const bool newest_first = shape.aggregate == Aggregate::Last;
    std::optional<std::size_t> offset;
    std::size_t count = 0;
    Kept last;
    for (const Kept& kept : KeptRecords(shape, bytes)) {
        // Of equal times the one that came later counts as newer.
        if (!offset && (newest_first ? kept.time_ms <= time_ms : kept.time_ms > time_ms)) {
            offset = kept.offset;
        }
        ++count;
        last = kept;
    }
    const bool full = count >= shape.keep;
    if (!offset && full) {
        return;
    }
    const std::size_t at = offset.value_or(bytes.size());
    const std::size_t wanted = kKeptHeaderBytes + value.size();
    char* record = full ? blob.replace(section, last.offset, last.bytes, at, wanted)
                        : blob.insert(section, at, wanted);
    store_at(record, time_ms);
    store_at(record + sizeof(std::int64_t), static_cast<std::uint16_t>(value.size()));
    std::copy(value.begin(), value.end(), record + kKeptHeaderBytes);
}

double decayed(const FeatureShape& shape, double score, std::int64_t from_ms, std::int64_t to_ms) {
    if (shape.half_life.count() == 0) {
        return score;
    }
    return score * exp2_exact(
                       -static_cast<double>(span_ms(from_ms, to_ms)) /
                       static_cast<double>(shape.half_life.count())
                   );
}

/// The candidate with the lowest score as of `now_ms`; of equal ones the last.
std::size_t weakest(
    const FeatureShape& shape,
    std::string_view section,
    const std::vector<Kept>& records,
    std::int64_t now_ms
) {
    std::size_t found = 0;
    double lowest = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
        const double score =
            decayed(shape, score_of(section, records[i]), records[i].time_ms, now_ms);
        if (i == 0 || score <= lowest) {
            found = i;
            lowest = score;
        }
    }
    return found;
}

void raise_score(
    const FeatureShape& shape, Blob& blob, std::size_t section, const Kept& more, double by
) {
    const std::int64_t time_ms = more.time_ms;
    const std::string_view value = more.value;
    const std::string_view bytes = std::as_const(blob).section(section);
    const std::vector<Kept> records = kept_records(shape, bytes);
    const auto same = std::find_if(records.begin(), records.end(), [&](const Kept& kept) {
        return kept.value == value;
    });
    if (same != records.end()) {
        const std::int64_t newer = std::max(same->time_ms, time_ms);
        const double score = decayed(shape, score_of(bytes, *same), same->time_ms, newer) +
                             decayed(shape, by, time_ms, newer);
        char* record = blob.section(section).data() + same->offset;
        store_at(record, newer);
        store_at(record + sizeof(std::int64_t), score);
        return;
    }
    if (records.size() >= top_candidates_max(shape.keep)) {
        const Kept& loser = records[weakest(shape, bytes, records, time_ms)];
        blob.erase(section, loser.offset, loser.bytes);
    }
    const std::size_t header = kKeptHeaderBytes + kScoreBytes;
    char* record =
        blob.insert(section, std::as_const(blob).section(section).size(), header + value.size());
    store_at(record, time_ms);
    store_at(record + sizeof(std::int64_t), by);
    store_at(record + header - sizeof(std::uint16_t), static_cast<std::uint16_t>(value.size()));
    std::copy(value.begin(), value.end(), record + header);
}

Value decode(std::string_view bytes, Arena& arena) {
    ByteReader reader(bytes);
    return read_binary(reader, arena).clone(arena);
}

Value read_kept(const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena) {
    const Tile newest = tile_number(shape, time);
    const Tile oldest = oldest_counted(shape, newest);
    const KeptRecords records(shape, section);
    const auto counts = [&](const Kept& kept) {
        const Tile tile = tile_number(shape, Timestamp(kept.time_ms));
        return tile >= oldest && tile <= newest;
    };
    std::size_t count = 0;
    for (const Kept& kept : records) {
        count += counts(kept) ? 1 : 0;
    }
    const std::span<Value> items = arena.array<Value>(count);
    std::size_t index = 0;
    for (const Kept& kept : records) {
        if (counts(kept)) {
            items[index++] = decode(kept.value, arena);
        }
    }
    return Value::list(items);
}

Value read_top(const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena) {
    std::vector<Kept> records = kept_records(shape, section);
    const auto score = [&](const Kept& kept) {
        return decayed(shape, score_of(section, kept), kept.time_ms, time.ms());
    };
    std::sort(records.begin(), records.end(), [&](const Kept& lhs, const Kept& rhs) {
        const double left = score(lhs);
        const double right = score(rhs);
        return left != right ? left > right : lhs.value < rhs.value;
    });
    const std::span<Value> items =
        arena.array<Value>(std::min<std::size_t>(records.size(), shape.keep));
    for (std::size_t i = 0; i < items.size(); ++i) {
        items[i] = decode(records[i].value, arena);
    }
    return Value::list(items);
}

Value read_since(std::string_view section, Timestamp time) {
    if (section.size() < sizeof(std::int64_t)) {
        return {};
    }
    const std::int64_t ms =
        std::max<std::int64_t>(span_ms(load_at<std::int64_t>(section.data()), time.ms()), 0);
    return Value::duration(DaysTimeDuration{
        ms / 1000, static_cast<std::int32_t>(ms % 1000 * 1'000'000)});
}

void happened(Blob& blob, std::size_t section, std::int64_t time_ms) {
    if (std::as_const(blob).section(section).empty()) {
        store_at(blob.insert(section, 0, sizeof(std::int64_t)), time_ms);
        return;
    }
    char* record = blob.section(section).data();
    store_at(record, std::max(load_at<std::int64_t>(record), time_ms));
}

}  // namespace

std::uint32_t top_candidates_max(std::uint32_t keep) {
    return std::max<std::uint32_t>(4 * keep, 16);
}

std::uint64_t hash_of(const Value& value) {
    if (value.is(Value::Kind::String)) {
        return hash_bytes(value.as_string());
    }
    if (value.is(Value::Kind::Number)) {
        return value.as_number().hash();
    }
    std::string bytes;
    write_binary(value, bytes);
    return hash_bytes(bytes);
}

void apply_to_values(
    const FeatureShape& shape, Blob& blob, std::size_t section, Timestamp time, const Value& value
) {
    if (shape.aggregate == Aggregate::Since) {
        return happened(blob, section, time.ms());
    }
    if (value.null()) {
        return;
    }
    if (shape.aggregate == Aggregate::Distinct) {
        return see_distinct(shape, blob, section, tile_number(shape, time), hash_of(value));
    }
    const std::string bytes = stored_bytes(value);
    if (bytes.empty()) {
        return;
    }
    if (shape.aggregate == Aggregate::Top) {
        return raise_score(shape, blob, section, {time.ms(), bytes, 0, 0}, 1.0);
    }
    if (shape.aggregate == Aggregate::Set) {
        return keep_once(shape, blob, section, time.ms(), bytes);
    }
    keep_value(shape, blob, section, time.ms(), bytes);
}

Value read_values(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
) {
    switch (shape.aggregate) {
    case Aggregate::Distinct:
        return Value::integer(count_distinct(shape, section, tile_number(shape, time)));
    case Aggregate::Top:
        return read_top(shape, section, time, arena);
    case Aggregate::Since:
        return read_since(section, time);
    default:
        return read_kept(shape, section, time, arena);
    }
}

void merge_values(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
) {
    if (shape.aggregate == Aggregate::Since) {
        if (!other.empty()) {
            happened(into, section, load_at<std::int64_t>(other.data()));
        }
        return;
    }
    if (shape.aggregate == Aggregate::Distinct) {
        return merge_distinct(shape, into, section, other);
    }
    std::vector<Kept> records = kept_records(shape, other);
    if (shape.aggregate == Aggregate::Last) {
        // Oldest first, as they came: what has one time keeps its order.
        std::reverse(records.begin(), records.end());
    }
    for (const Kept& kept : records) {
        if (shape.aggregate == Aggregate::Top) {
            raise_score(shape, into, section, kept, score_of(other, kept));
        } else if (shape.aggregate == Aggregate::Set) {
            keep_once(shape, into, section, kept.time_ms, kept.value);
        } else {
            keep_value(shape, into, section, kept.time_ms, kept.value);
        }
    }
}

void each_value_tile(
    const FeatureShape& shape,
    std::string_view section,
    const std::function<void(std::uint32_t)>& use
) {
    if (shape.aggregate == Aggregate::Distinct) {
        return each_distinct_tile(section, use);
    }
    if (shape.aggregate != Aggregate::Since) {
        for (const Kept& kept : KeptRecords(shape, section)) {
            use(tile_number(shape, Timestamp(kept.time_ms)));
        }
    }
}

std::size_t values_bytes_max(const FeatureShape& shape) {
    switch (shape.aggregate) {
    case Aggregate::Since:
        return sizeof(std::int64_t);
    case Aggregate::Distinct:
        return distinct_bytes_max(shape);
    case Aggregate::Top:
        return top_candidates_max(shape.keep) *
               (kKeptHeaderBytes + kScoreBytes + kKeptValueBytesMax);
    default:
        return shape.keep * (kKeptHeaderBytes + kKeptValueBytesMax);
    }
}

}  // namespace attune::customer
