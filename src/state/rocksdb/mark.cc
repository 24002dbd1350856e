#include "state/rocksdb/mark.h"

#include "base/bytes.h"
#include "base/hash.h"

namespace attune::rocks {

namespace {

constexpr std::string_view kMagic = "ATTUNSTM";
constexpr std::size_t kBytes = 20;

std::string path_in(const std::string& folder) {
    return folder + "/mark";
}

}  // namespace

Status write_mark(files::FileSystem& files, const std::string& folder, Position flushed) {
    std::string bytes(kMagic);
    ByteWriter out(bytes);
    out.fixed(flushed.index);
    out.fixed(crc32c(bytes));
    return files::replace_file(files, path_in(folder), bytes);
}

Status check_mark(files::FileSystem& files, const std::string& folder, Position found) {
    const std::string path = path_in(folder);
    const Result<std::string> bytes = files::read_file(files, path, kBytes);
    if (!bytes.ok()) {
        // Before the first flush there is none.
        return bytes.error().kind == Error::Kind::NotFound ? Status(Done{}) : bytes.error();
    }
    const std::string_view covered = std::string_view(bytes.value()).substr(0, kBytes - 4);
    ByteReader in(bytes.value());
    const std::string_view magic = in.raw(kMagic.size());
    const Position flushed{in.fixed<std::uint64_t>()};
    const auto crc = in.fixed<std::uint32_t>();
    if (!in.ok() || magic != kMagic || crc != crc32c(covered)) {
        return Error{
            Error::Kind::Corrupt,
            "cannot open the state: the checksum of \"" + path + "\" does not match"};
    }
    if (found < flushed) {
        return Error{
            Error::Kind::Corrupt,
            "cannot open the state in \"" + folder + "\": it is complete up to position " +
                to_string(found) + " only, \"" + path + "\" says that " + to_string(flushed) +
                " was durable; fold it anew from the log"};
    }
    return Done{};
}

Status check_room(
    files::FileSystem& files, const std::string& folder, std::uint64_t free_bytes_min
) {
    const Result<files::Space> space = files.space(folder);
    if (!space.ok()) {
        return space.error();
    }
    if (space.value().free_bytes >= free_bytes_min) {
        return Done{};
    }
    return Error{
        Error::Kind::LimitExceeded,
        "cannot write the state in \"" + folder + "\": the disk has " +
            std::to_string(space.value().free_bytes >> 20U) + " MiB free, free_bytes_min is " +
            std::to_string(free_bytes_min >> 20U) + " MiB"};
}

}  // namespace attune::rocks
