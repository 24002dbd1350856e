#include <functional>
#include <memory>
#include <utility>

#include "log/segments/folder_reader.h"
#include "log/segments/inspect.h"

namespace attune::segments {

namespace {

Error only_read() {
    return {Error::Kind::Unavailable, "cannot change the log: it is open for reading only"};
}

/// A reader that stops where the log ended when it was opened.
class BoundedReader final : public LogReader {
public:
    BoundedReader(std::unique_ptr<FolderReader> reader, Position end)
        : reader_(std::move(reader)), end_(end) {}

    [[nodiscard]] Result<const LogBatch*> next() override {
        Result<const LogBatch*> batch = reader_->next();
        if (batch.ok() && batch.value() != nullptr && batch.value()->range.first >= end_) {
            return nullptr;
        }
        return batch;
    }

private:
    std::unique_ptr<FolderReader> reader_;
    Position end_;
};

class FolderLog final : public Log {
public:
    FolderLog(files::FileSystem& files, std::string folder, SegmentSummary all)
        : files_(files), folder_(std::move(folder)), all_(std::move(all)) {}

    Result<LogRange> append(const BatchStamp&, const LogEntries&) override { return only_read(); }
    [[nodiscard]] Position begin() const override { return all_.first; }
    [[nodiscard]] Position end() const override { return all_.end; }
    [[nodiscard]] Position durable() const override { return all_.end; }
    [[nodiscard]] Timestamp latest_now() const override { return all_.latest_now; }
    void on_durable(std::function<void(Position)>) override {}
    Status flush() override { return Done{}; }
    [[nodiscard]] Result<std::unique_ptr<LogReader>> reader(Position from) override {
        Result<std::unique_ptr<FolderReader>> reader = FolderReader::open(files_, folder_, from);
        if (!reader.ok()) {
            return reader.error();
        }
        return std::unique_ptr<LogReader>(
            std::make_unique<BoundedReader>(std::move(reader).value(), all_.end)
        );
    }
    Result<Position> trim(Position, const LogRetention&, Timestamp) override { return only_read(); }
    Status seal() override { return only_read(); }
    [[nodiscard]] Position sealed() const override { return {}; }
    Status rewrite(const LogRewrite&) override { return only_read(); }
    [[nodiscard]] Status writable() const override { return only_read(); }

private:
    files::FileSystem& files_;
    std::string folder_;
    SegmentSummary all_;
};

}  // namespace

Result<std::unique_ptr<Log>> open_to_read(files::FileSystem& files, const std::string& folder) {
    const Result<std::vector<SegmentSummary>> segments = list_segments(files, folder);
    if (!segments.ok()) {
        return segments.error();
    }
    SegmentSummary all;
    if (!segments.value().empty()) {
        all = segments.value().back();
        all.first = segments.value().front().first;
    }
    return std::unique_ptr<Log>(std::make_unique<FolderLog>(files, folder, std::move(all)));
}

}  // namespace attune::segments
