#include "files/file_system.h"

#include <algorithm>

namespace attune::files {

namespace {

/// How often in a row a call may make no progress before we call it broken rather than interrupted.
constexpr int kInterruptionsMax = 100;

}  // namespace

Status write_all(File& file, std::uint64_t offset, std::string_view bytes) {
    int interruptions = 0;
    while (!bytes.empty()) {
        const Result<std::size_t> written = file.write_some(offset, bytes);
        if (!written.ok()) {
            return written.error();
        }
        interruptions = written.value() == 0 ? interruptions + 1 : 0;
        if (interruptions > kInterruptionsMax) {
            return Error{Error::Kind::Unavailable, "cannot write a file: no progress"};
        }
        offset += written.value();
        bytes.remove_prefix(written.value());
    }
    return Done{};
}

Result<std::size_t> read_all(const File& file, std::uint64_t offset, std::span<char> into) {
    std::size_t filled = 0;
    while (filled < into.size()) {
        const Result<std::size_t> got = file.read_some(offset + filled, into.subspan(filled));
        if (!got.ok()) {
            return got.error();
        }
        if (got.value() == 0) {
            break;
        }
        filled += got.value();
    }
    return filled;
}

Result<std::string> read_file(FileSystem& files, const std::string& path, std::uint64_t bytes_max) {
    const Result<std::unique_ptr<File>> file = files.open(path, Open::Read);
    if (!file.ok()) {
        return file.error();
    }
    const Result<std::uint64_t> size = file.value()->size();
    if (!size.ok()) {
        return size.error();
    }
    if (size.value() > bytes_max) {
        return Error{
            Error::Kind::LimitExceeded,
            "cannot read \"" + path + "\": it has " + std::to_string(size.value()) +
                " bytes, at most " + std::to_string(bytes_max) + " were expected"};
    }
    std::string content(size.value(), '\0');
    const Result<std::size_t> got = read_all(*file.value(), 0, content);
    if (!got.ok()) {
        return got.error();
    }
    content.resize(got.value());
    return content;
}

namespace {

Status write_new_file(FileSystem& files, const std::string& path, std::string_view content) {
    const Result<std::unique_ptr<File>> file = files.open(path, Open::Create);
    if (!file.ok()) {
        return file.error();
    }
    if (Status written = write_all(*file.value(), 0, content); !written.ok()) {
        return written;
    }
    return file.value()->sync();
}

}  // namespace

Status replace_file(FileSystem& files, const std::string& path, std::string_view content) {
    const std::string fresh = path + ".new";
    // One may be left from a crash; it has never had the name that counts.
    if (Status removed = files.remove(fresh);
        !removed.ok() && removed.error().kind != Error::Kind::NotFound) {
        return removed;
    }
    if (Status written = write_new_file(files, fresh, content); !written.ok()) {
        return written;
    }
    if (Status renamed = files.rename(fresh, path); !renamed.ok()) {
        return renamed;
    }
    return files.sync_directory(parent_of(path));
}

Status create_durable_directory(FileSystem& files, const std::string& path) {
    if (Status created = files.create_directory(path); !created.ok()) {
        return created;
    }
    return files.sync_directory(parent_of(path));
}

Status create_durable_directories(FileSystem& files, const std::string& path) {
    const std::string parent = parent_of(path);
    if (files.list(path).ok()) {
        const Status synced = files.sync_directory(parent);
        const bool hidden = !synced.ok() && synced.error().kind == Error::Kind::InvalidInput;
        return hidden ? Status(Done{}) : synced;
    }
    if (parent != path && !files.list(parent).ok()) {
        if (Status made = create_durable_directories(files, parent); !made.ok()) {
            return made;
        }
    }
    return create_durable_directory(files, path);
}

Status remove_tree(FileSystem& files, const std::string& path) {
    const Result<std::vector<std::string>> names = files.list(path);
    if (names.ok()) {
        for (const std::string& name : names.value()) {
            std::string below = path;
            below.append("/").append(name);
            if (Status removed = remove_tree(files, below); !removed.ok()) {
                return removed;
            }
        }
    }
    Status removed = files.remove(path);
    const bool gone = removed.ok() || removed.error().kind == Error::Kind::NotFound;
    return gone ? Status(Done{}) : removed;
}

std::string parent_of(const std::string& path) {
    const std::size_t slash = path.find_last_of('/');
    if (slash == std::string::npos) {
        return ".";
    }
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace attune::files
