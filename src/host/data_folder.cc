#include "host/data_folder.h"

#include <utility>

namespace attune::host {

Result<DataFolder> open_data_folder(DataFolderOptions options) {
    files::FileSystem& files = *options.files;
    if (Status made = files::create_durable_directories(files, options.folder); !made.ok()) {
        return made.error();
    }
    DataFolder data;
    data.programs = std::make_unique<runtime::Programs>(files, options.folder + "/programs");
    options.store.folder = options.folder + "/state";
    options.store.files = &files;
    Result<std::unique_ptr<StateStore>> store = rocks::open_store(options.store);
    if (!store.ok()) {
        return store.error();
    }
    data.store = std::move(store).value();
    options.log.folder = options.folder + "/log";
    options.log.files = &files;
    options.log.reaches = data.store->position();  // A log that ends before it has lost its tail.
    Result<std::unique_ptr<Log>> log = segments::open_log(std::move(options.log));
    if (!log.ok()) {
        return log.error();
    }
    data.log = std::move(log).value();
    Result<ErasureRecord> erasures = ErasureRecord::open(files, options.folder);
    if (!erasures.ok()) {
        return erasures.error();
    }
    data.erasures = std::move(erasures).value();
    return data;
}

}  // namespace attune::host
