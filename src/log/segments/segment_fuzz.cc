#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "files/simulated.h"
#include "log/segments/segment_scanner.h"
#include "log/segments/small_log.h"

namespace {

using namespace attune;  // NOLINT(google-build-using-namespace): this file only.

/// Gives the bytes the checksums they need to get past the first check, where they look like heads,
/// so that the fuzzer reaches what lies behind it.
std::string with_checksums(std::string bytes) {
    if (bytes.size() >= segments::kSegmentHeadBytes) {
        const std::size_t covered = segments::kSegmentHeadBytes - 4;
        const std::uint32_t crc = crc32c(std::string_view(bytes).substr(0, covered));
        bytes.replace(covered, 4, reinterpret_cast<const char*>(&crc), 4);
    }
    for (std::size_t at = bytes.find(segments::kBatchMagic); at != std::string::npos;
         at = bytes.find(segments::kBatchMagic, at + 1)) {
        if (at + segments::kBatchHeadBytes > bytes.size()) {
            break;
        }
        const segments::BatchHead head =
            segments::decode_batch_head_unchecked(std::string_view(bytes).substr(at));
        const std::size_t entries = at + segments::kBatchHeadBytes;
        if (head.stored_bytes <= bytes.size() - entries) {
            constexpr std::size_t kEntriesCrcAt = 48;
            const std::uint32_t crc =
                crc32c(std::string_view(bytes).substr(entries, head.stored_bytes));
            bytes.replace(at + kEntriesCrcAt, 4, reinterpret_cast<const char*>(&crc), 4);
        }
        segments::seal_batch_head(bytes.data() + at, head.synced);
    }
    return bytes;
}

void open_and_read(const std::string& bytes) {
    files::SimulatedFiles disk;
    const std::string path = "log/" + segments::segment_name(Position{});
    if (!disk.create_directory("log").ok() || !files::replace_file(disk, path, bytes).ok()) {
        return;
    }
    const Result<std::unique_ptr<Log>> log = segments::open_log(segments::small_log(disk));
    if (log.ok()) {
        (void)read_log(*log.value(), log.value()->begin(), [](const LogBatch& batch) {
            batch.for_each([](Position, std::string_view) {});
        });
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    open_and_read(bytes);
    open_and_read(with_checksums(bytes));
    return 0;
}
