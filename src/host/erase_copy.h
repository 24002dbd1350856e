#pragma once

#include <set>
#include <string>

#include "base/result.h"
#include "files/file_system.h"
#include "host/erasure_record.h"

namespace attune::host {

/// Carries out, in a copy of a data folder that no server has open, the erasures in the folder's
/// record that are not complete there, and notes those of `final` as complete. The others are
/// carried out again next time: what is copied until then may bring them back.
[[nodiscard]] Status erase_in_copy(
    files::FileSystem& files, const std::string& folder, const std::set<std::string>& final
);

/// The ids of the erasures that are complete in a record.
[[nodiscard]] std::set<std::string> complete_in(const ErasureRecord& record);

}  // namespace attune::host
