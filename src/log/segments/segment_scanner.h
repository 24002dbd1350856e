#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files/file_system.h"
#include "log/log.h"
#include "log/segments/format.h"

namespace attune::segments {

/// What a scanner verifies. All of it, except in the mutants that the torture test must catch.
struct ScanChecks {
    bool checksums = true;
};

/// Reads the batches of one segment file in order and checks each; whatever the bytes, it neither
/// crashes nor hands out a batch that does not check. One thread at a time.
class SegmentScanner {
public:
    /// Opens the file at `path` and checks its head.
    [[nodiscard]] static Result<std::unique_ptr<SegmentScanner>> open(
        files::FileSystem& files, const std::string& path, ScanChecks checks = {}
    );

    enum class Found : std::uint8_t {
        Batch,   ///< See batch(), valid until the next call.
        End,     ///< The file ends, or zeros follow.
        Broken,  ///< Something else follows: see broken(). Stays so until refresh().
    };

    /// An Error only when the file cannot be read.
    [[nodiscard]] Result<Found> next();

    [[nodiscard]] const SegmentHead& head() const { return head_; }
    [[nodiscard]] const LogBatch& batch() const { return batch_; }
    /// Bytes that the last batch takes on disk.
    [[nodiscard]] std::uint64_t batch_stored_bytes() const { return batch_stored_bytes_; }
    [[nodiscard]] Packing batch_packing() const { return batch_packing_; }

    /// `cannot read "…/0.log" at offset 64: why`.
    [[nodiscard]] const Error& broken() const { return *broken_; }

    /// Where the next batch starts, in the file and in the log.
    [[nodiscard]] std::uint64_t offset() const { return offset_; }
    [[nodiscard]] Position position() const { return position_; }

    /// Forgets what was read ahead, and what was broken: the file may have grown.
    void refresh();

    /// Looks behind a broken batch, or behind the end, for a batch that was written when `end` was
    /// already durable. It proves that what is missing here was once whole on the disk, so that
    /// this is damage and not the tail of a crash.
    [[nodiscard]] Result<bool> find_evidence(Position end);

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    SegmentScanner(std::unique_ptr<files::File> file, std::string path, ScanChecks checks)
        : file_(std::move(file)), path_(std::move(path)), checks_(checks) {}

    Status read_head();
    /// At most `bytes` bytes from `offset_` on, fewer at the end of the file.
    Result<std::string_view> look(std::uint64_t bytes);
    Found break_off(const std::string& why);
    /// Why the bytes are no batch that may stand here; empty when they are.
    [[nodiscard]] std::string fault_of(const BatchHead& head) const;
    /// Unpacks and counts; a reason when that fails.
    std::string open_entries(const BatchHead& head, std::string_view stored);

    std::unique_ptr<files::File> file_;
    std::string path_;
    ScanChecks checks_;
    SegmentHead head_;

    std::vector<char> buffer_;  // Its first filled_ bytes are the file's from buffer_offset_ on.
    std::uint64_t buffer_offset_ = 0;
    std::size_t filled_ = 0;

    std::uint64_t offset_ = kSegmentHeadBytes;
    Position position_;
    LogBatch batch_;
    std::uint64_t batch_stored_bytes_ = 0;
    Packing batch_packing_ = Packing::None;
    std::string plain_;
    std::optional<Error> broken_;
};

}  // namespace attune::segments
