#include "log/segments/segment_writer.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace attune::segments {

SegmentWriter::SegmentWriter(
    const LogOptions& options,
    const Recovered& log,
    Catalog& catalog,
    std::function<void(Position)> published
)
    : options_(options),
      files_(options.files),
      catalog_(&catalog),
      published_(std::move(published)),
      log_id_(log.log_id),
      durable_(log.end),
      latest_now_(log.latest_now) {}

Status SegmentWriter::prepare_spare() {
    if (spare_ != nullptr) {
        return Done{};
    }
    const Result<files::Space> space = files_->space(options_.folder);
    if (!space.ok()) {
        return space.error();
    }
    const std::uint64_t needed = options_.segment_bytes + options_.free_bytes_min;
    if (space.value().free_bytes < needed) {
        return Error{
            Error::Kind::LimitExceeded,
            "cannot extend the log in \"" + options_.folder + "\": the disk has " +
                std::to_string(space.value().free_bytes >> 20U) +
                " MiB free, a segment and the reserve need " + std::to_string(needed >> 20U) +
                " MiB"};
    }
    const std::string path = options_.folder + "/" + kSpareName;
    Result<std::unique_ptr<files::File>> file = files_->open(path, files::Open::Create);
    if (!file.ok()) {
        return file.error();
    }
    if (Status reserved = file.value()->preallocate(options_.segment_bytes); !reserved.ok()) {
        (void)files_->remove(path
        );  // What was taken of the disk; it tells its own error next time.
        return reserved;
    }
    spare_ = std::move(file).value();
    return Done{};
}

Status SegmentWriter::roll(const BatchHead& first) {
    ATTUNE_ASSERT(spare_ != nullptr);  // append() gives out only room that is there.
    const SegmentHead head{
        .log_id = log_id_,
        .first = first.first,
        .latest_now = latest_now_,
        .packing = options_.packing,
        .epoch = first.epoch};
    const std::string path = options_.folder + "/" + segment_name(first.first);
    if (Status written = files::write_all(*spare_, 0, encode(head)); !written.ok()) {
        return written;
    }
    // Before it has its name: a file named like a segment always has a whole head.
    if (Status synced = spare_->sync(); !synced.ok()) {
        return synced;
    }
    if (Status renamed = files_->rename(options_.folder + "/" + kSpareName, path); !renamed.ok()) {
        return renamed;
    }
    if (options_.mutant != Mutant::SkipFolderSync) {
        if (Status synced = files_->sync_directory(options_.folder); !synced.ok()) {
            // The name may be durable or not: final, whatever the reason.
            return Error{Error::Kind::Unavailable, synced.error().message};
        }
    }
    if (segment_ != nullptr) {
        // Only gives room back: a reader stops at the zeros just as well.
        (void)segment_->truncate(offset_);
    }
    catalog_->add({path, head, options_.segment_bytes}, offset_);
    segment_ = std::move(spare_);
    offset_ = kSegmentHeadBytes;
    return Done{};
}

Status SegmentWriter::write_piece(Group& group, std::size_t end) {
    Position last = durable_;
    Timestamp latest = latest_now_;
    for (std::size_t at = group.done; at < end;) {
        char* bytes = group.bytes.data() + at;
        seal_batch_head(bytes, durable_);
        const BatchHead head = decode_batch_head_unchecked({bytes, kBatchHeadBytes});
        ATTUNE_ASSERT(head.first == last);
        last = head.end();
        latest = std::max(latest, head.stamp.now);
        at += kBatchHeadBytes + head.stored_bytes;
    }
    const std::string_view piece =
        std::string_view(group.bytes).substr(group.done, end - group.done);
    if (Status written = files::write_all(*segment_, offset_, piece); !written.ok()) {
        return written;
    }
    if (options_.mutant == Mutant::AcknowledgeBeforeSync) {
        published_(last);
    }
    if (options_.sync == LogOptions::Sync::Always && options_.mutant != Mutant::SkipSync) {
        if (Status synced = segment_->sync(); !synced.ok()) {
            // Final even if it says that the disk is full: the kernel may have dropped the pages.
            return Error{Error::Kind::Unavailable, synced.error().message};
        }
    }
    offset_ += piece.size();
    group.done = end;
    durable_ = last;
    latest_now_ = latest;
    published_(last);
    return Done{};
}

Status SegmentWriter::commit(Group& group) {
    while (!group.empty()) {
        const auto roll_here = std::find(group.rolls.begin(), group.rolls.end(), group.done);
        if (roll_here != group.rolls.end()) {
            const BatchHead first = decode_batch_head_unchecked(
                std::string_view(group.bytes).substr(group.done, kBatchHeadBytes)
            );
            if (Status rolled = roll(first); !rolled.ok()) {
                return rolled;
            }
            group.rolls.erase(group.rolls.begin(), std::next(roll_here));
        }
        const std::size_t end = group.rolls.empty() ? group.bytes.size() : group.rolls.front();
        if (Status written = write_piece(group, end); !written.ok()) {
            return written;
        }
    }
    return Done{};
}

}  // namespace attune::segments
