#pragma once

#include <cstdint>
#include <string>

namespace attune::host {

/// A mistake built in on purpose, so that the torture can show that it would notice.
enum class DataMutant : std::uint8_t {
    None,
    PositionAhead,   ///< The state claims one place more than it has.
    PositionBehind,  ///< One place less.
    StateAhead,      ///< The state holds what the log has not got durably.
};

struct DataTorture {
    std::uint64_t seed = 1;
    std::uint64_t cuts = 100;
    DataMutant mutant = DataMutant::None;
};

struct DataTortureReport {
    std::uint64_t cuts = 0;
    std::uint64_t acknowledged = 0;  ///< Entries.
    std::uint64_t folded_again = 0;  ///< Entries that recovery folded on top of what the state had.
    std::uint64_t lost = 0;          ///< Acknowledged entries that were gone.
    std::uint64_t diverged = 0;      ///< Times that the recovered state was not that of the log.
    std::uint64_t refused = 0;       ///< Times that the folder would not open.
    std::string first_failure;       ///< Empty: none. With the arguments that show it again.

    [[nodiscard]] std::uint64_t failures() const { return lost + diverged + refused; }
};

/// A data folder as the server has it, segment log and RocksDB, on a simulated disk: entries are
/// appended, folded into sums by customer, written behind with their position; the power is cut at
/// any call, also while recovering; then state + the log behind its position must be the sums of
/// all entries that the log has, each counted once, and the log must have all that was
/// acknowledged.
[[nodiscard]] DataTortureReport torture_data(const DataTorture& options);

}  // namespace attune::host
