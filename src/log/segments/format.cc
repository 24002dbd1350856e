#include "log/segments/format.h"

#include <charconv>
#include <cstring>

#include "base/bytes.h"
#include "base/hash.h"

namespace attune::segments {

namespace {

constexpr std::string_view kSegmentMagic = "ATTUNLOG";
constexpr std::string_view kMarkMagic = "ATTUNMRK";
constexpr std::size_t kBatchCrcAt = 4;
constexpr std::size_t kBatchFirstAt = 8;
constexpr std::size_t kBatchSyncedAt = 32;
constexpr std::size_t kBatchEpochAt = 62;
/// The last byte before the checksum.
constexpr std::size_t kSegmentPackingAt = kSegmentHeadBytes - sizeof(std::uint32_t) - 1;
constexpr std::uint32_t kFirstVersion = 1;
constexpr std::uint32_t kPackedVersion = 2;
constexpr std::size_t kNameDigits = 20;
constexpr std::string_view kNameSuffix = ".log";

/// Appends the checksum of everything so far.
std::string with_crc(std::string bytes) {
    ByteWriter(bytes).fixed(crc32c(bytes));
    return bytes;
}

bool crc_holds(std::string_view bytes) {
    const std::size_t covered = bytes.size() - sizeof(std::uint32_t);
    return ByteReader(bytes.substr(covered)).fixed<std::uint32_t>() ==
           crc32c(bytes.substr(0, covered));
}

}  // namespace

std::string encode(const SegmentHead& head) {
    std::string bytes;
    ByteWriter out(bytes);
    out.raw(kSegmentMagic);
    const std::uint32_t unpromoted = head.packing == Packing::None ? kFirstVersion : kPackedVersion;
    out.fixed(head.epoch == 0 ? unpromoted : kFormatVersion);
    out.fixed(head.log_id);
    out.fixed(head.first.index);
    out.fixed(head.latest_now.ms());
    out.fixed(head.epoch);
    bytes.resize(kSegmentHeadBytes - sizeof(std::uint32_t));
    bytes[kSegmentPackingAt] = static_cast<char>(head.packing);
    return with_crc(std::move(bytes));
}

Result<SegmentHead> decode_segment_head(std::string_view bytes, const std::string& what) {
    const auto corrupt = [&](const char* why) {
        return Error{Error::Kind::Corrupt, what + " at offset 0: " + why};
    };
    if (bytes.size() != kSegmentHeadBytes) {
        return corrupt("the file ends within its head");
    }
    ByteReader in(bytes);
    if (in.raw(kSegmentMagic.size()) != kSegmentMagic) {
        return corrupt("it does not start like a segment of a log");
    }
    // Every version keeps magic, version, length and checksum of the head where they are.
    if (!crc_holds(bytes)) {
        return corrupt("the checksum of its head does not match");
    }
    const auto version = in.fixed<std::uint32_t>();
    if (version > kFormatVersion) {
        return Error{
            Error::Kind::Conflict,
            what + ": a newer version of Attune wrote it (format " + std::to_string(version) +
                ", this one reads up to " + std::to_string(kFormatVersion) + ")"};
    }
    SegmentHead head;
    head.log_id = in.fixed<std::uint64_t>();
    head.first.index = in.fixed<std::uint64_t>();
    head.latest_now = Timestamp(in.fixed<std::int64_t>());
    head.epoch = in.fixed<Epoch>();
    const auto packing = static_cast<std::uint8_t>(bytes[kSegmentPackingAt]);
    if (packing > static_cast<std::uint8_t>(Packing::Lz4)) {
        return corrupt("its head names a packing that this version does not know");
    }
    head.packing = static_cast<Packing>(packing);
    return head;
}

void describe_entries(
    BatchHead& head, std::string_view plain, std::string_view stored, Packing packing
) {
    head.stored_bytes = static_cast<std::uint32_t>(stored.size());
    head.plain_bytes = static_cast<std::uint32_t>(plain.size());
    head.entries_crc = crc32c(stored);
    head.flags = static_cast<std::uint16_t>(packing);
}

std::string encode(const BatchHead& head) {
    std::string bytes;
    bytes.reserve(kBatchHeadBytes);
    ByteWriter out(bytes);
    out.raw(kBatchMagic);
    out.fixed(std::uint32_t{0});
    out.fixed(head.first.index);
    out.fixed(head.stamp.now.ms());
    out.fixed(head.stamp.program);
    out.fixed(std::uint64_t{0});
    out.fixed(head.stored_bytes);
    out.fixed(head.plain_bytes);
    out.fixed(head.entries_crc);
    out.fixed(head.count);
    out.fixed(head.stamp.group);
    out.fixed(head.stamp.group_count);
    out.fixed(head.flags);
    out.fixed(head.epoch);
    return bytes;
}

void place_batch_head(char* bytes, Position first, Epoch epoch) {
    std::memcpy(bytes + kBatchFirstAt, &first.index, sizeof first.index);
    std::memcpy(bytes + kBatchEpochAt, &epoch, sizeof epoch);
}

void seal_batch_head(char* bytes, Position synced) {
    std::memcpy(bytes + kBatchSyncedAt, &synced.index, sizeof synced.index);
    constexpr std::size_t kCovered = kBatchCrcAt + sizeof(std::uint32_t);
    const std::uint32_t crc = crc32c({bytes + kCovered, kBatchHeadBytes - kCovered});
    std::memcpy(bytes + kBatchCrcAt, &crc, sizeof crc);
}

std::optional<BatchHead> decode_batch_head(std::string_view bytes) {
    if (bytes.size() < kBatchHeadBytes || !bytes.starts_with(kBatchMagic)) {
        return std::nullopt;
    }
    const auto crc = ByteReader(bytes.substr(kBatchCrcAt)).fixed<std::uint32_t>();
    constexpr std::size_t kCovered = kBatchCrcAt + sizeof crc;
    if (crc != crc32c(bytes.substr(kCovered, kBatchHeadBytes - kCovered))) {
        return std::nullopt;
    }
    return decode_batch_head_unchecked(bytes);
}

BatchHead decode_batch_head_unchecked(std::string_view bytes) {
    ByteReader in(bytes.substr(kBatchCrcAt + sizeof(std::uint32_t)));
    BatchHead head;
    head.first.index = in.fixed<std::uint64_t>();
    head.stamp.now = Timestamp(in.fixed<std::int64_t>());
    head.stamp.program = in.fixed<std::uint64_t>();
    head.synced.index = in.fixed<std::uint64_t>();
    head.stored_bytes = in.fixed<std::uint32_t>();
    head.plain_bytes = in.fixed<std::uint32_t>();
    head.entries_crc = in.fixed<std::uint32_t>();
    head.count = in.fixed<std::uint32_t>();
    head.stamp.group = in.fixed<std::uint16_t>();
    head.stamp.group_count = in.fixed<std::uint16_t>();
    head.flags = in.fixed<std::uint16_t>();
    head.epoch = in.fixed<Epoch>();
    return head;
}

std::string encode(const Mark& mark) {
    std::string bytes(kMarkMagic);
    ByteWriter out(bytes);
    out.fixed(mark.durable.index);
    out.fixed(mark.begin.index);
    bytes.resize(kMarkBytes - sizeof(std::uint32_t));
    return with_crc(std::move(bytes));
}

std::optional<Mark> decode_mark(std::string_view bytes) {
    if (bytes.size() != kMarkBytes || !bytes.starts_with(kMarkMagic) || !crc_holds(bytes)) {
        return std::nullopt;
    }
    ByteReader in(bytes.substr(kMarkMagic.size()));
    Mark mark;
    mark.durable.index = in.fixed<std::uint64_t>();
    mark.begin.index = in.fixed<std::uint64_t>();
    return mark;
}

std::string segment_name(Position first) {
    const std::string digits = to_string(first);
    return std::string(kNameDigits - digits.size(), '0') + digits + std::string(kNameSuffix);
}

std::optional<Position> parse_segment_name(std::string_view name) {
    if (name.size() != kNameDigits + kNameSuffix.size() || !name.ends_with(kNameSuffix)) {
        return std::nullopt;
    }
    Position first;
    const char* end = name.data() + kNameDigits;
    const auto [stop, code] = std::from_chars(name.data(), end, first.index);
    if (stop != end || code != std::errc()) {
        return std::nullopt;
    }
    return first;
}

}  // namespace attune::segments
