#include "log/segments/recovery.h"

#include <algorithm>
#include <memory>
#include <random>

#include "log/segments/segment_scanner.h"

namespace attune::segments {

namespace {

/// The readable part of the last segment.
struct Tail {
    std::uint64_t offset = 0;
    Position end;
    Timestamp latest_now;
};

Error lost(const SegmentScanner& scanner, SegmentScanner::Found found, const std::string& proof) {
    const std::string what = found == SegmentScanner::Found::Broken
                                 ? scanner.broken().message
                                 : "cannot read \"" + scanner.path() + "\" at offset " +
                                       std::to_string(scanner.offset()) + ": nothing follows";
    return {
        Error::Kind::Corrupt,
        what + "; position " + to_string(scanner.position()) + " was durable (" + proof + ")"};
}

/// An Error when what follows the tail was durable once.
Status check_tail(
    SegmentScanner& scanner,
    SegmentScanner::Found found,
    Position reaches,
    const std::optional<Mark>& mark
) {
    const Position end = scanner.position();
    if (mark && mark->durable > end) {
        return lost(scanner, found, "the mark says up to " + to_string(mark->durable));
    }
    if (reaches > end) {
        return lost(scanner, found, "the state has the log up to " + to_string(reaches));
    }
    const Result<bool> evidence = scanner.find_evidence(end);
    if (!evidence.ok()) {
        return evidence.error();
    }
    if (evidence.value()) {
        return lost(scanner, found, "a later batch says so");
    }
    return Done{};
}

Result<Tail> find_tail(
    files::FileSystem& files, const SegmentFolder& folder, Position reaches, Mutant mutant
) {
    const ScanChecks checks{
        .checksums = mutant != Mutant::AcceptTornTail && mutant != Mutant::SkipChecksums};
    const Segment& last = folder.segments.back();
    Result<std::unique_ptr<SegmentScanner>> scanner =
        SegmentScanner::open(files, last.path, checks);
    if (!scanner.ok()) {
        return scanner.error();
    }
    Timestamp latest = last.head.latest_now;
    for (;;) {
        const Result<SegmentScanner::Found> found = scanner.value()->next();
        if (!found.ok()) {
            return found.error();
        }
        if (found.value() == SegmentScanner::Found::Batch) {
            latest = std::max(latest, scanner.value()->batch().stamp.now);
            continue;
        }
        if (Status status = check_tail(*scanner.value(), found.value(), reaches, folder.mark);
            !status.ok()) {
            return status.error();
        }
        return Tail{scanner.value()->offset(), scanner.value()->position(), latest};
    }
}

/// Cuts the file behind its last batch and makes what is left durable.
Status settle(files::FileSystem& files, const std::string& path, std::uint64_t bytes) {
    const Result<std::unique_ptr<files::File>> file = files.open(path, files::Open::Write);
    if (!file.ok()) {
        return file.error();
    }
    if (Status cut = file.value()->truncate(bytes); !cut.ok()) {
        return cut;
    }
    return file.value()->sync();
}

Status sync_file(files::FileSystem& files, const std::string& path) {
    const Result<std::unique_ptr<files::File>> file = files.open(path, files::Open::Write);
    return file.ok() ? file.value()->sync() : Status(file.error());
}

/// Removes what a crash left behind without meaning, and makes durable which names there are.
Status tidy(files::FileSystem& files, const std::string& folder, const SegmentFolder& found) {
    if (!found.leftovers.empty()) {
        // After a mere kill the mark may still be in the page cache only. A power cut must not
        // bring back one that misses what is removed here.
        if (Status synced = sync_file(files, folder + "/" + kMarkName); !synced.ok()) {
            return synced;
        }
    }
    for (const Segment& leftover : found.leftovers) {
        if (Status removed = files.remove(leftover.path); !removed.ok()) {
            return removed;
        }
    }
    // These have never had a segment's name.
    for (const char* name : {kSpareName, kRewriteName}) {
        if (Status removed = files.remove(folder + "/" + name);
            !removed.ok() && removed.error().kind != Error::Kind::NotFound) {
            return removed;
        }
    }
    return files.sync_directory(folder);
}

Result<Recovered> start_empty(const SegmentFolder& found, Position reaches) {
    Recovered log;
    log.begin = found.mark ? found.mark->begin : Position{};
    log.end = log.begin;
    if (reaches > log.end) {
        return Error{
            Error::Kind::Corrupt,
            "cannot open the log: it has no segments, but the state has it up to " +
                to_string(reaches)};
    }
    std::random_device random;
    log.log_id = (static_cast<std::uint64_t>(random()) << 32U) | random();
    return log;
}

}  // namespace

Result<Recovered> recover(
    files::FileSystem& files, const std::string& folder, Position reaches, Mutant mutant
) {
    Result<SegmentFolder> read = read_segment_folder(files, folder);
    if (!read.ok()) {
        return read.error();
    }
    SegmentFolder& found = read.value();
    if (Status tidied = tidy(files, folder, found); !tidied.ok()) {
        return tidied.error();
    }
    if (found.segments.empty()) {
        return start_empty(found, reaches);
    }
    const Result<Tail> tail = find_tail(files, found, reaches, mutant);
    if (!tail.ok()) {
        return tail.error();
    }
    Segment& last = found.segments.back();
    if (Status settled = settle(files, last.path, tail.value().offset); !settled.ok()) {
        return settled.error();
    }
    Recovered log;
    log.begin = found.segments.front().head.first;
    log.end = tail.value().end;
    log.latest_now = tail.value().latest_now;
    log.log_id = last.head.log_id;
    log.epoch = last.head.epoch;
    last.bytes = tail.value().offset;
    if (log.end == last.head.first) {
        // Without a batch: the next segment starts at the same position and takes its name over.
        found.segments.pop_back();
    }
    log.segments = std::move(found.segments);
    return log;
}

}  // namespace attune::segments
