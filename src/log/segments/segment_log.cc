#include "log/segments/segment_log.h"

#include <utility>

#include "files/posix.h"
#include "log/segments/catalog.h"
#include "log/segments/recovery.h"
#include "log/segments/threaded_log.h"

namespace attune::segments {

namespace {

Status check(const LogOptions& options) {
    const char* why = nullptr;
    if (options.buffer_bytes > options.segment_bytes / 4) {
        why = "buffer_bytes is more than a quarter of segment_bytes";
    } else if (options.batch_bytes_max > options.buffer_bytes) {
        why = "batch_bytes_max is more than buffer_bytes";
    } else if (options.batch_bytes_max > kBatchBytesMaxEver) {
        why = "batch_bytes_max is more than the format allows";
    }
    if (why == nullptr) {
        return Done{};
    }
    return Error{
        Error::Kind::InvalidInput, "cannot open the log in \"" + options.folder + "\": " + why};
}

}  // namespace

Result<std::unique_ptr<Log>> open_log(LogOptions options) {
    if (options.files == nullptr) {
        options.files = &files::posix();
    }
    files::FileSystem& files = *options.files;
    if (Status checked = check(options); !checked.ok()) {
        return checked.error();
    }
    if (Status created = files::create_durable_directory(files, options.folder); !created.ok()) {
        return created.error();
    }
    Result<std::unique_ptr<files::Lock>> lock = files.lock(options.folder + "/" + kLockName);
    if (!lock.ok()) {
        return lock.error();
    }
    const Result<Recovered> log = recover(files, options.folder, options.reaches, options.mutant);
    if (!log.ok()) {
        return log.error();
    }
    Result<std::unique_ptr<Catalog>> catalog = Catalog::open(files, options.folder, log.value());
    if (!catalog.ok()) {
        return catalog.error();
    }
    auto opened = std::make_unique<ThreadedLog>(
        std::move(options), std::move(lock).value(), log.value(), std::move(catalog).value()
    );
    opened->start();
    return std::unique_ptr<Log>(std::move(opened));
}

}  // namespace attune::segments
