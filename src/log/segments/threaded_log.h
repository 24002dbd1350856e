#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "log/segments/catalog.h"
#include "log/segments/segment_log.h"
#include "log/segments/segment_writer.h"

namespace attune::segments {

/// The log of open_log(): appends fill one buffer while the log's thread writes the other.
///
/// An append takes the mutex once, for as long as copying its batch takes. It counts the room left
/// in the newest segment and in the prepared one, and takes only what has a place there: what it
/// has accepted cannot fail for want of space, on file systems that write in place.
class ThreadedLog final : public Log {
public:
    ThreadedLog(
        LogOptions options,
        std::unique_ptr<files::Lock> lock,
        const Recovered& log,
        std::unique_ptr<Catalog> catalog
    );
    ThreadedLog(const ThreadedLog&) = delete;
    ThreadedLog& operator=(const ThreadedLog&) = delete;
    ThreadedLog(ThreadedLog&&) = delete;
    ThreadedLog& operator=(ThreadedLog&&) = delete;
    /// Makes durable what was appended, if the disk lets it.
    ~ThreadedLog() override;

    /// Starts the thread, if the log has one. Once, after construction.
    void start();

    Result<LogRange> append(const BatchStamp& stamp, const LogEntries& entries) override;
    Result<LogRange> append_stored(std::string_view stored) override;
    [[nodiscard]] Epoch epoch() const override;
    Status raise_epoch(Epoch epoch) override;
    [[nodiscard]] Position begin() const override;
    [[nodiscard]] Position end() const override;
    [[nodiscard]] Position durable() const override;
    [[nodiscard]] Timestamp latest_now() const override;
    void on_durable(std::function<void(Position)> listener) override;
    Status flush() override;
    [[nodiscard]] Result<std::unique_ptr<LogReader>> reader(Position from) override;
    Result<Position> trim(Position keep_from, const LogRetention& retention, Timestamp now)
        override;
    Status seal() override;
    [[nodiscard]] Position sealed() const override;
    Status rewrite(const LogRewrite& rewrite) override;
    [[nodiscard]] Status writable() const override;

private:
    using Guard = std::unique_lock<std::mutex>;

    void run();
    /// One round of group commit; and the next segment prepared, where there is none.
    Status commit_round(Guard& guard);
    void prepare_spare(Guard& guard);
    void fail(const Error& error, Guard& guard);
    void publish(Position durable);

    /// All with mutex_ held.
    [[nodiscard]] Status admit(std::uint64_t bytes, Guard& guard);
    [[nodiscard]] Status take_room(std::uint64_t bytes, Guard& guard);
    void note_time(const BatchStamp& stamp);
    [[nodiscard]] Status begin_epoch(Epoch epoch);
    [[nodiscard]] bool has_work() const { return !filling_.empty() || !writing_.empty(); }
    [[nodiscard]] bool wants_spare() const;

    const LogOptions options_;
    const std::unique_ptr<files::Lock> lock_;
    const std::unique_ptr<Catalog> catalog_;
    SegmentWriter
        writer_;  // Used by the log's thread; without one, by who holds mutex_ or flushes.

    mutable std::mutex mutex_;
    std::condition_variable wake_;       // Something to write, or to stop.
    std::condition_variable published_;  // durable_ has moved, or the log cannot go on.
    Group filling_;
    Group writing_;  // Swapped with mutex_ held, else the log's thread's own.
    Position end_;
    Epoch epoch_ = 0;
    Position sealed_;           // What lies before it shares no segment with what is to come.
    std::uint64_t room_ = 0;    // Bytes left in the segment in which filling_ ends.
    bool spare_ready_ = false;  // A prepared segment of which no append has taken room yet.
    bool stopping_ = false;
    std::optional<Error> failed_;   // For good.
    std::optional<Error> blocked_;  // No room for what was accepted; tried again.
    Error full_{Error::Kind::Unavailable, "the next segment is being prepared"};  // No spare.
    Timestamp latest_now_;
    const Timestamp opened_at_;  // latest_now_ as recovered.
    std::vector<Timestamp> latest_now_by_group_;

    std::atomic<std::uint64_t> durable_;
    std::function<void(Position)> listener_;
    std::thread thread_;
};

}  // namespace attune::segments
