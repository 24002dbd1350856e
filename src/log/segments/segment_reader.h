#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "files/file_system.h"
#include "log/log.h"
#include "log/segments/catalog.h"
#include "log/segments/segment_scanner.h"

namespace attune::segments {

/// Reads an open log below its durable position, while it grows.
class SegmentReader final : public LogReader {
public:
    /// `catalog` and `durable` must live longer.
    SegmentReader(
        files::FileSystem& files,
        const Catalog& catalog,
        const std::atomic<std::uint64_t>& durable,
        Position from,
        ScanChecks checks
    )
        : files_(&files),
          catalog_(&catalog),
          durable_(&durable),
          from_(from),
          next_(from),
          checks_(checks) {}

    [[nodiscard]] Result<const LogBatch*> next() override;

private:
    /// Opens the segment in which next_ lies, or starts.
    Status open_segment();

    files::FileSystem* files_;
    const Catalog* catalog_;
    const std::atomic<std::uint64_t>* durable_;
    Position from_;
    Position next_;      // Where the scanner stands, once there is one.
    Position fresh_to_;  // What was durable before the scanner last read ahead.
    ScanChecks checks_;
    std::unique_ptr<SegmentScanner> scanner_;
};

}  // namespace attune::segments
