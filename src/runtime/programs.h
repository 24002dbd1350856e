#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "files/file_system.h"
#include "program/program.h"

namespace attune::runtime {

/// The programs that the log and the state refer to, by hash, kept in a folder with the files that
/// they were compiled from: so a replay folds each batch with the program that folded it first.
/// Safe from any thread.
class Programs {
public:
    /// Nothing is kept beyond this process.
    Programs() = default;
    /// `folder` is made when missing (not its parent).
    Programs(files::FileSystem& files, std::string folder)
        : files_(&files), folder_(std::move(folder)) {}

    /// Keeps a program; its files are durable when this returns. After an error it is not kept.
    Status add(const std::shared_ptr<const program::Program>& program);

    /// The program of that hash, compiled from its kept files if need be. NotFound names the hash,
    /// Corrupt the folder whose files are not those that were kept.
    [[nodiscard]] Result<std::shared_ptr<const program::Program>> get(std::uint64_t hash);

private:
    [[nodiscard]] Status keep(const program::Program& program) const;
    [[nodiscard]] Status write_draft(const program::Program& program, const std::string& draft)
        const;
    [[nodiscard]] Result<std::shared_ptr<const program::Program>> load(std::uint64_t hash) const;

    files::FileSystem* files_ = nullptr;
    std::string folder_;
    std::mutex mutex_;
    std::map<std::uint64_t, std::shared_ptr<const program::Program>> known_;
};

}  // namespace attune::runtime
