#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "files/file_system.h"
#include "log/segments/format.h"

namespace attune::segments {

struct Segment {
    std::string path;
    SegmentHead head;
    std::uint64_t bytes = 0;  ///< On disk.
};

/// What a log's folder holds.
struct SegmentFolder {
    std::vector<Segment> segments;  ///< In order.
    /// Segments wholly before the mark's begin, in order: their removal was under way.
    std::vector<Segment> leftovers;
    std::optional<Mark> mark;
};

/// Reads names, heads and mark, and checks that they belong together; changes nothing and needs no
/// lock. A folder that is empty or holds no log gives no segments; one that is missing is NotFound.
[[nodiscard]] Result<SegmentFolder> read_segment_folder(
    files::FileSystem& files, const std::string& folder
);

}  // namespace attune::segments
