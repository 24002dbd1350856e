#include "log/segments/segment_scanner.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/hash.h"
#include "log/segments/packing.h"

namespace attune::segments {

namespace {

constexpr std::size_t kReadAheadBytes = 1U << 20U;

bool all_zero(std::string_view bytes) {
    return bytes.find_first_not_of('\0') == std::string_view::npos;
}

}  // namespace

Result<std::unique_ptr<SegmentScanner>> SegmentScanner::open(
    files::FileSystem& files, const std::string& path, ScanChecks checks
) {
    Result<std::unique_ptr<files::File>> file = files.open(path, files::Open::Read);
    if (!file.ok()) {
        return file.error();
    }
    std::unique_ptr<SegmentScanner> scanner(
        new SegmentScanner(std::move(file).value(), path, checks)  // NOLINT: private constructor
    );
    if (Status read = scanner->read_head(); !read.ok()) {
        return read.error();
    }
    return scanner;
}

Status SegmentScanner::read_head() {
    std::array<char, kSegmentHeadBytes> bytes{};
    const Result<std::size_t> count = files::read_all(*file_, 0, bytes);
    if (!count.ok()) {
        return count.error();
    }
    const Result<SegmentHead> head =
        decode_segment_head({bytes.data(), count.value()}, "cannot read \"" + path_ + "\"");
    if (!head.ok()) {
        return head.error();
    }
    head_ = head.value();
    position_ = head_.first;
    return Done{};
}

Result<std::string_view> SegmentScanner::look(std::uint64_t bytes) {
    const bool held = offset_ >= buffer_offset_ && offset_ + bytes <= buffer_offset_ + filled_;
    if (!held) {
        const auto wanted =
            static_cast<std::size_t>(std::max<std::uint64_t>(bytes, kReadAheadBytes));
        if (buffer_.size() < wanted) {
            buffer_.resize(wanted);
        }
        const Result<std::size_t> count = files::read_all(*file_, offset_, buffer_);
        if (!count.ok()) {
            return count.error();
        }
        buffer_offset_ = offset_;
        filled_ = count.value();
    }
    const std::string_view all(buffer_.data(), filled_);
    return all.substr(offset_ - buffer_offset_, bytes);
}

SegmentScanner::Found SegmentScanner::break_off(const std::string& why) {
    broken_ = Error{
        Error::Kind::Corrupt,
        "cannot read \"" + path_ + "\" at offset " + std::to_string(offset_) + ": " + why};
    return Found::Broken;
}

std::string SegmentScanner::fault_of(const BatchHead& head) const {
    if (head.first != position_) {
        return "a batch for position " + to_string(head.first) + " stands where " +
               to_string(position_) + " comes next";
    }
    if (head.stored_bytes > kBatchBytesMaxEver || head.plain_bytes > kBatchBytesMaxEver) {
        return "the batch claims to be larger than any may be";
    }
    if (!head.known_flags()) {
        return "the batch carries flags that this version does not know";
    }
    if (head.epoch != head_.epoch) {
        return "a batch of epoch " + std::to_string(head.epoch) + " stands in a segment of epoch " +
               std::to_string(head_.epoch);
    }
    return {};
}

std::string SegmentScanner::open_entries(const BatchHead& head, std::string_view stored) {
    std::string_view plain = stored;
    if (head.packing() != Packing::None) {
        if (!unpack(head.packing(), stored, head.plain_bytes, plain_)) {
            return "the entries do not unpack to the " + std::to_string(head.plain_bytes) +
                   " bytes that they were";
        }
        plain = plain_;
    }
    ByteReader in(plain);
    for (std::uint32_t i = 0; i < head.count && in.ok(); ++i) {
        (void)in.text();
    }
    if (!in.ok() || !in.at_end()) {
        return "the batch does not hold " + std::to_string(head.count) + " entries";
    }
    batch_ = {{head.first, head.end()}, head.stamp, head.count, plain, head.epoch};
    return {};
}

Result<SegmentScanner::Found> SegmentScanner::next() {
    if (broken_) {
        return Found::Broken;
    }
    const Result<std::string_view> start = look(kBatchHeadBytes);
    if (!start.ok()) {
        return start.error();
    }
    if (all_zero(start.value())) {
        return Found::End;
    }
    if (start.value().size() < kBatchHeadBytes) {
        return break_off("the file ends within the head of a batch");
    }
    const std::optional<BatchHead> head = checks_.checksums
                                              ? decode_batch_head(start.value())
                                              : decode_batch_head_unchecked(start.value());
    if (!head) {
        return break_off("no head of a batch with a matching checksum");
    }
    if (const std::string fault = fault_of(*head); !fault.empty()) {
        return break_off(fault);
    }
    const Result<std::string_view> all = look(kBatchHeadBytes + head->stored_bytes);
    if (!all.ok()) {
        return all.error();
    }
    const std::string_view stored = all.value().substr(kBatchHeadBytes);
    if (stored.size() < head->stored_bytes) {
        return break_off("the file ends within a batch");
    }
    if (checks_.checksums && crc32c(stored) != head->entries_crc) {
        return break_off("the checksum of the entries does not match");
    }
    if (const std::string fault = open_entries(*head, stored); !fault.empty()) {
        return break_off(fault);
    }
    batch_.stored = all.value();
    batch_packing_ = head->packing();
    batch_stored_bytes_ = kBatchHeadBytes + head->stored_bytes;
    offset_ += batch_stored_bytes_;
    position_ = head->end();
    return Found::Batch;
}

void SegmentScanner::refresh() {
    filled_ = 0;
}

Result<bool> SegmentScanner::find_evidence(Position end) {
    const std::uint64_t kept = offset_;
    bool found = false;
    while (!found) {
        const Result<std::string_view> piece = look(kReadAheadBytes);
        if (!piece.ok()) {
            return piece.error();
        }
        const std::string_view bytes = piece.value();
        for (std::size_t at = bytes.find(kBatchMagic); at != std::string_view::npos && !found;
             at = bytes.find(kBatchMagic, at + 1)) {
            const std::optional<BatchHead> head = decode_batch_head(bytes.substr(at));
            found = head && head->synced > end;
        }
        if (bytes.size() < kReadAheadBytes) {
            break;
        }
        offset_ += bytes.size() - kBatchHeadBytes;  // A head may lie across two pieces.
    }
    offset_ = kept;
    return found;
}

}  // namespace attune::segments
