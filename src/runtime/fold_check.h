#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/position.h"
#include "base/result.h"
#include "log/log.h"
#include "runtime/programs.h"
#include "state/state_store.h"

namespace attune::runtime {

/// What came of comparing a store with the log that it was folded from.
struct FoldCheck {
    Position begin;  ///< Where the log begins.
    Position state;  ///< Up to where the store is complete.
    Position end;    ///< Where the log ends.
    /// False when the log no longer begins at its start: then only what the store holds and the
    /// log behind it were read, and there is nothing to compare them with.
    bool compared = false;
    std::size_t customers = 0;
    std::size_t identifiers = 0;  ///< Records of identifiers that lead on.
    std::size_t deliveries = 0;   ///< Owed or dead.
    std::size_t differences = 0;
    std::vector<std::string> first_differences;  ///< The first few, for people.
};

/// Folds the store's state and the log behind it on one side, the whole log from nothing on the
/// other, and compares customers, identifiers and what the outbox owes. Reads only. Both are held
/// in memory. Errors are those of reading: Corrupt names what cannot be read.
[[nodiscard]] Result<FoldCheck> check_fold(Log& log, const StateStore& store, Programs& programs);

}  // namespace attune::runtime
