#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "program/workspace.h"

namespace attune::program {

/// The files of a workspace, read when first asked for, within limits, and never from outside of
/// its folder.
class WorkspaceFiles {
public:
    /// `folder` may also be one YAML file: then that is all the YAML there is, and its folder is
    /// where other files are looked for.
    [[nodiscard]] static Result<std::unique_ptr<WorkspaceFiles>> open(
        const std::string& folder, const WorkspaceLimits& limits
    );
    [[nodiscard]] static std::unique_ptr<WorkspaceFiles> in_memory(
        std::vector<FileText> files, const WorkspaceLimits& limits
    );

    /// Every YAML file, sorted.
    [[nodiscard]] const std::vector<std::string>& yaml_paths() const { return yaml_paths_; }
    [[nodiscard]] const std::string& folder() const { return folder_; }

    /// The file at a path relative to the workspace; if it cannot be had, says why and returns
    /// null.
    const FileText* read(const Text& path, Diagnostics& diagnostics);

    /// The paths of the files in the folder of `path` that end with `ending`, sorted.
    [[nodiscard]] std::vector<std::string> beside(const std::string& path, std::string_view ending)
        const;

    /// Its index as a source, registered on first use.
    std::uint32_t source_of(const FileText& file, Diagnostics& diagnostics);

    /// All files that were read, sorted by path.
    [[nodiscard]] std::vector<FileText> take_used();

private:
    explicit WorkspaceFiles(const WorkspaceLimits& limits) : limits_(limits) {}

    Result<std::string> load(const std::string& path);

    WorkspaceLimits limits_;
    std::string folder_;
    std::vector<std::string> yaml_paths_;
    std::optional<std::map<std::string, std::string>> memory_;
    /// Null for a file that could not be read: that is said once.
    std::map<std::string, std::unique_ptr<FileText>> read_;
    std::map<std::string, std::uint32_t> sources_;
    std::size_t bytes_ = 0;
};

}  // namespace attune::program
