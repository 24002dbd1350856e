#include "log/segments/copy.h"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "log/segments/segment_folder.h"
#include "log/segments/segment_scanner.h"

namespace attune::segments {

namespace {

constexpr const char* kDraftName = "copy.new";
constexpr std::size_t kPieceBytes = 1U << 20U;

/// What is to be copied of one segment.
struct Part {
    std::uint64_t bytes = 0;  ///< Up to here; none when no batch of it is wanted.
    Position end;
    Timestamp latest_now;
    bool whole = true;  ///< Nothing that is in it is left out on purpose.
};

class Copy {
public:
    Copy(files::FileSystem& files, std::string to, CopyUntil until)
        : files_(files), to_(std::move(to)), until_(until) {}

    Result<LogCopy> run(const std::string& from);

private:
    Status check_target(const SegmentFolder& source);
    Result<Part> measure(const Segment& segment, Position durable, bool newest);
    [[nodiscard]] bool wanted(const LogBatch& batch, Position durable) const;
    Status copy_segment(const Segment& segment, std::uint64_t bytes);
    Status copy_bytes(const Segment& segment, files::File& target, std::uint64_t bytes) const;
    Status take(const Segment& segment, const Part& part);
    [[nodiscard]] Error ahead(Position end) const;
    Status write_mark();

    files::FileSystem& files_;
    std::string to_;
    CopyUntil until_;
    std::uint64_t log_id_ = 0;
    SegmentFolder target_;
    LogCopy copy_;
};

Status Copy::check_target(const SegmentFolder& source) {
    if (Status made = files::create_durable_directory(files_, to_); !made.ok()) {
        return made;
    }
    Result<SegmentFolder> target = read_segment_folder(files_, to_);
    if (!target.ok()) {
        return target.error();
    }
    target_ = std::move(target).value();
    if (target_.segments.empty()) {
        return Done{};
    }
    if (until_.own_identity) {
        return Error{
            Error::Kind::Conflict, "cannot copy a log to \"" + to_ + "\": there is one already"};
    }
    if (source.segments.empty() ||
        source.segments.front().head.log_id != target_.segments.front().head.log_id) {
        return Error{
            Error::Kind::Conflict,
            "cannot add to the copy in \"" + to_ + "\": it is of another log"};
    }
    // The last segment of the copy may not be whole: it is copied again.
    const Position last = target_.segments.back().head.first;
    if (last > source.segments.back().head.first) {
        return ahead(source.segments.back().head.first);
    }
    if (last < source.segments.front().head.first) {
        return Error{
            Error::Kind::Conflict,
            "cannot add to the copy in \"" + to_ + "\": the log begins at " +
                to_string(source.segments.front().head.first) +
                " now, and what lies between has been trimmed; begin a new one in another folder"};
    }
    return Done{};
}

bool Copy::wanted(const LogBatch& batch, Position durable) const {
    return batch.range.end <= durable &&
           (!until_.position || batch.range.end <= *until_.position) &&
           (!until_.time || batch.stamp.now <= *until_.time);
}

Result<Part> Copy::measure(const Segment& segment, Position durable, bool newest) {
    const Result<std::unique_ptr<SegmentScanner>> opened =
        SegmentScanner::open(files_, segment.path);
    if (!opened.ok()) {
        return opened.error();
    }
    SegmentScanner& scanner = *opened.value();
    Part part{0, segment.head.first, segment.head.latest_now, true};
    for (;;) {
        const Result<SegmentScanner::Found> found = scanner.next();
        if (!found.ok()) {
            return found.error();
        }
        if (found.value() != SegmentScanner::Found::Batch) {
            const bool damaged =
                !newest || (durable.index != ~std::uint64_t{0} && part.end < durable);
            if (found.value() == SegmentScanner::Found::Broken && damaged) {
                return scanner.broken();
            }
            return part;
        }
        if (!wanted(scanner.batch(), durable)) {
            part.whole = false;
            return part;
        }
        part.bytes = scanner.offset();
        part.end = scanner.position();
        part.latest_now = std::max(part.latest_now, scanner.batch().stamp.now);
    }
}

Status Copy::copy_bytes(const Segment& segment, files::File& target, std::uint64_t bytes) const {
    const Result<std::unique_ptr<files::File>> source =
        files_.open(segment.path, files::Open::Read);
    if (!source.ok()) {
        return source.error();
    }
    SegmentHead head = segment.head;
    head.log_id = log_id_;
    if (Status written = files::write_all(target, 0, encode(head)); !written.ok()) {
        return written;
    }
    std::vector<char> piece(kPieceBytes);
    for (std::uint64_t at = kSegmentHeadBytes; at < bytes;) {
        const auto size = std::min<std::uint64_t>(piece.size(), bytes - at);
        const Result<std::size_t> read =
            files::read_all(*source.value(), at, {piece.data(), static_cast<std::size_t>(size)});
        if (!read.ok()) {
            return read.error();
        }
        if (read.value() != size) {
            return Error{
                Error::Kind::Corrupt,
                "cannot copy \"" + segment.path + "\": it ends at offset " +
                    std::to_string(at + read.value()) + ", and was longer a moment ago"};
        }
        if (Status written = files::write_all(target, at, {piece.data(), read.value()});
            !written.ok()) {
            return written;
        }
        at += size;
    }
    return target.sync();
}

Status Copy::copy_segment(const Segment& segment, std::uint64_t bytes) {
    const std::string draft = to_ + "/" + kDraftName;
    if (Status removed = files_.remove(draft);
        !removed.ok() && removed.error().kind != Error::Kind::NotFound) {
        return removed;
    }
    const Result<std::unique_ptr<files::File>> target = files_.open(draft, files::Open::Create);
    if (!target.ok()) {
        return target.error();
    }
    if (Status copied = copy_bytes(segment, *target.value(), bytes); !copied.ok()) {
        return copied;
    }
    if (Status renamed = files_.rename(draft, to_ + "/" + segment_name(segment.head.first));
        !renamed.ok()) {
        return renamed;
    }
    ++copy_.segments_copied;
    copy_.bytes_copied += bytes;
    return files_.sync_directory(to_);
}

/// Copies a segment as far as it is wanted, unless the copy has more of it already.
Status Copy::take(const Segment& segment, const Part& part) {
    if (target_.mark && !target_.segments.empty() && part.end < target_.mark->durable &&
        segment.head.first == target_.segments.back().head.first) {
        return ahead(part.end);
    }
    if (part.bytes > 0) {
        if (Status copied = copy_segment(segment, part.bytes); !copied.ok()) {
            return copied;
        }
        copy_.end = part.end;
        copy_.latest_now = part.latest_now;
    }
    return Done{};
}

Error Copy::ahead(Position end) const {
    return {
        Error::Kind::Conflict,
        "cannot add to the copy in \"" + to_ + "\": it reaches to position " +
            to_string(target_.mark ? target_.mark->durable : target_.segments.back().head.first) +
            ", the log itself only to " + to_string(end)};
}

Status Copy::write_mark() {
    return files::replace_file(
        files_, to_ + "/" + kMarkName, encode(Mark{.durable = copy_.end, .begin = copy_.begin})
    );
}

Result<LogCopy> Copy::run(const std::string& from) {
    const Result<SegmentFolder> source = read_segment_folder(files_, from);
    if (!source.ok()) {
        return source.error();
    }
    if (Status fits = check_target(source.value()); !fits.ok()) {
        return fits.error();
    }
    const std::vector<Segment>& segments = source.value().segments;
    if (segments.empty()) {
        return copy_;
    }
    log_id_ = segments.front().head.log_id;
    if (until_.own_identity) {
        std::random_device random;
        log_id_ = std::uint64_t{random()} << 32U | random();
    }
    // Without its mark, which a power cut may have taken, all that is there counts as durable.
    const Position durable =
        source.value().mark ? source.value().mark->durable : Position{~std::uint64_t{0}};
    copy_.begin = (target_.segments.empty() ? segments : target_.segments).front().head.first;
    copy_.end = copy_.begin;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        // A segment of the copy with another one behind it was whole when it was copied.
        if (!target_.segments.empty() &&
            segments[i].head.first < target_.segments.back().head.first) {
            continue;
        }
        const Result<Part> part = measure(segments[i], durable, i + 1 == segments.size());
        if (!part.ok()) {
            return part.error();
        }
        if (Status taken = take(segments[i], part.value()); !taken.ok()) {
            return taken.error();
        }
        if (!part.value().whole) {
            break;
        }
    }
    if (Status marked = write_mark(); !marked.ok()) {
        return marked.error();
    }
    return copy_;
}

}  // namespace

Result<LogCopy> copy_log(
    files::FileSystem& files, const std::string& from, const std::string& to, const CopyUntil& until
) {
    return Copy(files, to, until).run(from);
}

}  // namespace attune::segments
