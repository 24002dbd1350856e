#include "program/workspace_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace attune::program {

namespace {

namespace fs = std::filesystem;

bool is_yaml(std::string_view path) {
    return path.ends_with(".yaml") || path.ends_with(".yml");
}

bool hidden(const fs::path& path) {
    return path.filename().string().starts_with('.');
}

/// Every YAML file below a folder, as paths relative to it. Hidden files and folders are none of
/// ours: editors and version control keep theirs there.
Result<std::vector<std::string>> find_yaml(const fs::path& folder, std::size_t files_max) {
    std::vector<std::string> found;
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (hidden(entry->path())) {
            entry.disable_recursion_pending();
            continue;
        }
        std::error_code ignored;
        if (is_yaml(entry->path().string()) && entry->is_regular_file(ignored)) {
            found.push_back(entry->path().lexically_relative(folder).generic_string());
        }
        if (found.size() > files_max) {
            return Error{
                Error::Kind::LimitExceeded,
                "cannot read workspace \"" + folder.string() + "\": more than " +
                    std::to_string(files_max) + " YAML files"};
        }
    }
    if (error) {
        return Error{
            Error::Kind::NotFound,
            "cannot read workspace \"" + folder.string() + "\": " + error.message()};
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// True if the path stays below the folder whatever links it follows.
bool inside(const fs::path& folder, const std::string& path) {
    const fs::path relative(path);
    if (relative.is_absolute() || path.empty()) {
        return false;
    }
    std::error_code error;
    const fs::path root = fs::weakly_canonical(folder, error);
    const fs::path whole = fs::weakly_canonical(folder / relative, error);
    const auto [root_end, rest] =
        std::mismatch(root.begin(), root.end(), whole.begin(), whole.end());
    return !error && root_end == root.end();
}

}  // namespace

Result<std::unique_ptr<WorkspaceFiles>> WorkspaceFiles::open(
    const std::string& folder, const WorkspaceLimits& limits
) {
    std::unique_ptr<WorkspaceFiles> files(new WorkspaceFiles(limits));
    std::error_code error;
    const fs::path path(folder);
    if (fs::is_regular_file(path, error) && is_yaml(folder)) {
        files->folder_ = path.has_parent_path() ? path.parent_path().string() : ".";
        files->yaml_paths_ = {path.filename().string()};
        return files;
    }
    if (!fs::is_directory(path, error)) {
        return Error{
            Error::Kind::NotFound,
            "cannot read workspace \"" + folder + "\": " +
                (fs::exists(path, error) ? "it is neither a folder nor a YAML file"
                                         : "there is no such folder")};
    }
    Result<std::vector<std::string>> found = find_yaml(path, limits.files_max);
    if (!found) {
        return found.error();
    }
    if (found.value().empty()) {
        return Error{
            Error::Kind::NotFound,
            "cannot read workspace \"" + folder + "\": it holds no *.yaml file"};
    }
    files->folder_ = folder;
    files->yaml_paths_ = std::move(found).value();
    return files;
}

std::unique_ptr<WorkspaceFiles> WorkspaceFiles::in_memory(
    std::vector<FileText> given, const WorkspaceLimits& limits
) {
    std::unique_ptr<WorkspaceFiles> files(new WorkspaceFiles(limits));
    files->memory_.emplace();
    for (FileText& file : given) {
        if (is_yaml(file.path)) {
            files->yaml_paths_.push_back(file.path);
        }
        files->memory_->emplace(std::move(file.path), std::move(file.text));
    }
    std::sort(files->yaml_paths_.begin(), files->yaml_paths_.end());
    return files;
}

Result<std::string> WorkspaceFiles::load(const std::string& path) {
    if (memory_) {
        const auto found = memory_->find(path);
        if (found == memory_->end()) {
            return Error{Error::Kind::NotFound, "there is no such file in the workspace"};
        }
        return found->second;
    }
    if (!inside(folder_, path)) {
        return Error{Error::Kind::InvalidInput, "it lies outside of the workspace"};
    }
    const fs::path whole = fs::path(folder_) / path;
    std::error_code error;
    if (!fs::is_regular_file(whole, error)) {
        return Error{Error::Kind::NotFound, "there is no such file in the workspace"};
    }
    const std::uintmax_t size = fs::file_size(whole, error);
    if (error || size > limits_.file_bytes_max) {
        return Error{
            Error::Kind::LimitExceeded,
            "it is larger than " + std::to_string(limits_.file_bytes_max) + " bytes"};
    }
    std::ifstream stream(whole, std::ios::binary);
    std::string text(static_cast<std::size_t>(size), '\0');
    if (!stream.read(text.data(), static_cast<std::streamsize>(size))) {
        return Error{Error::Kind::Unavailable, "reading it failed"};
    }
    return text;
}

const FileText* WorkspaceFiles::read(const Text& path, Diagnostics& diagnostics) {
    const auto [entry, fresh] = read_.try_emplace(path.text, nullptr);
    if (!fresh) {
        return entry->second.get();
    }
    const auto fail = [&](const std::string& why) -> const FileText* {
        diagnostics.error(path.at, "cannot read file \"" + path.text + "\": " + why);
        return nullptr;
    };
    Result<std::string> text = load(path.text);
    if (!text) {
        return fail(text.error().message);
    }
    bytes_ += text.value().size();
    if (text.value().size() > limits_.file_bytes_max) {
        return fail("it is larger than " + std::to_string(limits_.file_bytes_max) + " bytes");
    }
    if (bytes_ > limits_.bytes_max) {
        return fail(
            "the workspace is larger than " + std::to_string(limits_.bytes_max) + " bytes in all"
        );
    }
    entry->second = std::make_unique<FileText>(FileText{path.text, std::move(text).value()});
    return entry->second.get();
}

std::vector<std::string> WorkspaceFiles::beside(const std::string& path, std::string_view ending)
    const {
    const fs::path folder = fs::path(path).parent_path();
    std::vector<std::string> found;
    if (memory_) {
        for (const auto& [each, text] : *memory_) {
            if (each.ends_with(ending) && fs::path(each).parent_path() == folder) {
                found.push_back(each);
            }
        }
        return found;
    }
    std::error_code error;
    fs::directory_iterator entry(fs::path(folder_) / folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
        std::error_code ignored;
        if (entry->path().string().ends_with(ending) && !hidden(entry->path()) &&
            entry->is_regular_file(ignored)) {
            found.push_back((folder / entry->path().filename()).generic_string());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::uint32_t WorkspaceFiles::source_of(const FileText& file, Diagnostics& diagnostics) {
    const auto found = sources_.find(file.path);
    if (found != sources_.end()) {
        return found->second;
    }
    const std::uint32_t source = diagnostics.add_source(file.path, file.text);
    sources_.emplace(file.path, source);
    return source;
}

std::vector<FileText> WorkspaceFiles::take_used() {
    std::vector<FileText> used;
    for (auto& [path, file] : read_) {
        if (file != nullptr) {
            used.push_back(std::move(*file));
        }
    }
    return used;
}

}  // namespace attune::program
