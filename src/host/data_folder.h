#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "files/file_system.h"
#include "host/erasure_record.h"
#include "log/segments/segment_log.h"
#include "runtime/programs.h"
#include "state/rocksdb/rocks_store.h"

namespace attune::host {

struct DataFolderOptions {
    std::string folder;  ///< Made when missing, with its parents.
    files::FileSystem* files = nullptr;
    segments::LogOptions log;   ///< Without folder, files and what the state reaches.
    rocks::StoreOptions store;  ///< Without folder and files.
};

/// All that a server keeps on disk, open.
struct DataFolder {
    std::unique_ptr<runtime::Programs> programs;
    std::unique_ptr<StateStore> store;
    std::unique_ptr<Log> log;
    std::optional<ErasureRecord> erasures;
};

/// Opens a data folder, or starts one. An error names the file that could not be had or is damaged.
[[nodiscard]] Result<DataFolder> open_data_folder(DataFolderOptions options);

}  // namespace attune::host
