#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "files/file_system.h"
#include "log/segments/catalog.h"
#include "log/segments/segment_log.h"

namespace attune::segments {

/// Batches that gathered while the disk was busy, and that it gets together.
struct Group {
    std::string bytes;               ///< Whole batches, their heads not sealed yet.
    std::vector<std::size_t> rolls;  ///< Where in `bytes` a new segment begins.
    std::size_t done = 0;            ///< How much of it is durable.

    [[nodiscard]] bool empty() const { return done == bytes.size(); }
    void clear() {
        bytes.clear();
        rolls.clear();
        done = 0;
    }
};

/// Puts groups on the disk: the one place that writes segments. One thread.
class SegmentWriter {
public:
    /// `published(end)` is called when everything before `end` has become durable.
    SegmentWriter(
        const LogOptions& options,
        const Recovered& log,
        Catalog& catalog,
        std::function<void(Position)> published
    );

    /// Takes the room of the next segment from the disk, so that appends may count on it. An error
    /// (LimitExceeded: no room) changes nothing; try again later.
    [[nodiscard]] Status prepare_spare();

    /// Writes, syncs and publishes the rest of the group. After LimitExceeded nothing is lost: call
    /// again once there is room. Any other error is final.
    [[nodiscard]] Status commit(Group& group);

private:
    /// Makes the spare the newest segment.
    [[nodiscard]] Status roll(const BatchHead& first);
    /// Writes the part of the group that lies in one segment.
    [[nodiscard]] Status write_piece(Group& group, std::size_t end);

    LogOptions options_;
    files::FileSystem* files_;
    Catalog* catalog_;
    std::function<void(Position)> published_;

    std::uint64_t log_id_;
    Position durable_;
    Timestamp latest_now_;  // Of everything durable.

    std::unique_ptr<files::File> segment_;  // None before the first batch.
    std::uint64_t offset_ = 0;
    std::unique_ptr<files::File> spare_;
};

}  // namespace attune::segments
