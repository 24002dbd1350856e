#include "log/segments/threaded_log.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/assert.h"
#include "base/hash.h"
#include "log/segments/packing.h"
#include "log/segments/rewrite.h"
#include "log/segments/segment_reader.h"

namespace attune::segments {

namespace {

/// How often a full disk is asked again: soon enough after somebody has made room.
constexpr std::chrono::milliseconds kRetryAfter{200};

/// Why there may be no spare for a moment.
Error preparing() {
    return {
        Error::Kind::Unavailable, "cannot append to the log: its next segment is being prepared"};
}

void stop_process(const Error& error) {
    std::fprintf(
        stderr,
        "attune: the log cannot go on, as nobody knows what the disk holds: %s\n",
        error.message.c_str()
    );
    std::abort();
}

}  // namespace

ThreadedLog::ThreadedLog(
    LogOptions options,
    std::unique_ptr<files::Lock> lock,
    const Recovered& log,
    std::unique_ptr<Catalog> catalog
)
    : options_(std::move(options)),
      lock_(std::move(lock)),
      catalog_(std::move(catalog)),
      writer_(options_, log, *catalog_, [this](Position durable) { publish(durable); }),
      end_(log.end),
      epoch_(log.epoch),
      sealed_(log.end),
      latest_now_(log.latest_now),
      opened_at_(log.latest_now),
      durable_(log.end.index) {
    // Page faults belong here, not into the critical section of an append.
    filling_.bytes.reserve(options_.buffer_bytes);
    writing_.bytes.reserve(options_.buffer_bytes);
    Guard guard(mutex_);
    prepare_spare(guard);
}

ThreadedLog::~ThreadedLog() {
    if (thread_.joinable()) {
        {
            const Guard guard(mutex_);
            stopping_ = true;
        }
        wake_.notify_one();
        thread_.join();
    } else {
        (void)flush();
    }
    if (!failed_) {
        (void)catalog_->sync_mark();
    }
}

void ThreadedLog::start() {
    if (options_.own_thread) {
        thread_ = std::thread([this] { run(); });
    }
}

Result<LogRange> ThreadedLog::append(const BatchStamp& stamp, const LogEntries& entries) {
    const std::string_view plain = entries.bytes();
    if (plain.size() + kBatchHeadBytes > options_.batch_bytes_max) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot append a batch to the log: it has " + std::to_string(plain.size()) +
                " bytes, batch_bytes_max is " + std::to_string(options_.batch_bytes_max)};
    }
    thread_local std::string packed;
    const bool is_packed = pack(options_.packing, plain, packed);
    const std::string_view stored = is_packed ? packed : plain;
    BatchHead head;
    head.stamp = stamp;
    head.count = entries.count();
    describe_entries(head, plain, stored, is_packed ? options_.packing : Packing::None);
    std::string head_bytes = encode(head);

    Guard guard(mutex_);
    if (Status admitted = admit(kBatchHeadBytes + stored.size(), guard); !admitted.ok()) {
        return admitted.error();
    }
    note_time(stamp);
    head.first = end_;
    end_ = head.end();
    place_batch_head(head_bytes.data(), head.first, epoch_);
    filling_.bytes.append(head_bytes).append(stored);
    guard.unlock();
    wake_.notify_one();
    return LogRange{head.first, head.end()};
}

Result<LogRange> ThreadedLog::append_stored(std::string_view stored) {
    const std::optional<BatchHead> head = decode_batch_head(stored);
    if (!head || stored.size() != kBatchHeadBytes + head->stored_bytes ||
        crc32c(stored.substr(kBatchHeadBytes)) != head->entries_crc ||
        head->stamp.group >= head->stamp.group_count || !head->known_flags()) {
        return Error{
            Error::Kind::Corrupt, "cannot append a stored batch to the log: it is damaged"};
    }
    Guard guard(mutex_);
    if (head->first != end_ || head->epoch < epoch_) {
        return Error{
            Error::Kind::Conflict,
            "cannot append a stored batch to the log: it is for position " +
                to_string(head->first) + " in epoch " + std::to_string(head->epoch) +
                ", the log goes on at " + to_string(end_) + " in epoch " + std::to_string(epoch_)};
    }
    if (head->epoch > epoch_) {
        if (Status raised = begin_epoch(head->epoch); !raised.ok()) {
            return raised.error();
        }
    }
    if (Status admitted = admit(stored.size(), guard); !admitted.ok()) {
        return admitted.error();
    }
    // Threads of another server, of which there may be more or fewer: nothing to compare with.
    latest_now_ = std::max(latest_now_, head->stamp.now);
    end_ = head->end();
    filling_.bytes.append(stored);
    guard.unlock();
    wake_.notify_one();
    return LogRange{head->first, head->end()};
}

Epoch ThreadedLog::epoch() const {
    const Guard guard(mutex_);
    return epoch_;
}

Status ThreadedLog::raise_epoch(Epoch epoch) {
    const Guard guard(mutex_);
    ATTUNE_ASSERT(epoch >= epoch_);
    return epoch == epoch_ ? Status(Done{}) : begin_epoch(epoch);
}

Status ThreadedLog::begin_epoch(Epoch epoch) {
    // Its own segment, whose head an older version refuses: that one would write on as if there
    // were no epochs.
    if (!spare_ready_) {
        return full_;
    }
    room_ = 0;
    epoch_ = epoch;
    return Done{};
}

Status ThreadedLog::admit(std::uint64_t bytes, Guard& guard) {
    if (failed_) {
        return Error{Error::Kind::Unavailable, "cannot append to the log: " + failed_->message};
    }
    if (blocked_) {
        return *blocked_;
    }
    if (filling_.bytes.size() + bytes > options_.buffer_bytes) {
        return Error{
            Error::Kind::Unavailable,
            "cannot append to the log: the disk is slower than what comes in, and " +
                std::to_string(filling_.bytes.size()) + " bytes wait for it already"};
    }
    return take_room(bytes, guard);
}

Status ThreadedLog::take_room(std::uint64_t bytes, Guard& guard) {
    if (bytes > room_) {
        if (!options_.own_thread && wants_spare()) {
            prepare_spare(guard);
        }
        if (!spare_ready_) {
            return full_;
        }
        filling_.rolls.push_back(filling_.bytes.size());
        sealed_ = end_;
        room_ = options_.segment_bytes - kSegmentHeadBytes;
        spare_ready_ = false;
    }
    room_ -= bytes;
    return Done{};
}

void ThreadedLog::note_time(const BatchStamp& stamp) {
    ATTUNE_ASSERT(stamp.group < stamp.group_count);
    if (latest_now_by_group_.size() <= stamp.group) {
        latest_now_by_group_.resize(std::size_t{stamp.group} + 1, opened_at_);
    }
    Timestamp& latest = latest_now_by_group_[stamp.group];
    ATTUNE_ASSERT(stamp.now >= latest);
    latest = stamp.now;
    latest_now_ = std::max(latest_now_, stamp.now);
}

bool ThreadedLog::wants_spare() const {
    // While a roll is pending, the spare that exists is the one it will take.
    return !spare_ready_ && filling_.rolls.empty() && writing_.empty();
}

void ThreadedLog::prepare_spare(Guard& guard) {
    guard.unlock();
    const Status prepared = writer_.prepare_spare();
    guard.lock();
    spare_ready_ = prepared.ok();
    full_ = prepared.ok() ? preparing() : prepared.error();
}

Status ThreadedLog::commit_round(Guard& guard) {
    if (writing_.empty()) {
        writing_.clear();
        std::swap(filling_, writing_);
    }
    guard.unlock();
    Status committed = writer_.commit(writing_);
    guard.lock();
    if (!committed.ok()) {
        if (committed.error().kind == Error::Kind::LimitExceeded) {
            blocked_ = committed.error();
        } else {
            fail(committed.error(), guard);
        }
        published_.notify_all();
        return committed;
    }
    blocked_.reset();
    if (wants_spare()) {
        prepare_spare(guard);
    }
    return Done{};
}

void ThreadedLog::fail(const Error& error, Guard& guard) {
    failed_ = error;
    guard.unlock();
    if (options_.on_failure) {
        options_.on_failure(error);
    } else {
        stop_process(error);
    }
    guard.lock();
}

void ThreadedLog::run() {
    Guard guard(mutex_);
    const auto awake = [this] { return stopping_ || !filling_.empty(); };
    while (!failed_) {
        if (blocked_) {
            wake_.wait_for(guard, kRetryAfter, [this] { return stopping_; });
            if (stopping_) {
                return;  // Nobody was told that the rest is durable.
            }
        } else if (!has_work() && wants_spare() && !stopping_) {
            wake_.wait_for(guard, kRetryAfter, awake);
        } else if (!has_work()) {
            wake_.wait(guard, awake);
        }
        if (has_work()) {
            (void)commit_round(guard);
        } else if (stopping_) {
            return;
        } else if (wants_spare()) {
            prepare_spare(guard);
        }
    }
}

void ThreadedLog::publish(Position durable) {
    {
        const Guard guard(mutex_);
        durable_.store(durable.index, std::memory_order_release);
    }
    published_.notify_all();
    if (listener_) {
        listener_(durable);
    }
    catalog_->note_durable(durable);
}

Status ThreadedLog::flush() {
    Guard guard(mutex_);
    const Position target = end_;
    const auto reached = [&] { return durable() >= target; };
    if (thread_.joinable()) {
        published_.wait(guard, [&] { return reached() || failed_ || blocked_; });
    }
    while (!thread_.joinable() && !reached() && !failed_) {
        if (Status committed = commit_round(guard); !committed.ok()) {
            return committed;
        }
    }
    if (reached()) {
        return Done{};
    }
    return failed_ ? Error{Error::Kind::Unavailable, failed_->message} : *blocked_;
}

Position ThreadedLog::begin() const {
    return catalog_->begin();
}

Position ThreadedLog::end() const {
    const Guard guard(mutex_);
    return end_;
}

Position ThreadedLog::durable() const {
    return {durable_.load(std::memory_order_acquire)};
}

Timestamp ThreadedLog::latest_now() const {
    const Guard guard(mutex_);
    return latest_now_;
}

void ThreadedLog::on_durable(std::function<void(Position)> listener) {
    const Guard guard(mutex_);
    ATTUNE_ASSERT(
        end_ == durable()
    );  // Before the first append: the log's thread reads it unlocked.
    listener_ = std::move(listener);
}

Result<std::unique_ptr<LogReader>> ThreadedLog::reader(Position from) {
    if (from < begin() || from > end()) {
        return Error{
            Error::Kind::NotFound,
            "cannot read the log from " + to_string(from) + ": it holds " + to_string(begin()) +
                " to " + to_string(end())};
    }
    const ScanChecks checks{.checksums = options_.mutant != Mutant::SkipChecksums};
    return std::unique_ptr<LogReader>(
        std::make_unique<SegmentReader>(*options_.files, *catalog_, durable_, from, checks)
    );
}

Result<Position> ThreadedLog::trim(
    Position keep_from, const LogRetention& retention, Timestamp now
) {
    return catalog_->trim(keep_from, retention, now);
}

Status ThreadedLog::seal() {
    const Guard guard(mutex_);
    if (sealed_ == end_) {
        return Done{};
    }
    if (!spare_ready_) {
        return full_;
    }
    room_ = 0;  // So the next append begins the spare.
    return Done{};
}

Position ThreadedLog::sealed() const {
    const Guard guard(mutex_);
    return sealed_;
}

Status ThreadedLog::rewrite(const LogRewrite& rewrite) {
    const Position sealed = this->sealed();
    if (rewrite.end > sealed) {
        return Error{
            Error::Kind::Unavailable,
            "cannot rewrite the log up to " + to_string(rewrite.end) + ": it is sealed up to " +
                to_string(sealed) + " only"};
    }
    // Then the segment behind them has begun, and nothing is written to them any more.
    if (Status flushed = flush(); !flushed.ok()) {
        return flushed;
    }
    const std::string draft = options_.folder + "/" + kRewriteName;
    const std::vector<Segment> segments = catalog_->before(sealed + 1);
    for (std::size_t i = 0; i < segments.size() && segments[i].head.first < rewrite.end; ++i) {
        const Segment& segment = segments[i];
        if (!rewrite.go_on()) {
            return Error{Error::Kind::Unavailable, "cannot rewrite the log: it was told to stop"};
        }
        // The one that begins where the log is sealed is not rewritten, but tells where the last
        // ends.
        const auto end =
            i + 1 < segments.size() ? std::optional(segments[i + 1].head.first) : std::nullopt;
        const Result<bool> changed =
            rewrite_segment(*options_.files, segment.path, draft, rewrite, end);
        if (!changed.ok()) {
            return changed.error();
        }
        if (changed.value()) {
            if (Status replaced = catalog_->replace(segment, draft); !replaced.ok()) {
                return replaced;
            }
        }
    }
    return Done{};
}

Status ThreadedLog::writable() const {
    const Guard guard(mutex_);
    if (failed_) {
        return Error{Error::Kind::Unavailable, failed_->message};
    }
    if (blocked_) {
        return *blocked_;
    }
    // Half of a segment is left for what must find room although events do not.
    const std::uint64_t left = std::max(options_.segment_bytes / 2, options_.batch_bytes_max);
    const bool full = full_.kind == Error::Kind::LimitExceeded;
    if (full && !spare_ready_ && filling_.rolls.empty() && room_ < left) {
        return full_;
    }
    return Done{};
}

}  // namespace attune::segments
