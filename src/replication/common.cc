#include "replication/common.h"

#include <utility>
#include <vector>

namespace attune::replication {

Result<Position> common_end(Log& log, const SameUpTo& same) {
    std::vector<std::pair<Position, std::uint64_t>> ends;
    const Status read = read_log(log, log.begin(), [&](const LogBatch& batch) {
        ends.emplace_back(batch.range.end, trace_of(batch));
    });
    if (!read.ok()) {
        return read.error();
    }
    // Each server writes only in its own epochs, so logs that are the same at one place are the
    // same before it.
    std::size_t known = 0;
    std::size_t bound = ends.size();
    while (known < bound) {
        const std::size_t middle = known + (bound - known) / 2;
        const Result<bool> agrees = same(ends[middle].first, ends[middle].second);
        if (!agrees.ok()) {
            return agrees.error();
        }
        if (agrees.value()) {
            known = middle + 1;
        } else {
            bound = middle;
        }
    }
    return known == 0 ? log.begin() : ends[known - 1].first;
}

}  // namespace attune::replication
