#include "customer/recent_ids.h"

#include "customer/sections.h"
#include "customer/tiles.h"

namespace attune::customer {

namespace {

// One byte: the number of the entry to be overwritten next; then the hashes.
constexpr std::size_t kIdBytes = sizeof(std::uint64_t);

std::size_t id_count(std::string_view section) {
    return section.empty() ? 0 : (section.size() - 1) / kIdBytes;
}

std::uint64_t id_at(std::string_view section, std::size_t index) {
    return load_at<std::uint64_t>(section.data() + 1 + index * kIdBytes);
}

}  // namespace

bool seen_before(const Blob& blob, std::uint64_t id_hash) {
    const std::string_view section = blob.section(kRecentIds);
    const std::size_t count = id_count(section);
    bool seen = false;
    for (std::size_t i = 0; i < count; ++i) {
        seen |= id_at(section, i) == id_hash;
    }
    return seen;
}

void remember(Blob& blob, std::uint64_t id_hash, std::size_t ids_max) {
    const std::size_t bytes = std::as_const(blob).section(kRecentIds).size();
    if (bytes == 0) {
        blob.insert(kRecentIds, 0, 1);
    }
    const std::size_t count = id_count(std::as_const(blob).section(kRecentIds));
    if (count < ids_max) {
        const std::size_t end = std::as_const(blob).section(kRecentIds).size();
        store_at(blob.insert(kRecentIds, end, kIdBytes), id_hash);
        return;
    }
    char* section = blob.section(kRecentIds).data();
    // A bound that was lowered leaves the ring as long as it is.
    const std::size_t next = static_cast<std::uint8_t>(section[0]) % count;
    store_at(section + 1 + next * kIdBytes, id_hash);
    section[0] = static_cast<char>((next + 1) % count);
}

void merge_recent_ids(Blob& into, std::string_view other, std::size_t ids_max) {
    for (std::size_t i = 0; i < id_count(other); ++i) {
        if (!seen_before(into, id_at(other, i))) {
            remember(into, id_at(other, i), ids_max);
        }
    }
}

}  // namespace attune::customer
