#include <algorithm>
#include <utility>

#include "runtime/worker.h"

// A standby's worker: folds copies of what another server's workers took, and becomes one of these.

namespace attune::runtime {

void Worker::follow(const std::shared_ptr<const program::Program>& program) {
    following_ = true;
    folded_ = commons_.log->end();
    auto& folding = foldings_[program->hash];
    if (!folding) {
        folding = std::make_unique<Folding>(program);
    }
    folding_ = folding.get();
}

void Worker::start_following() {
    durable_ = commons_.log->durable();
    running_ = true;
}

Status Worker::fold_copy(const LogBatch& batch) {
    // What was folded before another worker failed comes again.
    if (batch.range.end <= folded_) {
        return Done{};
    }
    Status failed = Done{};
    if (batch.count == 0) {
        failed = replay_tick(batch.stamp, batch.range.first);
    }
    batch.for_each([&](Position position, std::string_view bytes) {
        if (failed && position >= folded_) {
            failed = fold_entry(bytes, batch.stamp, position);
        }
        folded_ = failed ? std::max(folded_, position + 1) : folded_;
    });
    if (failed) {
        folded_ = batch.range.end;
    }
    return failed;
}

Status Worker::fold_entry(std::string_view bytes, const BatchStamp& stamp, Position position) {
    const std::optional<EntryView> entry = read_entry(bytes);
    if (!entry) {
        return Error{
            Error::Kind::Corrupt,
            "cannot fold entry " + to_string(position) + " of the log: its kind is unknown"};
    }
    const bool ours = entry->head.kind == EntryKind::Mark || owns(entry->head.shard);
    return ours ? replay(*entry, stamp, position) : Status(Done{});
}

std::vector<engine::OwnedIdentifier> Worker::take_taken() {
    return std::exchange(taken_, {});
}

void Worker::lead(std::shared_ptr<const program::Program> program) {
    following_ = false;
    running_ = false;
    use(std::move(program));
    // The first of this server's own: it tells the log of program and epoch.
    migrated_ = false;
    pass_time(now());
}

}  // namespace attune::runtime
