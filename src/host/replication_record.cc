#include "host/replication_record.h"

#include <sstream>

#include <fmt/format.h>

namespace attune::host {

namespace {

constexpr const char* kName = "/replication";
constexpr std::string_view kHead = "attune replication 1\n";
constexpr std::size_t kBytesMax = 4'096;

}  // namespace

Result<ReplicationRecord> ReplicationRecord::read(
    files::FileSystem& files, const std::string& folder
) {
    const Result<std::string> text = files::read_file(files, folder + kName, kBytesMax);
    if (!text.ok()) {
        return text.error().kind == Error::Kind::NotFound
                   ? Result<ReplicationRecord>(ReplicationRecord{})
                   : text.error();
    }
    if (!text.value().starts_with(kHead)) {
        return Error{
            Error::Kind::Conflict,
            "cannot read \"" + folder + kName +
                "\": it is no record of format 1; a newer version of Attune may have written it"};
    }
    ReplicationRecord record;
    std::istringstream in(text.value().substr(kHead.size()));
    std::string promoted;
    std::string fenced;
    in >> promoted >> record.promoted >> fenced >> record.fenced;
    if (!in || promoted != "promoted" || fenced != "fenced") {
        return Error{
            Error::Kind::Corrupt, "cannot read \"" + folder + kName + "\": it is malformed"};
    }
    in.ignore(1);
    std::getline(in, record.fenced_by);
    return record;
}

Status ReplicationRecord::write(files::FileSystem& files, const std::string& folder) const {
    const std::string text =
        fmt::format("{}promoted {}\nfenced {} {}\n", kHead, promoted, fenced, fenced_by);
    return files::replace_file(files, folder + kName, text);
}

}  // namespace attune::host
