#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/position.h"
#include "base/result.h"
#include "base/time.h"

namespace attune {

/// What a batch carries beside its entries; the fold sees it together with them.
struct BatchStamp {
    /// When the batch was taken. Never goes back within a group, nor behind Log::latest_now() of
    /// the log as it was opened: see there.
    Timestamp now{};
    std::uint64_t program = 0;  ///< Hash of the program that folds it.
    std::uint16_t group = 0;    ///< Whose batch: the thread, of `group_count`.
    std::uint16_t group_count = 1;
};

/// Entries on their way to the log, encoded as they are stored. Reused: clear() keeps the memory.
class LogEntries {
public:
    void add(std::string_view entry) { add(entry, {}); }

    /// One entry made of two parts, so that a header needs no copy of the body.
    void add(std::string_view head, std::string_view body) {
        ByteWriter out(bytes_);
        out.varint(head.size() + body.size());
        out.raw(head);
        out.raw(body);
        ++count_;
    }

    void clear() {
        bytes_.clear();
        count_ = 0;
    }

    [[nodiscard]] std::uint32_t count() const { return count_; }
    [[nodiscard]] std::string_view bytes() const { return bytes_; }

private:
    std::string bytes_;
    std::uint32_t count_ = 0;
};

/// The places of one batch: entry i stands at `first + i`. A batch without entries (a tick) takes
/// one place of its own, so that one can wait for it and resume after it.
struct LogRange {
    Position first;
    Position end;  ///< The first place after it.
};

/// Which server's turn it was to write: rises by one whenever a standby is promoted, and never goes
/// back in a log. 0 as long as none was.
using Epoch = std::uint16_t;

/// A batch as read back, checked whole; it points into its reader.
struct LogBatch {
    LogRange range;
    BatchStamp stamp;
    std::uint32_t count = 0;
    std::string_view entries;  ///< As LogEntries wrote them.
    Epoch epoch = 0;
    std::string_view stored{};  ///< The whole as the log stores it, for Log::append_stored.

    /// Calls `visit(Position, std::string_view entry)` for each, in order.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        ByteReader in(entries);
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::string_view entry = in.text();
            ATTUNE_ASSERT(in.ok());  // The reader of the log has counted them.
            visit(range.first + i, entry);
        }
    }
};

/// Reads batches in order. One thread at a time; it may outlive neither its log nor, for ever, the
/// log's trim: what it has not read yet may be removed under it, which is a NotFound.
class LogReader {
public:
    LogReader() = default;
    LogReader(const LogReader&) = delete;
    LogReader& operator=(const LogReader&) = delete;
    LogReader(LogReader&&) = delete;
    LogReader& operator=(LogReader&&) = delete;
    virtual ~LogReader() = default;

    /// The next durable batch, valid until the next call; nullptr when there is none yet (call
    /// again later). Corrupt names file and offset.
    [[nodiscard]] virtual Result<const LogBatch*> next() = 0;
};

/// How much history to keep beyond what must be kept; 0 means without limit.
struct LogRetention {
    std::uint64_t bytes_max = 0;
    Duration age_max{0};
};

/// Gets an entry's bytes and may change them, though not their number; says whether it has.
using EditEntry = std::function<bool(Position, std::span<char> entry)>;

struct LogRewrite {
    Position end;  ///< Entries before it.
    EditEntry edit;
    std::function<bool()> go_on = [] { return true; };  ///< Asked now and then.
};

/// The durable, total order of what was accepted. Everything else can be folded from it.
///
/// append() gives a batch its places at once, from any thread; it becomes durable a little later,
/// in order, so that `durable()` says it all: what lies before it survives a power cut. Nothing may
/// be acknowledged or sent before that.
class Log {
public:
    Log() = default;
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    Log(Log&&) = delete;
    Log& operator=(Log&&) = delete;
    virtual ~Log() = default;

    /// Takes a batch whole or not at all, copies it, and returns its places. Never waits for the
    /// disk. `entries` may be empty (a tick). Errors: Unavailable when the buffer is full (the disk
    /// is slower than its callers: shed, try again) or the log has failed; LimitExceeded when the
    /// disk is full (appends succeed again by themselves once there is room); InvalidInput when the
    /// batch is larger than the log takes.
    virtual Result<LogRange> append(const BatchStamp& stamp, const LogEntries& entries) = 0;

    /// Takes a batch that another log has stored, at the place that it has there, which must be
    /// this log's end(). Entries, times and epoch stay as they are. Errors: as append(); Corrupt
    /// when the bytes are not what was stored; Conflict when place or epoch does not follow.
    virtual Result<LogRange> append_stored(std::string_view stored) {
        static_cast<void>(stored);
        return no_copies();
    }

    /// The epoch of what will be appended: of the last batch, unless it has been raised since.
    [[nodiscard]] virtual Epoch epoch() const { return 0; }

    /// Whatever is appended from now on is of this epoch, which is not lower than epoch(). It is in
    /// the log with the next batch. LimitExceeded, Unavailable: not now, try again.
    virtual Status raise_epoch(Epoch epoch) {
        static_cast<void>(epoch);
        return no_copies();
    }

    /// The oldest place still held.
    [[nodiscard]] virtual Position begin() const = 0;

    /// The place that the next batch will take.
    [[nodiscard]] virtual Position end() const = 0;

    /// Everything before it is durable.
    [[nodiscard]] virtual Position durable() const = 0;

    /// The latest `now` of any batch. A caller whose clock stands before it (it was set back
    /// between two runs) must use this instead: folded time never goes back.
    [[nodiscard]] virtual Timestamp latest_now() const = 0;

    /// Sets who is called, on the log's own thread and with durable(), each time that it has moved.
    /// To be set before the first append; the call must be short and must not call back into the
    /// log.
    virtual void on_durable(std::function<void(Position)> listener) = 0;

    /// Returns once everything appended before the call is durable; Unavailable when the log fails.
    virtual Status flush() = 0;

    /// A reader of the batches from the one that holds `from` on; begin() <= from <= end().
    [[nodiscard]] virtual Result<std::unique_ptr<LogReader>> reader(Position from) = 0;

    /// Removes history, oldest first, in pieces of the log's own choosing: what lies wholly before
    /// `keep_from` and is over one of the limits at `now`. Returns the new begin().
    virtual Result<Position> trim(
        Position keep_from, const LogRetention& retention, Timestamp now
    ) = 0;

    /// What is appended from now on is kept apart from what is there, so that rewrite() may change
    /// the latter. LimitExceeded, Unavailable: not now, try again.
    virtual Status seal() = 0;

    /// What lies before this is set apart for good: seal() takes effect with the next append.
    [[nodiscard]] virtual Position sealed() const = 0;

    /// Changes entries before `end`, which seal() has set apart, where they stand: whatever `edit`
    /// answers true for is on the disk as `edit` has left it, and no longer as it was, when this
    /// returns. Of a crash meanwhile some of them have come out changed; call again. One thread at
    /// a time, while others append and read. Unavailable when `end` is not sealed, or when it is
    /// not to go on.
    virtual Status rewrite(const LogRewrite& rewrite) = 0;

    /// Whether events should be appended, or why not: said while append() still succeeds, so that
    /// what has to be noted on a full disk (decisions that count, marks, erasures) finds room. For
    /// readiness probes too.
    [[nodiscard]] virtual Status writable() const = 0;

private:
    static Error no_copies() {
        return {Error::Kind::InvalidInput, "cannot replicate: this log is not kept on a disk"};
    }
};

/// Lets `edit` change those of a batch's entries, as LogEntries wrote them, that stand before
/// `end`; whether it has.
[[nodiscard]] inline bool edit_entries(
    Position first, std::uint32_t count, Position end, const EditEntry& edit, std::string& entries
) {
    bool changed = false;
    ByteReader in(entries);
    for (std::uint32_t i = 0; i < count && first + i < end; ++i) {
        const std::string_view entry = in.text();
        ATTUNE_ASSERT(in.ok());  // The reader of the log has counted them.
        char* const bytes = entries.data() + (entry.data() - entries.data());
        changed = edit(first + i, {bytes, entry.size()}) || changed;
    }
    return changed;
}

/// Calls `visit(const LogBatch&)` for each durable batch from the one that holds `from` on, until
/// there are no more.
template <typename Visit>
[[nodiscard]] Status read_log(Log& log, Position from, Visit&& visit) {
    Result<std::unique_ptr<LogReader>> reader = log.reader(from);
    if (!reader.ok()) {
        return reader.error();
    }
    for (;;) {
        Result<const LogBatch*> batch = reader.value()->next();
        if (!batch.ok()) {
            return batch.error();
        }
        if (batch.value() == nullptr) {
            return Done{};
        }
        visit(*batch.value());
    }
}

}  // namespace attune
