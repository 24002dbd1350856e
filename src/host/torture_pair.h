#pragma once

#include <cstdint>
#include <string>

#include "replication/mutant.h"

namespace attune::host {

struct PairTorture {
    std::uint64_t seed = 1;
    std::uint64_t cuts = 100;  ///< Power cuts, of either server.
    replication::Mutant mutant = replication::Mutant::None;
};

struct PairTortureReport {
    std::uint64_t cuts = 0;
    std::uint64_t promotions = 0;
    std::uint64_t acknowledged = 0;  ///< Entries.
    std::uint64_t set_aside = 0;     ///< Entries that only a leader had whose turn was over.
    std::uint64_t lost = 0;     ///< Acknowledged with `sync`, and gone from the one that leads.
    std::uint64_t late = 0;     ///< Acknowledged by a server whose turn was over.
    std::uint64_t wrong = 0;    ///< Entries that nobody appended, or in another order.
    std::uint64_t refused = 0;  ///< Times that a log would not open, or the pair not agree again.
    std::string first_failure;  ///< Empty: none. With the arguments that show it again.

    [[nodiscard]] std::uint64_t failures() const { return lost + late + wrong + refused; }
    void add(const PairTortureReport& other);
};

/// A leader and its standby, each with a segment log on a simulated disk, and a link that loses,
/// delays and is cut in either direction. Entries are appended under load; either server loses its
/// power, also while it is recovering or promoted; the standby is promoted, the old leader comes
/// back and follows. An oracle knows what was acknowledged by whom. One seed decides everything.
[[nodiscard]] PairTortureReport torture_pair(const PairTorture& options);

}  // namespace attune::host
