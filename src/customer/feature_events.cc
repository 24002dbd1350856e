#include "customer/feature_events.h"

#include <algorithm>
#include <limits>
#include <string>

#include "customer/feature_tiles.h"
#include "customer/tiles.h"
#include "value/stored_decimal.h"

namespace attune::customer {

namespace {

/// A record: the time of an event, then its number where the aggregate takes one.
std::size_t record_bytes(const FeatureShape& shape) {
    return sizeof(std::int64_t) + (has_sum(shape.aggregate) ? 2 * sizeof(std::uint64_t) : 0);
}

std::int64_t time_at(std::string_view section, std::size_t offset) {
    return load_at<std::int64_t>(section.data() + offset);
}

Decimal number_at(std::string_view section, std::size_t offset) {
    const char* words = section.data() + offset + sizeof(std::int64_t);
    return stored_decimal(
        load_at<std::uint64_t>(words), load_at<std::uint64_t>(words + sizeof(std::uint64_t))
    );
}

/// The last moment that a window ending with `newest` does not hold any more.
std::int64_t end_before(const FeatureShape& shape, std::int64_t newest) {
    return shape.window.count() == 0 ? std::numeric_limits<std::int64_t>::min()
                                     : newest - shape.window.count();
}

/// Puts a record where its time belongs; those of one time lie in order of their bytes, so that
/// equal states have equal bytes whatever the order of events.
void insert_record(
    const FeatureShape& shape, Blob& blob, std::size_t section, std::string_view record
) {
    const std::size_t bytes = record.size();
    const std::int64_t time_ms = time_at(record, 0);
    std::string_view all = std::as_const(blob).section(section);
    const std::int64_t newest =
        all.empty() ? time_ms : std::max(time_ms, time_at(all, all.size() - bytes));
    const std::int64_t gone = end_before(shape, newest);
    if (time_ms <= gone) {
        return;
    }
    std::size_t expired = 0;
    while (expired < all.size() && time_at(all, expired) <= gone) {
        expired += bytes;
    }
    blob.erase(section, 0, expired);
    all = std::as_const(blob).section(section);
    std::size_t at = all.size();
    while (at > 0 &&
           (time_at(all, at - bytes) > time_ms ||
            (time_at(all, at - bytes) == time_ms && all.substr(at - bytes, bytes) > record))) {
        at -= bytes;
    }
    if (all.size() >= shape.keep * bytes) {
        if (at == 0) {
            return;  // Older than all that there is room for.
        }
        blob.erase(section, 0, bytes);
        at -= bytes;
    }
    std::copy(record.begin(), record.end(), blob.insert(section, at, bytes));
}

}  // namespace

void apply_to_events(
    const FeatureShape& shape, Blob& blob, std::size_t section, Timestamp time, const Value& value
) {
    std::string record(record_bytes(shape), '\0');
    store_at(record.data(), time.ms());
    if (has_sum(shape.aggregate)) {
        if (!value.is(Value::Kind::Number)) {
            return;
        }
        const Decimal number = value.as_number();
        store_at(record.data() + sizeof(std::int64_t), number.low_word());
        store_at(record.data() + sizeof(std::int64_t) + sizeof(std::uint64_t), number.high_word());
    }
    insert_record(shape, blob, section, record);
}

Value read_events(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
) {
    const std::size_t bytes = record_bytes(shape);
    const std::int64_t gone = end_before(shape, time.ms());
    Cell total;
    bool fresh = true;
    for (std::size_t at = 0; at + bytes <= section.size(); at += bytes) {
        const std::int64_t time_ms = time_at(section, at);
        if (time_ms <= gone || time_ms > time.ms()) {
            continue;
        }
        const Decimal number = has_sum(shape.aggregate) ? number_at(section, at) : Decimal();
        add_cell(shape.aggregate, total, cell_of(shape.aggregate, number), fresh);
        fresh = false;
    }
    return result_of(shape, shape.window, total, fresh, arena);
}

void merge_events(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
) {
    const std::size_t bytes = record_bytes(shape);
    for (std::size_t at = 0; at + bytes <= other.size(); at += bytes) {
        insert_record(shape, into, section, other.substr(at, bytes));
    }
}

std::size_t events_bytes_max(const FeatureShape& shape) {
    return shape.keep * record_bytes(shape);
}

std::optional<Timestamp> next_event_change(
    const FeatureShape& shape, std::string_view section, Timestamp time
) {
    const std::size_t bytes = record_bytes(shape);
    std::optional<Timestamp> next;
    for (std::size_t at = 0; at + bytes <= section.size(); at += bytes) {
        const std::int64_t event_ms = time_at(section, at);
        const std::int64_t change =
            event_ms > time.ms() ? event_ms : event_ms + shape.window.count();
        if (change > time.ms() && (!next || change < next->ms())) {
            next = Timestamp(change);
        }
    }
    return next;
}

}  // namespace attune::customer
