#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "files/file_system.h"
#include "log/log.h"
#include "log/segments/recovery.h"

namespace attune::segments {

/// The segments of an open log, oldest first, and its mark. Safe from any thread.
class Catalog {
public:
    /// Opens the mark of the log in `folder`, creating it as needed.
    [[nodiscard]] static Result<std::unique_ptr<Catalog>> open(
        files::FileSystem& files, std::string folder, const Recovered& log
    );

    /// Adds the newest, once the one before it has its final size.
    void add(Segment segment, std::uint64_t previous_bytes);

    /// The path of the segment that holds `at`; of the newest when `at` is the end of the log.
    [[nodiscard]] std::optional<std::string> find(Position at) const;
    [[nodiscard]] bool starts_at(Position at) const;

    [[nodiscard]] Position begin() const;

    /// Notes, without waiting for the disk, up to where the log is durable.
    void note_durable(Position durable);
    /// Makes the note durable too; an error only weakens later checks.
    Status sync_mark();

    /// The segments that hold something before `end`, oldest first.
    [[nodiscard]] std::vector<Segment> before(Position end) const;
    /// Puts the file at `draft`, which is durable, in the place of a segment's; drops it when the
    /// segment has been trimmed meanwhile.
    Status replace(const Segment& segment, const std::string& draft);

    /// See Log::trim. Never removes the newest segment.
    Result<Position> trim(Position keep_from, const LogRetention& retention, Timestamp now);

private:
    Catalog(files::FileSystem& files, std::string folder)
        : files_(&files), folder_(std::move(folder)) {}

    /// Both with mutex_ held.
    Status write_mark();
    [[nodiscard]] bool over_limit(const LogRetention& retention, Timestamp now) const;

    files::FileSystem* files_;
    std::string folder_;
    std::unique_ptr<files::File> mark_file_;
    mutable std::mutex mutex_;
    std::deque<Segment> segments_;
    Mark mark_;
};

}  // namespace attune::segments
