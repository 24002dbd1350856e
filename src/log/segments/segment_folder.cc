#include "log/segments/segment_folder.h"

#include "log/segments/segment_scanner.h"

namespace attune::segments {

namespace {

Result<Segment> read_segment(files::FileSystem& files, const std::string& path, Position named) {
    const Result<std::unique_ptr<SegmentScanner>> scanner = SegmentScanner::open(files, path);
    if (!scanner.ok()) {
        return scanner.error();
    }
    const Result<std::unique_ptr<files::File>> file = files.open(path, files::Open::Read);
    if (!file.ok()) {
        return file.error();
    }
    const Result<std::uint64_t> bytes = file.value()->size();
    if (!bytes.ok()) {
        return bytes.error();
    }
    const SegmentHead& head = scanner.value()->head();
    if (head.first != named) {
        return Error{
            Error::Kind::Corrupt,
            "cannot read \"" + path + "\" at offset 0: its head is of the segment that starts at " +
                to_string(head.first)};
    }
    return Segment{path, head, bytes.value()};
}

std::optional<Mark> read_mark(files::FileSystem& files, const std::string& path) {
    // It only strengthens what the segments say, so one that cannot be read is as good as none.
    const Result<std::string> bytes = files::read_file(files, path, kMarkBytes);
    return bytes.ok() ? decode_mark(bytes.value()) : std::nullopt;
}

Status check_oldest(const SegmentFolder& found, const std::string& folder) {
    if (!found.mark) {
        return Done{};
    }
    const Mark& mark = *found.mark;
    const bool missing = found.segments.empty() ? mark.durable > mark.begin
                                                : found.segments.front().head.first > mark.begin;
    if (!missing) {
        return Done{};
    }
    return Error{
        Error::Kind::Corrupt,
        "cannot read the log in \"" + folder + "\": the segment that holds position " +
            to_string(mark.begin) + " is missing"};
}

void set_leftovers_aside(SegmentFolder& found) {
    std::vector<Segment>& all = found.segments;
    const Position begin = found.mark ? found.mark->begin : Position{};
    std::size_t count = 0;
    while (count + 1 < all.size() && all[count + 1].head.first <= begin) {
        ++count;
    }
    const auto kept = all.begin() + static_cast<std::ptrdiff_t>(count);
    found.leftovers.assign(all.begin(), kept);
    all.erase(all.begin(), kept);
}

}  // namespace

Result<SegmentFolder> read_segment_folder(files::FileSystem& files, const std::string& folder) {
    const Result<std::vector<std::string>> names = files.list(folder);
    if (!names.ok()) {
        return names.error();
    }
    SegmentFolder found;
    found.mark = read_mark(files, folder + "/" + kMarkName);
    for (const std::string& name : names.value()) {
        const std::optional<Position> first = parse_segment_name(name);
        if (!first) {
            continue;
        }
        Result<Segment> segment = read_segment(files, folder + "/" + name, *first);
        if (!segment.ok()) {
            return segment.error();
        }
        if (!found.segments.empty() &&
            segment.value().head.log_id != found.segments.front().head.log_id) {
            return Error{
                Error::Kind::Corrupt,
                "cannot read \"" + segment.value().path +
                    "\" at offset 0: it belongs to another log"};
        }
        found.segments.push_back(std::move(segment).value());
    }
    if (Status oldest = check_oldest(found, folder); !oldest.ok()) {
        return oldest.error();
    }
    set_leftovers_aside(found);
    return found;
}

}  // namespace attune::segments
