#include "customer/merges.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "base/bytes.h"
#include "customer/sections.h"

namespace attune::customer {

namespace {

std::vector<Merge> read(std::string_view section) {
    std::vector<Merge> all;
    ByteReader reader(section);
    while (!reader.at_end() && reader.ok()) {
        const Timestamp at(reader.fixed<std::int64_t>());
        const auto kind = static_cast<Identifier::Kind>(reader.fixed<std::uint8_t>());
        all.push_back({at, {kind, reader.text()}});
    }
    return all;
}

void add(Blob& blob, const std::vector<Merge>& more) {
    const std::string known(std::as_const(blob).section(kMerges));
    std::vector<Merge> all = read(known);
    all.insert(all.end(), more.begin(), more.end());
    const auto key = [](const Merge& one) {
        return std::tuple(one.at, one.from.kind, one.from.text);
    };
    std::sort(all.begin(), all.end(), [&](const Merge& lhs, const Merge& rhs) {
        return key(lhs) < key(rhs);
    });
    const auto same = [&](const Merge& lhs, const Merge& rhs) { return key(lhs) == key(rhs); };
    all.erase(std::unique(all.begin(), all.end(), same), all.end());
    std::string bytes;
    ByteWriter writer(bytes);
    for (std::size_t i = all.size() - std::min(all.size(), kMergesMax); i < all.size(); ++i) {
        writer.fixed(all[i].at.ms());
        writer.fixed(static_cast<std::uint8_t>(all[i].from.kind));
        writer.text(all[i].from.text);
    }
    blob.assign(kMerges, bytes);
}

}  // namespace

std::vector<Merge> merges(const Blob& blob) {
    return read(blob.section(kMerges));
}

void note_merge(Blob& blob, const Merge& one) {
    add(blob, {{one.at, {one.from.kind, one.from.text.substr(0, kMergeTextBytesMax)}}});
}

void merge_merges(Blob& into, std::string_view other) {
    if (!other.empty()) {
        add(into, read(other));
    }
}

}  // namespace attune::customer
