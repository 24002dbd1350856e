#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/position.h"
#include "base/result.h"
#include "base/time.h"
#include "log/log.h"
#include "log/segments/packing.h"

/// The bytes on disk, as docs/formats/log.md describes them.
namespace attune::segments {

/// A segment says the lowest version that reads it: 1 where nothing is packed. 2 knows lz4, and its
/// head names the packing. 3 is written once a standby was promoted: it knows epochs.
constexpr std::uint32_t kFormatVersion = 3;
constexpr std::size_t kSegmentHeadBytes = 64;
constexpr std::size_t kBatchHeadBytes = 64;
constexpr std::size_t kMarkBytes = 32;

/// No batch is larger than this, packed or not, so a damaged length cannot ask for all memory.
constexpr std::uint64_t kBatchBytesMaxEver = 64U << 20U;

/// The first bytes of a batch, "ATB1".
constexpr std::string_view kBatchMagic = "ATB1";

/// The start of a segment file.
struct SegmentHead {
    std::uint64_t log_id = 0;  ///< The same in all segments of a log.
    Position first;            ///< Of the first batch; also the file's name.
    Timestamp latest_now;      ///< The latest `now` of any earlier batch.
    /// Of its batches, where they are worth it. Version 1 told only in each batch.
    Packing packing = Packing::None;
    Epoch epoch = 0;  ///< Of all its batches: a new epoch begins a segment.
};

[[nodiscard]] std::string encode(const SegmentHead& head);

/// Conflict when a newer version wrote it, Corrupt when it is damaged. The message is a reason
/// only: `what` comes before it.
[[nodiscard]] Result<SegmentHead> decode_segment_head(
    std::string_view bytes, const std::string& what
);

/// The start of a batch.
struct BatchHead {
    Position first;
    BatchStamp stamp;
    Position synced;  ///< What was durable when the batch was written: evidence, see find_evidence.
    std::uint32_t stored_bytes = 0;
    std::uint32_t plain_bytes = 0;
    std::uint32_t entries_crc = 0;  ///< Of the stored bytes.
    std::uint32_t count = 0;
    std::uint16_t flags = 0;  ///< The entries' Packing; nothing else is known.
    Epoch epoch = 0;

    /// The first place after the batch; a tick takes one.
    [[nodiscard]] Position end() const { return first + (count == 0 ? 1 : count); }

    [[nodiscard]] Packing packing() const { return static_cast<Packing>(flags); }
    [[nodiscard]] bool known_flags() const {
        return flags <= static_cast<std::uint16_t>(Packing::Lz4);
    }
};

/// Sets flags, sizes and checksum for entries to be stored as `stored`, which is `plain` or what
/// pack() made of it with `packing`.
void describe_entries(
    BatchHead& head, std::string_view plain, std::string_view stored, Packing packing
);

/// Without what place_batch_head and seal_batch_head add.
[[nodiscard]] std::string encode(const BatchHead& head);

/// Sets the first position and the epoch of the encoded head at `bytes`.
void place_batch_head(char* bytes, Position first, Epoch epoch);

/// Completes the kBatchHeadBytes at `bytes` just before they are written.
void seal_batch_head(char* bytes, Position synced);

/// Nothing when the magic or the checksum is wrong.
[[nodiscard]] std::optional<BatchHead> decode_batch_head(std::string_view bytes);

/// The same without looking at the checksum; for the mutant that the torture test must catch.
[[nodiscard]] BatchHead decode_batch_head_unchecked(std::string_view bytes);

/// What the log knows to be durable, written without a sync after each sync: never ahead of the
/// truth, and after anything but a power cut it shows that something has gone missing.
struct Mark {
    Position durable;
    Position begin;  ///< Synced before segments are removed: older ones are rightly missing.
};

[[nodiscard]] std::string encode(const Mark& mark);
/// Nothing when it is damaged, as a power cut may leave it.
[[nodiscard]] std::optional<Mark> decode_mark(std::string_view bytes);

/// "00000000000000001234.log"; sorts by position.
[[nodiscard]] std::string segment_name(Position first);
[[nodiscard]] std::optional<Position> parse_segment_name(std::string_view name);

constexpr const char* kLockName = "lock";
constexpr const char* kRewriteName = "rewrite.new";
constexpr const char* kMarkName = "mark";
constexpr const char* kSpareName = "spare.new";

}  // namespace attune::segments
