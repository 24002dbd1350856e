#include "runtime/programs.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

namespace attune::runtime {

namespace {

namespace fs = std::filesystem;

Error cannot_keep(const fs::path& path, const std::string& why) {
    return {
        Error::Kind::Unavailable, "cannot keep the program in \"" + path.string() + "\": " + why};
}

Status sync_path(const fs::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return cannot_keep(path, std::strerror(errno));
    }
    const int result = ::fsync(file);
    ::close(file);
    return result == 0 ? Status(Done{}) : Status(cannot_keep(path, std::strerror(errno)));
}

Status write_file(const fs::path& path, const std::string& text) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (error || !out) {
        return cannot_keep(path, error ? error.message() : "write failed");
    }
    return sync_path(path);
}

}  // namespace

Status Programs::add(const std::shared_ptr<const program::Program>& program) {
    const std::lock_guard lock(mutex_);
    if (!known_.emplace(program->hash, program).second || folder_.empty()) {
        return Done{};
    }
    const fs::path folder = fs::path(folder_) / program::hash_text(program->hash);
    if (fs::exists(folder)) {
        return Done{};
    }
    // Written beside and renamed, so that a crash leaves a whole folder or none.
    const fs::path draft = folder.string() + ".draft";
    std::error_code error;
    fs::remove_all(draft, error);
    for (const program::FileText& file : program->workspace.files) {
        if (Status written = write_file(draft / file.path, file.text); !written) {
            return written;
        }
        if (Status synced = sync_path((draft / file.path).parent_path()); !synced) {
            return synced;
        }
    }
    fs::create_directories(draft, error);
    fs::rename(draft, folder, error);
    return error ? Status(cannot_keep(folder, error.message())) : sync_path(folder_);
}

Result<std::shared_ptr<const program::Program>> Programs::get(std::uint64_t hash) {
    const std::lock_guard lock(mutex_);
    const auto known = known_.find(hash);
    if (known != known_.end()) {
        return known->second;
    }
    auto loaded = load(hash);
    if (loaded) {
        known_.emplace(hash, loaded.value());
    }
    return loaded;
}

Result<std::shared_ptr<const program::Program>> Programs::load(std::uint64_t hash) const {
    const std::string name = program::hash_text(hash);
    const fs::path folder = fs::path(folder_) / name;
    if (folder_.empty() || !fs::exists(folder)) {
        return Error{
            Error::Kind::NotFound,
            "cannot find program " + name + ", which the log was folded with, in \"" + folder_ +
                "\""};
    }
    program::Diagnostics diagnostics;
    Result<program::Workspace> workspace = program::load_workspace(folder.string(), diagnostics);
    if (!workspace) {
        return workspace.error();
    }
    auto program = program::Program::compile(std::move(workspace).value(), diagnostics);
    if (!program || program->hash != hash) {
        return Error{
            Error::Kind::Corrupt,
            "cannot compile program " + name +
                " from its kept files: " + diagnostics.render({.colours = false, .source = false})};
    }
    return program;
}

}  // namespace attune::runtime
