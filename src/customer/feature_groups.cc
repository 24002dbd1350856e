#include "customer/feature_groups.h"

#include <algorithm>
#include <string>
#include <vector>

#include "customer/tiles.h"

namespace attune::customer {

namespace {

// A record: the time of the key's newest event, the lengths of the key and of the section that is
// kept for it, then both. Sorted by key.
constexpr std::size_t kHeaderBytes = sizeof(std::int64_t) + 2 * sizeof(std::uint16_t);

struct Group {
    std::int64_t newest_ms = 0;
    std::string_view key;
    std::string_view section;
    std::size_t offset = 0;

    [[nodiscard]] std::size_t bytes() const { return kHeaderBytes + key.size() + section.size(); }
};

std::vector<Group> groups_of(std::string_view section) {
    std::vector<Group> groups;
    for (std::size_t at = 0; at + kHeaderBytes <= section.size();) {
        const char* record = section.data() + at;
        const auto key_bytes = load_at<std::uint16_t>(record + 8);
        const auto inner_bytes = load_at<std::uint16_t>(record + 10);
        const std::size_t key_at = std::min(at + kHeaderBytes, section.size());
        const std::size_t inner_at = std::min(key_at + key_bytes, section.size());
        groups.push_back(
            {load_at<std::int64_t>(record),
             section.substr(key_at, key_bytes),
             section.substr(inner_at, inner_bytes),
             at}
        );
        at = inner_at + inner_bytes;
    }
    return groups;
}

FeatureShape inner_of(const FeatureShape& shape) {
    FeatureShape inner = shape;
    inner.keys = 0;
    return inner;
}

/// The text under which a key is kept; empty for one that is not.
std::string text_of(const Value& key) {
    std::string text;
    switch (key.kind()) {
    case Value::Kind::String:
        text = key.as_string();
        break;
    case Value::Kind::Number:
        text = key.as_number().to_string();
        break;
    case Value::Kind::Boolean:
        text = key.is_true() ? "true" : "false";
        break;
    default:
        break;
    }
    return text.size() <= kGroupKeyBytesMax ? text : std::string();
}

/// The key whose newest event is the oldest; of several the last.
const Group& stalest(const std::vector<Group>& groups) {
    return *std::min_element(groups.begin(), groups.end(), [](const Group& lhs, const Group& rhs) {
        return lhs.newest_ms != rhs.newest_ms ? lhs.newest_ms < rhs.newest_ms : lhs.key > rhs.key;
    });
}

/// Lets `change` work on the section of `key`, which it finds empty if the key is new.
template <typename Change>
void change_group(
    const FeatureShape& shape,
    Blob& blob,
    std::size_t section,
    std::string_view key,
    std::int64_t time_ms,
    Change change
) {
    const std::vector<Group> groups = groups_of(std::as_const(blob).section(section));
    const auto at = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
        return group.key >= key;
    });
    const bool known = at != groups.end() && at->key == key;
    const std::size_t offset =
        at == groups.end() ? std::as_const(blob).section(section).size() : at->offset;
    Blob scratch(0, 1);
    if (known) {
        scratch.assign(0, at->section);
        time_ms = std::max(time_ms, at->newest_ms);
    }
    change(scratch);
    const std::string_view inner = std::as_const(scratch).section(0);
    if (inner.empty() && !known) {
        return;
    }
    std::string record(kHeaderBytes, '\0');
    store_at(record.data(), time_ms);
    store_at(record.data() + 8, static_cast<std::uint16_t>(key.size()));
    store_at(record.data() + 10, static_cast<std::uint16_t>(inner.size()));
    record.append(key).append(inner);
    if (known) {
        blob.erase(section, offset, at->bytes());
    }
    std::copy(record.begin(), record.end(), blob.insert(section, offset, record.size()));
    if (!known && groups.size() >= shape.keys) {
        const std::vector<Group> all = groups_of(std::as_const(blob).section(section));
        const Group& gone = stalest(all);
        blob.erase(section, gone.offset, gone.bytes());
    }
}

bool nothing_to_show(const Value& value) {
    return value.null() || (value.is(Value::Kind::Number) && value.as_number().sign() == 0) ||
           (value.is(Value::Kind::List) && value.as_list().empty());
}

}  // namespace

void apply_to_group(
    const FeatureShape& shape,
    Blob& blob,
    std::size_t section,
    Timestamp time,
    const Value& value,
    const Value& key
) {
    const std::string text = text_of(key);
    if (text.empty()) {
        return;
    }
    change_group(shape, blob, section, text, time.ms(), [&](Blob& scratch) {
        apply(inner_of(shape), scratch, 0, time, value);
    });
}

Value read_groups(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
) {
    const FeatureShape inner = inner_of(shape);
    std::vector<Entry> shown;
    for (const Group& group : groups_of(section)) {
        const Value value = read(inner, group.section, time, arena);
        if (!nothing_to_show(value)) {
            shown.push_back({arena.copy(group.key), value});
        }
    }
    const std::span<Entry> entries = arena.array<Entry>(shown.size());
    std::copy(shown.begin(), shown.end(), entries.begin());
    return Value::context(entries);
}

void merge_groups(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
) {
    const FeatureShape inner = inner_of(shape);
    for (const Group& group : groups_of(other)) {
        change_group(shape, into, section, group.key, group.newest_ms, [&](Blob& scratch) {
            merge(inner, scratch, 0, group.section);
        });
    }
}

std::size_t groups_bytes_max(const FeatureShape& shape) {
    return (shape.keys + 1) *
           (kHeaderBytes + kGroupKeyBytesMax + section_bytes_max(inner_of(shape)));
}

std::optional<Timestamp> next_group_change(
    const FeatureShape& shape, std::string_view section, Timestamp time
) {
    const FeatureShape inner = inner_of(shape);
    std::optional<Timestamp> next;
    for (const Group& group : groups_of(section)) {
        const auto change = next_change(inner, group.section, time);
        if (change && (!next || *change < *next)) {
            next = change;
        }
    }
    return next;
}

}  // namespace attune::customer
