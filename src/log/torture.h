#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "files/file_system.h"
#include "log/log.h"

/// Power cuts, failing disks and turned bits against any Log on a simulated disk, with an oracle
/// that knows what was acknowledged. One seed decides everything, if the log works on its callers'
/// threads.
namespace attune::torture {

/// Opens the log under test on the given disk: without a thread of its own, and going on after a
/// failure, so that the oracle can look at it.
using OpenLog = std::function<Result<std::unique_ptr<Log>>(files::FileSystem&)>;

struct Options {
    std::uint64_t seed = 1;
    std::uint64_t cuts = 200;
};

struct Report {
    std::uint64_t cuts = 0;          ///< Power cuts, kills, or failures injected.
    std::uint64_t acknowledged = 0;  ///< Entries that the log called durable.
    std::uint64_t unacknowledged_kept =
        0;                      ///< Entries that survived though nobody had promised it.
    std::uint64_t lost = 0;     ///< Acknowledged entries that were gone afterwards.
    std::uint64_t wrong = 0;    ///< Batches that were not what had been appended, or torn.
    std::uint64_t refused = 0;  ///< Times that the log would not open or read, though it had to.
    std::string first_failure;  ///< Empty: none. With the arguments that show it again.

    [[nodiscard]] std::uint64_t failures() const { return lost + wrong + refused; }
    void add(const Report& other);
};

/// Appends, flushes, trims and reads, cuts the power at any call, also while recovering, and goes
/// on with what the disk then holds; now and then only the process dies.
[[nodiscard]] Report cut_power(const Options& options, const OpenLog& open);

/// Lets every n-th call to the disk fail in every way, once and for ever, for n = 1, 2... until the
/// run is through, and then starts from what the disk holds.
[[nodiscard]] Report fail_every_call(const Options& options, const OpenLog& open);

/// Turns one bit in each byte of each file, one at a time: the log must name the damage, or read
/// what it did before. `stride` > 1 leaves bytes out.
[[nodiscard]] Report flip_bits(const Options& options, const OpenLog& open, std::uint64_t stride);

}  // namespace attune::torture
