#include "customer/attributes.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "customer/sections.h"
#include "value/binary.h"

namespace attune::customer {

namespace {

/// One entry: key, time, value. A removed one stays as a null, so that an older value that comes
/// late stays removed.
struct Attribute {
    std::string_view key;
    std::int64_t time_ms = 0;
    Value value;
    std::size_t offset = 0;
    std::size_t bytes = 0;
};

template <typename Use>
void each_attribute(std::string_view section, Arena& arena, Use use) {
    ByteReader reader(section);
    while (!reader.at_end() && reader.ok()) {
        Attribute attribute;
        attribute.offset = section.size() - reader.rest().size();
        attribute.key = reader.text();
        attribute.time_ms = reader.signed_varint();
        attribute.value = read_binary(reader, arena);
        attribute.bytes = section.size() - reader.rest().size() - attribute.offset;
        use(attribute);
    }
}

std::string encode(std::string_view key, std::int64_t time_ms, const Value& value) {
    std::string bytes;
    ByteWriter writer(bytes);
    writer.text(key);
    writer.signed_varint(time_ms);
    write_binary(value, bytes);
    return bytes;
}

}  // namespace

bool set_attribute(
    Blob& blob, std::size_t section, std::string_view key, Timestamp time, const Value& value
) {
    Arena arena(1024);
    const std::string_view bytes = std::as_const(blob).section(section);
    std::optional<Attribute> old;
    std::size_t offset =
        bytes.size();  // Entries are sorted by key, so that equal states have equal bytes.
    each_attribute(bytes, arena, [&](const Attribute& attribute) {
        if (attribute.key == key) {
            old = attribute;
        }
        if (attribute.key >= key) {
            offset = std::min(offset, attribute.offset);
        }
    });
    if (old && old->time_ms > time.ms()) {
        return true;
    }
    const std::string entry = encode(key, time.ms(), value);
    if (bytes.size() - (old ? old->bytes : 0) + entry.size() >
        (section == kTraits ? kTraitsBytesMax : kConsentBytesMax)) {
        return false;
    }
    if (old) {
        blob.erase(section, old->offset, old->bytes);
    }
    std::memcpy(blob.insert(section, offset, entry.size()), entry.data(), entry.size());
    return true;
}

Value read_attributes(std::string_view section, Arena& arena) {
    std::vector<Entry> entries;
    each_attribute(section, arena, [&](const Attribute& attribute) {
        if (!attribute.value.null()) {
            entries.push_back({attribute.key, attribute.value});
        }
    });
    const std::span<Entry> stored = arena.array<Entry>(entries.size());
    std::copy(entries.begin(), entries.end(), stored.begin());
    return Value::context(stored);
}

void merge_attributes(Blob& into, std::size_t section, std::string_view other) {
    Arena arena(1024);
    each_attribute(other, arena, [&](const Attribute& attribute) {
        set_attribute(into, section, attribute.key, Timestamp(attribute.time_ms), attribute.value);
    });
}

}  // namespace attune::customer
