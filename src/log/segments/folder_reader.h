#pragma once

#include <memory>
#include <optional>
#include <string>

#include "files/file_system.h"
#include "log/log.h"
#include "log/segments/segment_folder.h"
#include "log/segments/segment_scanner.h"

namespace attune::segments {

/// Reads a log's folder from outside, without its lock, while a server may be writing it. The last
/// batches that it gives may not be durable yet.
class FolderReader final : public LogReader {
public:
    /// From the batch that holds `from` on, or from the oldest one when that is later.
    [[nodiscard]] static Result<std::unique_ptr<FolderReader>> open(
        files::FileSystem& files, std::string folder, Position from
    );

    [[nodiscard]] Result<const LogBatch*> next() override;

    /// Where the log ends, as far as it has been read.
    [[nodiscard]] Position position() const;

    /// After next() gave nullptr: what an unfinished write, or a crash, has left behind the last
    /// batch; nullptr when nothing.
    [[nodiscard]] const Error* unfinished() const;

    /// The segment that is being read; none when the log is empty.
    [[nodiscard]] const SegmentScanner* scanner() const { return scanner_.get(); }

private:
    FolderReader(files::FileSystem& files, std::string folder, Position from)
        : files_(&files), folder_(std::move(folder)), from_(from) {}

    Status open_segment(Position first);
    /// The segment after the one that is being read; before there is one, that which holds from_.
    Result<std::optional<Position>> following() const;
    /// The next batch of this segment, or nullptr.
    Result<const LogBatch*> step();
    /// Goes on to the next segment; false when there is none. Corrupt when it is not the next.
    Result<bool> advance();

    files::FileSystem* files_;
    std::string folder_;
    Position from_;
    std::unique_ptr<SegmentScanner> scanner_;
    bool broken_ = false;
};

}  // namespace attune::segments
