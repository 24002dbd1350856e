#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace attune::files {

/// The kinds of Error that this layer returns, in the words of errno:
/// LimitExceeded (ENOSPC, EDQUOT, EMFILE), NotFound (ENOENT), Conflict (EEXIST, a lock held by
/// somebody else), InvalidInput (EACCES, EPERM, EROFS, ENOTDIR...), Unavailable (EIO and the rest).

/// An open file. Reads and writes name their offset, so there is no cursor; two threads may use
/// one File as long as they touch different bytes. Destruction closes it, without a sync.
class File {
public:
    File() = default;
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    File(File&&) = delete;
    File& operator=(File&&) = delete;
    virtual ~File() = default;

    /// Writes a beginning of `bytes` at `offset` and says how long it was; 0 when a signal came
    /// first. Use write_all unless you want to see that.
    virtual Result<std::size_t> write_some(std::uint64_t offset, std::string_view bytes) = 0;

    /// Reads up to `into.size()` bytes and says how many; fewer than asked does not mean the end,
    /// 0 does.
    virtual Result<std::size_t> read_some(std::uint64_t offset, std::span<char> into) const = 0;

    /// Makes the file at least `bytes` long, the new bytes zero, and takes their room on the disk
    /// now, so that writing there cannot fail for want of space (on file systems that write in
    /// place).
    virtual Status preallocate(std::uint64_t bytes) = 0;

    virtual Status truncate(std::uint64_t bytes) = 0;

    /// Returns once all that was written, and the size, survives a power cut. Says nothing of the
    /// file's name: see FileSystem::sync_directory. After an error nobody knows what the disk
    /// holds, and a second call may succeed without having written anything: stop and start over.
    virtual Status sync() = 0;

    [[nodiscard]] virtual Result<std::uint64_t> size() const = 0;
};

/// Held while it lives; released by destruction and by the end of the process, however it ends.
class Lock {
public:
    Lock() = default;
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    Lock(Lock&&) = delete;
    Lock& operator=(Lock&&) = delete;
    virtual ~Lock() = default;
};

struct Space {
    std::uint64_t free_bytes = 0;  ///< What this process may still take.
    std::uint64_t total_bytes = 0;
};

enum class Open : std::uint8_t {
    Read,
    Write,   ///< For reading and writing; the file must exist.
    Create,  ///< For reading and writing; must not exist yet.
};

/// Everything that what is durable in Attune does to a disk, so that a simulated disk can stand in
/// for it. Paths are plain text with '/'. Safe from any thread.
class FileSystem {
public:
    FileSystem() = default;
    FileSystem(const FileSystem&) = delete;
    FileSystem& operator=(const FileSystem&) = delete;
    FileSystem(FileSystem&&) = delete;
    FileSystem& operator=(FileSystem&&) = delete;
    virtual ~FileSystem() = default;

    virtual Result<std::unique_ptr<File>> open(const std::string& path, Open how) = 0;

    /// Creates the folder (not its parents); one that exists already is fine.
    virtual Status create_directory(const std::string& path) = 0;

    /// Returns once the names in this folder (not below it) survive a power cut: files created,
    /// renamed and removed in it.
    virtual Status sync_directory(const std::string& path) = 0;

    /// Gives the file another name, replacing what had it, in one step.
    virtual Status rename(const std::string& from, const std::string& to) = 0;

    /// Removes a file, or an empty folder.
    virtual Status remove(const std::string& path) = 0;

    /// The names in a folder, sorted, without "." and "..".
    virtual Result<std::vector<std::string>> list(const std::string& path) = 0;

    /// Takes the lock file at `path`, creating it as needed, without waiting. Held by somebody
    /// else, in this process or another: Conflict, with the holder's process id where it is known.
    virtual Result<std::unique_ptr<Lock>> lock(const std::string& path) = 0;

    virtual Result<Space> space(const std::string& path) = 0;
};

/// Writes all of `bytes`, however many pieces it takes.
[[nodiscard]] Status write_all(File& file, std::uint64_t offset, std::string_view bytes);

/// Fills `into` from `offset`; returns how much there was before the end of the file.
[[nodiscard]] Result<std::size_t> read_all(
    const File& file, std::uint64_t offset, std::span<char> into
);

/// The whole content of a file of at most `bytes_max` bytes; LimitExceeded beyond.
[[nodiscard]] Result<std::string> read_file(
    FileSystem& files, const std::string& path, std::uint64_t bytes_max
);

/// Replaces the file at `path` in one durable step: after a power cut it holds the old content or
/// the new, whole. `path` must have a folder part.
[[nodiscard]] Status replace_file(
    FileSystem& files, const std::string& path, std::string_view content
);

/// Creates the folder and durably names it in its parent.
[[nodiscard]] Status create_durable_directory(FileSystem& files, const std::string& path);

/// The same for a folder whose parents may be missing too. A parent that may not be read, around a
/// folder that is there, is taken to be durable.
[[nodiscard]] Status create_durable_directories(FileSystem& files, const std::string& path);

/// Removes a folder and everything below it, or a file; nothing there is fine. Durable once the
/// folder around it is synced.
[[nodiscard]] Status remove_tree(FileSystem& files, const std::string& path);

/// "a/b" of "a/b/c"; "." without a '/'.
[[nodiscard]] std::string parent_of(const std::string& path);

}  // namespace attune::files
