#include "runtime/programs.h"

#include <set>
#include <utility>
#include <vector>

namespace attune::runtime {

namespace {

constexpr std::uint64_t kFileBytesMax = program::WorkspaceLimits{}.file_bytes_max;

std::string path_of(std::string folder, const std::string& name) {
    return folder.append("/").append(name);
}

/// Adds all files below a folder, their paths relative to the first one.
Status read_tree(
    files::FileSystem& files,
    const std::string& folder,
    const std::string& prefix,
    std::vector<program::FileText>& into
) {
    const Result<std::vector<std::string>> names = files.list(folder);
    if (!names.ok()) {
        return names.error();
    }
    for (const std::string& name : names.value()) {
        const std::string path = path_of(folder, name);
        Status read = Done{};
        if (files.list(path).ok()) {
            read = read_tree(files, path, prefix + name + "/", into);
        } else {
            Result<std::string> text = files::read_file(files, path, kFileBytesMax);
            if (text.ok()) {
                into.push_back({prefix + name, std::move(text).value()});
            }
            read = text.ok() ? Status(Done{}) : Status(text.error());
        }
        if (!read.ok()) {
            return read;
        }
    }
    return Done{};
}

/// The folders between a draft and its files, outermost first.
std::set<std::string> folders_of(const program::Program& program) {
    std::set<std::string> folders;
    for (const program::FileText& file : program.workspace.files) {
        for (std::size_t at = file.path.find('/'); at != std::string::npos;
             at = file.path.find('/', at + 1)) {
            folders.insert(file.path.substr(0, at));
        }
    }
    return folders;
}

}  // namespace

Status Programs::add(const std::shared_ptr<const program::Program>& program) {
    const std::lock_guard lock(mutex_);
    if (known_.contains(program->hash)) {
        return Done{};
    }
    if (Status kept = files_ == nullptr ? Status(Done{}) : keep(*program); !kept.ok()) {
        return Error{
            kept.error().kind,
            "cannot keep program " + program::hash_text(program->hash) + ": " +
                kept.error().message};
    }
    known_.emplace(program->hash, program);
    return Done{};
}

Status Programs::keep(const program::Program& program) const {
    if (Status made = files::create_durable_directory(*files_, folder_); !made.ok()) {
        return made;
    }
    const std::string folder = path_of(folder_, program::hash_text(program.hash));
    if (files_->list(folder).ok()) {
        return files_->sync_directory(folder_);
    }
    // Written beside and renamed, so that a crash leaves a whole folder or none.
    const std::string draft = folder + ".draft";
    if (Status removed = files::remove_tree(*files_, draft); !removed.ok()) {
        return removed;
    }
    if (Status written = write_draft(program, draft); !written.ok()) {
        return written;
    }
    if (Status renamed = files_->rename(draft, folder); !renamed.ok()) {
        return renamed;
    }
    return files_->sync_directory(folder_);
}

Status Programs::write_draft(const program::Program& program, const std::string& draft) const {
    if (Status made = files::create_durable_directory(*files_, draft); !made.ok()) {
        return made;
    }
    for (const std::string& folder : folders_of(program)) {
        Status made = files::create_durable_directory(*files_, path_of(draft, folder));
        if (!made.ok()) {
            return made;
        }
    }
    for (const program::FileText& file : program.workspace.files) {
        Status written = files::replace_file(*files_, path_of(draft, file.path), file.text);
        if (!written.ok()) {
            return written;
        }
    }
    return Done{};
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
    const std::string folder = path_of(folder_, name);
    std::vector<program::FileText> texts;
    const Status read =
        files_ == nullptr
            ? Status(Error{Error::Kind::NotFound, "no programs are kept by this process"})
            : read_tree(*files_, folder, "", texts);
    if (!read.ok()) {
        return Error{
            read.error().kind,
            "cannot read program " + name +
                ", with which the log was folded: " + read.error().message};
    }
    program::Diagnostics diagnostics;
    auto program = program::Program::compile(
        program::read_workspace(std::move(texts), diagnostics), diagnostics
    );
    if (!program || program->hash != hash) {
        return Error{
            Error::Kind::Corrupt,
            "cannot use program " + name + ", with which the log was folded: the files in \"" +
                folder + "\" are not those that were kept" +
                (program ? "" : ": " + diagnostics.render({.colours = false, .source = false}))};
    }
    return program;
}

}  // namespace attune::runtime
