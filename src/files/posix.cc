#include "files/posix.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace attune::files {

namespace {

Error::Kind kind_of(int code) {
    switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
        return Error::Kind::LimitExceeded;
    case ENOENT:
        return Error::Kind::NotFound;
    case EEXIST:
        return Error::Kind::Conflict;
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOTDIR:
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case ENOTEMPTY:
        return Error::Kind::InvalidInput;
    default:
        return Error::Kind::Unavailable;
    }
}

Error error_of(int code, std::string_view act, const std::string& path) {
    return {
        kind_of(code),
        "cannot " + std::string(act) + " \"" + path +
            "\": " + std::generic_category().message(code)};
}

/// Calls `act` again for as long as signals interrupt it.
template <typename Act>
auto uninterrupted(Act&& act) {
    for (;;) {
        const auto result = act();
        if (result >= 0 || errno != EINTR) {
            return result;
        }
    }
}

/// A file descriptor, closed when it goes.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (number_ >= 0) {
            ::close(number_);  // Not retried: after EINTR, Linux has closed it.
        }
    }

    [[nodiscard]] int number() const { return number_; }
    [[nodiscard]] bool open() const { return number_ >= 0; }

private:
    int number_;
};

Descriptor open_descriptor(const std::string& path, int flags) {
    constexpr mode_t kOwnerOnly = 0600;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): open() has no other form.
    return Descriptor(uninterrupted([&] { return ::open(path.c_str(), flags, kOwnerOnly); }));
}

class PosixFile final : public File {
public:
    PosixFile(Descriptor descriptor, std::string path)
        : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

    Result<std::size_t> write_some(std::uint64_t offset, std::string_view bytes) override {
        const ssize_t count =
            ::pwrite(descriptor_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno != EINTR) {
            return error_of(errno, "write", path_);
        }
        return static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }

    Result<std::size_t> read_some(std::uint64_t offset, std::span<char> into) const override {
        const ssize_t count = uninterrupted([&] {
            return ::pread(
                descriptor_.number(), into.data(), into.size(), static_cast<off_t>(offset)
            );
        });
        if (count < 0) {
            return error_of(errno, "read", path_);
        }
        return static_cast<std::size_t>(count);
    }

    Status preallocate(std::uint64_t bytes) override {
        for (;;) {
            const int code = ::posix_fallocate(descriptor_.number(), 0, static_cast<off_t>(bytes));
            if (code == 0) {
                return Done{};
            }
            if (code != EINTR) {
                return error_of(code, "reserve room for", path_);
            }
        }
    }

    Status truncate(std::uint64_t bytes) override {
        return done_or(
            uninterrupted([&] {
                return ::ftruncate(descriptor_.number(), static_cast<off_t>(bytes));
            }),
            "truncate"
        );
    }

    Status sync() override {
        // Not retried, whatever it says: see the contract. fdatasync writes the size, too.
        return done_or(::fdatasync(descriptor_.number()), "sync");
    }

    [[nodiscard]] Result<std::uint64_t> size() const override {
        struct stat status {};
        if (::fstat(descriptor_.number(), &status) != 0) {
            return error_of(errno, "look at", path_);
        }
        return static_cast<std::uint64_t>(status.st_size);
    }

private:
    [[nodiscard]] Status done_or(int result, std::string_view act) const {
        if (result != 0) {
            return error_of(errno, act, path_);
        }
        return Done{};
    }

    Descriptor descriptor_;
    std::string path_;
};

class PosixLock final : public Lock {
public:
    explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

private:
    Descriptor descriptor_;
};

/// Who wrote its id into the lock file; empty when nobody has.
std::string holder_of(const Descriptor& descriptor) {
    std::array<char, 32> text{};
    const ssize_t count = ::pread(descriptor.number(), text.data(), text.size(), 0);
    std::string holder(text.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    holder.erase(std::min(holder.find('\n'), holder.size()));
    return holder;
}

class PosixFiles final : public FileSystem {
public:
    Result<std::unique_ptr<File>> open(const std::string& path, Open how) override {
        const int flags = O_CLOEXEC | (how == Open::Read ? O_RDONLY : O_RDWR) |
                          (how == Open::Create ? O_CREAT | O_EXCL : 0);
        Descriptor descriptor = open_descriptor(path, flags);
        if (!descriptor.open()) {
            return error_of(errno, how == Open::Create ? "create" : "open", path);
        }
        return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(descriptor), path));
    }

    Status create_directory(const std::string& path) override {
        constexpr mode_t kOwnerOnly = 0700;
        if (::mkdir(path.c_str(), kOwnerOnly) == 0) {
            return Done{};
        }
        const int code = errno;
        struct stat status {};
        if (code == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
            return Done{};
        }
        return error_of(code, "create folder", path);
    }

    Status sync_directory(const std::string& path) override {
        const Descriptor descriptor = open_descriptor(path, O_CLOEXEC | O_RDONLY | O_DIRECTORY);
        if (!descriptor.open() || ::fsync(descriptor.number()) != 0) {
            return error_of(errno, "sync folder", path);
        }
        return Done{};
    }

    Status rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) {
            return error_of(errno, "rename to \"" + to + "\"", from);
        }
        return Done{};
    }

    Status remove(const std::string& path) override {
        if (::unlink(path.c_str()) == 0 || (errno == EISDIR && ::rmdir(path.c_str()) == 0)) {
            return Done{};
        }
        return error_of(errno, "remove", path);
    }

    Result<std::vector<std::string>> list(const std::string& path) override {
        const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), &::closedir);
        if (folder == nullptr) {
            return error_of(errno, "list", path);
        }
        std::vector<std::string> names;
        errno = 0;
        while (const dirent* entry = ::readdir(folder.get())) {  // NOLINT(concurrency-mt-unsafe)
            const std::string_view name = entry->d_name;
            if (name != "." && name != "..") {
                names.emplace_back(name);
            }
            errno = 0;
        }
        if (errno != 0) {
            return error_of(errno, "list", path);
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    Result<std::unique_ptr<Lock>> lock(const std::string& path) override {
        Descriptor descriptor = open_descriptor(path, O_CLOEXEC | O_RDWR | O_CREAT);
        if (!descriptor.open()) {
            return error_of(errno, "lock", path);
        }
        if (uninterrupted([&] { return ::flock(descriptor.number(), LOCK_EX | LOCK_NB); }) != 0) {
            const std::string holder = holder_of(descriptor);
            return Error{
                Error::Kind::Conflict,
                "cannot lock \"" + path + "\": in use by " +
                    (holder.empty() ? "another process" : "process " + holder)};
        }
        const std::string own = std::to_string(::getpid()) + "\n";
        // The id is for a person to read; the lock itself does not depend on it.
        if (::ftruncate(descriptor.number(), 0) != 0 ||
            ::pwrite(descriptor.number(), own.data(), own.size(), 0) < 0) {
            return error_of(errno, "write the process id into", path);
        }
        return std::unique_ptr<Lock>(std::make_unique<PosixLock>(std::move(descriptor)));
    }

    Result<Space> space(const std::string& path) override {
        struct statvfs status {};
        if (::statvfs(path.c_str(), &status) != 0) {
            return error_of(errno, "ask for the free room at", path);
        }
        return Space{
            static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize,
            static_cast<std::uint64_t>(status.f_blocks) * status.f_frsize};
    }
};

}  // namespace

FileSystem& posix() {
    static PosixFiles files;
    return files;
}

}  // namespace attune::files
