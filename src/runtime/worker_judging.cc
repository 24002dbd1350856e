#include "runtime/worker.h"

// A newly published segment is computed for everybody, a part at a time, while traffic flows. Each
// part is an entry of the log, so that a replay judges the same customers at the same place.

namespace attune::runtime {

using engine::Shard;

namespace {

/// Customers of one part: one to three milliseconds of work, for which the others on the thread
/// wait.
constexpr std::size_t kSliceCustomers = 1'000;

/// Between two parts.
constexpr Duration kPause(2);

/// Until the log is asked again after it has refused a part.
constexpr Duration kRetry(1'000);

}  // namespace

void Worker::begin_judging() {
    const std::size_t before = judging_.left;
    judging_ = {};
    for (const auto& shard : shards_) {
        judging_.left += shard ? shard->unjudged(folding_->fold) : 0;
    }
    judging_.customers = judging_.left;
    judging_shard_ = 0;
    judging_slice_ = {0, 0};
    commons_.numbers->segments_left.add(
        static_cast<std::int64_t>(judging_.left) - static_cast<std::int64_t>(before)
    );
    if (judging_.left > 0 && !judging_scheduled_) {
        judging_scheduled_ = true;
        loop_.after(kPause, [this] { judge_on(); });
    }
}

void Worker::judge_on() {
    judging_scheduled_ = false;
    while (judging_shard_ < engine::kShardCount) {
        Shard* const shard = shards_[judging_shard_].get();
        if (shard != nullptr && judging_slice_.count == 0) {
            const std::size_t left = shard->unjudged(folding_->fold);
            judging_slice_ = {0, (left + kSliceCustomers - 1) / kSliceCustomers};
        }
        if (shard == nullptr || judging_slice_.number >= judging_slice_.count) {
            ++judging_shard_;
            judging_slice_ = {0, 0};
            continue;
        }
        const bool judged = judge_slice(*shard);
        judging_scheduled_ = true;
        loop_.after(judged ? kPause : kRetry, [this] { judge_on(); });
        return;
    }
    // Some may have sent an event meanwhile, or been joined to somebody.
    commons_.numbers->segments_left.subtract(static_cast<std::int64_t>(judging_.left));
    judging_.left = 0;
}

bool Worker::judge_slice(engine::Shard& shard) {
    if (!commons_.log->writable()) {
        return false;
    }
    entries_.clear();
    entries_.add(
        EntryHead{EntryKind::Judge, static_cast<std::uint8_t>(shard.number())}.bytes(),
        encode(judging_slice_)
    );
    const Timestamp at = now();
    const Result<LogRange> range = append(entries_, at);
    if (!range) {
        return false;
    }
    const std::size_t judged = shard.judge(judging_slice_, folding_->fold, at, folding_->effects);
    settle_effects(*folding_, range.value().end);
    ++judging_slice_.number;
    const std::size_t done = std::min(judged, judging_.left);
    judging_.left -= done;
    commons_.numbers->segments_left.subtract(static_cast<std::int64_t>(done));
    return true;
}

}  // namespace attune::runtime
