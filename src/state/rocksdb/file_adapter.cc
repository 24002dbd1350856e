#include "state/rocksdb/file_adapter.h"

#include <string>
#include <utility>
#include <vector>

#include <rocksdb/file_system.h>
#include <rocksdb/system_clock.h>

namespace attune::rocks {

namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus status_of(const Error& error) {
    switch (error.kind) {
    case Error::Kind::NotFound:
        return IOStatus::PathNotFound(error.message);
    case Error::Kind::LimitExceeded:
        return IOStatus::NoSpace(error.message);
    default:
        return IOStatus::IOError(error.message);
    }
}

template <typename T>
IOStatus status_of(const Result<T>& result) {
    return result.ok() ? IOStatus::OK() : status_of(result.error());
}

/// Reads `bytes` at `offset`; fewer at the end.
IOStatus read(
    const files::File& file, std::uint64_t offset, std::size_t bytes, Slice* result, char* scratch
) {
    const Result<std::size_t> count = files::read_all(file, offset, {scratch, bytes});
    *result = Slice(scratch, count.ok() ? count.value() : 0);
    return status_of(count);
}

class SequentialFile final : public rocksdb::FSSequentialFile {
public:
    explicit SequentialFile(std::unique_ptr<files::File> file) : file_(std::move(file)) {}

    IOStatus Read(
        std::size_t bytes,
        const IOOptions& /*options*/,
        Slice* result,
        char* scratch,
        IODebugContext* /*debug*/
    ) override {
        IOStatus status = read(*file_, offset_, bytes, result, scratch);
        offset_ += result->size();
        return status;
    }

    IOStatus Skip(std::uint64_t bytes) override {
        offset_ += bytes;
        return IOStatus::OK();
    }

private:
    std::unique_ptr<files::File> file_;
    std::uint64_t offset_ = 0;
};

class RandomAccessFile final : public rocksdb::FSRandomAccessFile {
public:
    explicit RandomAccessFile(std::unique_ptr<files::File> file) : file_(std::move(file)) {}

    IOStatus Read(
        std::uint64_t offset,
        std::size_t bytes,
        const IOOptions& /*options*/,
        Slice* result,
        char* scratch,
        IODebugContext* /*debug*/
    ) const override {
        return read(*file_, offset, bytes, result, scratch);
    }

private:
    std::unique_ptr<files::File> file_;
};

class WritableFile final : public rocksdb::FSWritableFile {
public:
    explicit WritableFile(std::unique_ptr<files::File> file) : file_(std::move(file)) {}

    using FSWritableFile::Append;

    IOStatus Append(
        const Slice& data, const IOOptions& /*options*/, IODebugContext* /*debug*/
    ) override {
        IOStatus status = status_of(files::write_all(*file_, size_, {data.data(), data.size()}));
        if (status.ok()) {
            size_ += data.size();
        }
        return status;
    }

    IOStatus Truncate(
        std::uint64_t size, const IOOptions& /*options*/, IODebugContext* /*debug*/
    ) override {
        IOStatus status = status_of(file_->truncate(size));
        if (status.ok()) {
            size_ = size;
        }
        return status;
    }

    IOStatus Flush(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
        return IOStatus::OK();
    }

    IOStatus Sync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
        return status_of(file_->sync());
    }

    IOStatus Close(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
        return IOStatus::OK();
    }

    std::uint64_t GetFileSize(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
        return size_;
    }

private:
    std::unique_ptr<files::File> file_;
    std::uint64_t size_ = 0;
};

class Directory final : public rocksdb::FSDirectory {
public:
    Directory(files::FileSystem& files, std::string path)
        : files_(&files), path_(std::move(path)) {}

    IOStatus Fsync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
        return status_of(files_->sync_directory(path_));
    }

    IOStatus Close(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
        return IOStatus::OK();
    }

private:
    files::FileSystem* files_;
    std::string path_;
};

class HeldLock final : public rocksdb::FileLock {
public:
    explicit HeldLock(std::unique_ptr<files::Lock> lock) : lock_(std::move(lock)) {}

private:
    std::unique_ptr<files::Lock> lock_;
};

class Adapter final : public rocksdb::FileSystem {
public:
    explicit Adapter(files::FileSystem& files) : files_(&files) {}

    [[nodiscard]] const char* Name() const override { return "AttuneFiles"; }

    IOStatus NewSequentialFile(
        const std::string& path,
        const FileOptions& /*options*/,
        std::unique_ptr<rocksdb::FSSequentialFile>* result,
        IODebugContext* /*debug*/
    ) override {
        return open<SequentialFile>(path, files::Open::Read, result);
    }

    IOStatus NewRandomAccessFile(
        const std::string& path,
        const FileOptions& /*options*/,
        std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
        IODebugContext* /*debug*/
    ) override {
        return open<RandomAccessFile>(path, files::Open::Read, result);
    }

    IOStatus NewWritableFile(
        const std::string& path,
        const FileOptions& /*options*/,
        std::unique_ptr<rocksdb::FSWritableFile>* result,
        IODebugContext* /*debug*/
    ) override {
        // RocksDB means: empty, whether there is one or not.
        if (Status removed = files_->remove(path);
            !removed.ok() && removed.error().kind != Error::Kind::NotFound) {
            return status_of(removed);
        }
        return open<WritableFile>(path, files::Open::Create, result);
    }

    IOStatus NewDirectory(
        const std::string& path,
        const IOOptions& /*options*/,
        std::unique_ptr<rocksdb::FSDirectory>* result,
        IODebugContext* /*debug*/
    ) override {
        *result = std::make_unique<Directory>(*files_, path);
        return IOStatus::OK();
    }

    IOStatus FileExists(
        const std::string& path, const IOOptions& /*options*/, IODebugContext* /*debug*/
    ) override {
        const Result<std::vector<std::string>> names = files_->list(files::parent_of(path));
        if (!names.ok()) {
            return status_of(names);
        }
        const std::string name = path.substr(path.find_last_of('/') + 1);
        for (const std::string& found : names.value()) {
            if (found == name) {
                return IOStatus::OK();
            }
        }
        return IOStatus::NotFound(path);
    }

    IOStatus GetChildren(
        const std::string& path,
        const IOOptions& /*options*/,
        std::vector<std::string>* result,
        IODebugContext* /*debug*/
    ) override {
        Result<std::vector<std::string>> names = files_->list(path);
        if (names.ok()) {
            *result = std::move(names).value();
            return IOStatus::OK();
        }
        return status_of(names);
    }

    IOStatus DeleteFile(
        const std::string& path, const IOOptions& /*options*/, IODebugContext* /*debug*/
    ) override {
        return status_of(files_->remove(path));
    }

    IOStatus DeleteDir(
        const std::string& path, const IOOptions& /*options*/, IODebugContext* /*debug*/
    ) override {
        return status_of(files_->remove(path));
    }

    IOStatus CreateDir(
        const std::string& path, const IOOptions& /*options*/, IODebugContext* /*debug*/
    ) override {
        return status_of(files_->create_directory(path));
    }

    IOStatus CreateDirIfMissing(
        const std::string& path, const IOOptions& options, IODebugContext* debug
    ) override {
        return CreateDir(path, options, debug);
    }

    IOStatus GetFileSize(
        const std::string& path,
        const IOOptions& /*options*/,
        std::uint64_t* result,
        IODebugContext* /*debug*/
    ) override {
        const Result<std::unique_ptr<files::File>> file = files_->open(path, files::Open::Read);
        if (!file.ok()) {
            return status_of(file);
        }
        const Result<std::uint64_t> size = file.value()->size();
        *result = size.ok() ? size.value() : 0;
        return status_of(size);
    }

    IOStatus GetFileModificationTime(
        const std::string& /*path*/,
        const IOOptions& /*options*/,
        std::uint64_t* result,
        IODebugContext* /*debug*/
    ) override {
        *result = 0;  // Only asked for by options that are off.
        return IOStatus::OK();
    }

    IOStatus RenameFile(
        const std::string& from,
        const std::string& to,
        const IOOptions& /*options*/,
        IODebugContext* /*debug*/
    ) override {
        return status_of(files_->rename(from, to));
    }

    IOStatus LockFile(
        const std::string& path,
        const IOOptions& /*options*/,
        rocksdb::FileLock** result,
        IODebugContext* /*debug*/
    ) override {
        Result<std::unique_ptr<files::Lock>> lock = files_->lock(path);
        if (!lock.ok()) {
            return status_of(lock);
        }
        *result = std::make_unique<HeldLock>(std::move(lock).value()).release();
        return IOStatus::OK();
    }

    IOStatus UnlockFile(
        rocksdb::FileLock* lock, const IOOptions& /*options*/, IODebugContext* /*debug*/
    ) override {
        const std::unique_ptr<rocksdb::FileLock> owned(lock);
        return IOStatus::OK();
    }

    IOStatus GetTestDirectory(
        const IOOptions& /*options*/, std::string* result, IODebugContext* /*debug*/
    ) override {
        *result = "test";
        return IOStatus::OK();
    }

    IOStatus GetAbsolutePath(
        const std::string& path,
        const IOOptions& /*options*/,
        std::string* result,
        IODebugContext* /*debug*/
    ) override {
        *result = path;
        return IOStatus::OK();
    }

    IOStatus IsDirectory(
        const std::string& path,
        const IOOptions& /*options*/,
        bool* result,
        IODebugContext* /*debug*/
    ) override {
        *result = files_->list(path).ok();
        return IOStatus::OK();
    }

    IOStatus NewLogger(
        const std::string& /*path*/,
        const IOOptions& /*options*/,
        std::shared_ptr<rocksdb::Logger>* result,
        IODebugContext* /*debug*/
    ) override {
        *result = make_silent_logger();
        return IOStatus::OK();
    }

private:
    template <typename Wrapper, typename Interface>
    IOStatus open(const std::string& path, files::Open how, std::unique_ptr<Interface>* result) {
        Result<std::unique_ptr<files::File>> file = files_->open(path, how);
        if (file.ok()) {
            *result = std::make_unique<Wrapper>(std::move(file).value());
        }
        return status_of(file);
    }

    files::FileSystem* files_;
};

/// The machine's clock, but RocksDB does not get to sleep, which it does for a second after each
/// failure.
class WakefulClock final : public rocksdb::SystemClockWrapper {
public:
    WakefulClock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}

    [[nodiscard]] const char* Name() const override { return "AttuneWakefulClock"; }
    void SleepForMicroseconds(int /*micros*/) override {}
};

class SimulationEnv final : public rocksdb::EnvWrapper {
public:
    explicit SimulationEnv(files::FileSystem& files)
        : EnvWrapper(rocksdb::NewCompositeEnv(std::make_shared<Adapter>(files))) {
        system_clock_ = std::make_shared<WakefulClock>();
    }

    [[nodiscard]] const char* Name() const override { return "AttuneSimulationEnv"; }
};

class SilentLogger final : public rocksdb::Logger {
public:
    using Logger::Logv;
    void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

}  // namespace

std::unique_ptr<rocksdb::Env> make_env(files::FileSystem& files) {
    return std::make_unique<SimulationEnv>(files);
}

std::shared_ptr<rocksdb::Logger> make_silent_logger() {
    return std::make_shared<SilentLogger>();
}

}  // namespace attune::rocks
