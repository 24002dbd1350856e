#pragma once

#include <cstdint>
#include <string>

namespace attune::host {

struct FaultTorture {
    std::uint64_t seed = 1;
    /// On average every so-manieth call or byte; 1: all of them.
    std::uint64_t stride = 1;
};

struct FaultTortureReport {
    std::uint64_t faults = 0;        ///< Calls that failed, or bits that were turned.
    std::uint64_t named = 0;         ///< Of them: the data folder or backup was refused, by name.
    std::uint64_t acknowledged = 0;  ///< Events.
    std::uint64_t lost = 0;          ///< Acknowledged events, or their effects.
    std::uint64_t wrong = 0;         ///< What was told or kept is not what came in.
    std::uint64_t refused = 0;       ///< A folder that would not open, a run that did not go on.
    std::uint64_t unnamed = 0;       ///< Errors that do not say what has failed.
    std::string first_failure;       ///< Empty: none. With what shows it again.

    [[nodiscard]] std::uint64_t failures() const { return lost + wrong + refused + unnamed; }
};

/// A day of a whole server but for HTTP: it starts, takes events, keeps decisions and quarantined
/// events, publishes another program, delivers, writes behind, is backed up, erases a customer, is
/// backed up again, goes on. Lets every n-th call to the disk fail once, with an I/O error, for
/// want of room, cut short, or interrupted, for n = 1, 2... until the day passes without.
///
/// A call that was only cut short or interrupted must not be noticed. Of any other the step that
/// failed must say so; the log may stop, as the process then does. Either way the next start, on
/// what the disk holds and on what a power cut leaves of it, has every acknowledged event once, and
/// a backup can be made.
[[nodiscard]] FaultTortureReport fail_every_server_call(const FaultTorture& options);

/// After such a day: turns one bit in each byte of each file of data folder and backup, one at a
/// time. What is read must be refused by the file's name or be what it was: customers, decisions,
/// quarantined events, effects; who was erased stays so.
[[nodiscard]] FaultTortureReport flip_every_server_bit(const FaultTorture& options);

}  // namespace attune::host
