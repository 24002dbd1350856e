#include "runtime/entry.h"

namespace attune::runtime {

namespace {

void write(const engine::OwnedIdentifier& identifier, ByteWriter& out) {
    out.fixed(static_cast<std::uint8_t>(identifier.kind));
    out.text(identifier.text);
}

engine::OwnedIdentifier read(ByteReader& in) {
    const auto kind = static_cast<customer::Identifier::Kind>(in.fixed<std::uint8_t>());
    return {kind, std::string(in.text())};
}

template <typename Entry>
std::optional<Entry> whole(const ByteReader& in, Entry entry) {
    return in.ok() && in.at_end() ? std::optional(std::move(entry)) : std::nullopt;
}

}  // namespace

std::optional<EntryView> read_entry(std::string_view bytes) {
    if (bytes.size() < EntryHead::kBytes) {
        return std::nullopt;
    }
    const auto kind = static_cast<std::uint8_t>(bytes[0]);
    if (kind < static_cast<std::uint8_t>(EntryKind::Call) ||
        kind > static_cast<std::uint8_t>(EntryKind::Judge)) {
        return std::nullopt;
    }
    return EntryView{
        {static_cast<EntryKind>(kind), static_cast<std::uint8_t>(bytes[1])},
        bytes.substr(EntryHead::kBytes)};
}

std::string encode(const DecisionEntry& entry) {
    std::string bytes;
    ByteWriter out(bytes);
    write(entry.identifier, out);
    out.fixed(entry.id);
    out.signed_varint(entry.at.ms());
    out.text(entry.placement);
    out.text(entry.offer);
    out.text(entry.json);
    return bytes;
}

std::string encode(const ReleaseEntry& entry) {
    std::string bytes;
    ByteWriter out(bytes);
    write(entry.from, out);
    write(entry.to, out);
    return bytes;
}

std::string encode(const AbsorbEntry& entry) {
    std::string bytes;
    ByteWriter out(bytes);
    write(entry.to, out);
    write(entry.from, out);
    out.text(entry.state);
    if (!entry.by.text.empty()) {
        write(entry.by, out);
    }
    return bytes;
}

std::string encode(const RefuseEntry& entry) {
    std::string bytes;
    ByteWriter out(bytes);
    write(entry.to, out);
    write(entry.identifier, out);
    out.fixed(static_cast<std::uint8_t>(entry.why));
    return bytes;
}

std::string encode(const engine::Shard::Slice& slice) {
    std::string bytes;
    ByteWriter out(bytes);
    out.varint(slice.number);
    out.varint(slice.count);
    return bytes;
}

std::optional<engine::Shard::Slice> decode_judge(std::string_view body) {
    ByteReader in(body);
    engine::Shard::Slice slice;
    slice.number = in.varint();
    slice.count = in.varint();
    return whole(in, slice);
}

std::string encode(const EraseEntry& entry) {
    std::string bytes;
    ByteWriter out(bytes);
    out.varint(entry.identifiers.size());
    for (const std::uint64_t identifier : entry.identifiers) {
        out.fixed(identifier);
    }
    return bytes;
}

std::optional<EraseEntry> decode_erase(std::string_view body) {
    ByteReader in(body);
    EraseEntry entry;
    for (std::uint64_t left = in.varint(); in.ok() && left > 0; --left) {
        entry.identifiers.push_back(in.fixed<std::uint64_t>());
    }
    return whole(in, std::move(entry));
}

std::optional<DecisionEntry> decode_decision(std::string_view body) {
    ByteReader in(body);
    DecisionEntry entry;
    entry.identifier = read(in);
    entry.id = in.fixed<std::uint64_t>();
    entry.at = Timestamp(in.signed_varint());
    entry.placement = in.text();
    entry.offer = in.text();
    entry.json = in.text();
    return whole(in, std::move(entry));
}

std::optional<ReleaseEntry> decode_release(std::string_view body) {
    ByteReader in(body);
    ReleaseEntry entry;
    entry.from = read(in);
    entry.to = read(in);
    return whole(in, std::move(entry));
}

std::optional<AbsorbEntry> decode_absorb(std::string_view body) {
    ByteReader in(body);
    AbsorbEntry entry;
    entry.to = read(in);
    entry.from = read(in);
    entry.state = in.text();
    if (in.ok() && !in.at_end()) {
        entry.by = read(in);
    }
    return whole(in, std::move(entry));
}

std::optional<RefuseEntry> decode_refuse(std::string_view body) {
    ByteReader in(body);
    RefuseEntry entry;
    entry.to = read(in);
    entry.identifier = read(in);
    entry.why = static_cast<customer::MergeOutcome>(in.fixed<std::uint8_t>());
    return entry.why > customer::MergeOutcome::Never ? std::nullopt : whole(in, std::move(entry));
}

}  // namespace attune::runtime
