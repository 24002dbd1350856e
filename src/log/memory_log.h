#pragma once

#include <deque>
#include <mutex>

#include "log/log.h"

namespace attune {

/// A log without a disk, for tests and for runs that end with the process. With `hold` set, nothing
/// becomes durable before release() or flush(), so that a test can look in between.
class MemoryLog final : public Log {
public:
    struct Options {
        bool hold = false;
        Position begin{};
    };

    MemoryLog() : MemoryLog(Options{}) {}
    explicit MemoryLog(Options options);

    Result<LogRange> append(const BatchStamp& stamp, const LogEntries& entries) override;
    [[nodiscard]] Position begin() const override;
    [[nodiscard]] Position end() const override;
    [[nodiscard]] Position durable() const override;
    [[nodiscard]] Timestamp latest_now() const override;
    void on_durable(std::function<void(Position)> listener) override;
    Status flush() override;
    [[nodiscard]] Result<std::unique_ptr<LogReader>> reader(Position from) override;
    Result<Position> trim(Position keep_from, const LogRetention& retention, Timestamp now)
        override;
    Status seal() override { return Done{}; }
    [[nodiscard]] Position sealed() const override { return end(); }
    /// Not while a reader reads.
    Status rewrite(const LogRewrite& rewrite) override;
    [[nodiscard]] Status writable() const override { return Done{}; }

    /// Makes everything appended durable and tells the listener, on this thread.
    void release();

private:
    class Reader;
    struct Stored {
        LogRange range;
        BatchStamp stamp;
        std::uint32_t count;
        std::string entries;
    };

    mutable std::mutex mutex_;
    std::deque<Stored> batches_;  // Stable addresses: readers point into it.
    Position begin_;
    Position end_;
    Position durable_;
    Timestamp latest_now_;
    bool hold_;
    std::function<void(Position)> listener_;
};

}  // namespace attune
