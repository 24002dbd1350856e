#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "files/file_system.h"
#include "state/state_store.h"

/// Power cuts, failing disks and turned bits against any StateStore on a simulated disk, with an
/// oracle that knows each write.
namespace attune::torture {

/// Opens the store under test on the given disk.
using OpenStore = std::function<Result<std::unique_ptr<StateStore>>(files::FileSystem&)>;

struct StateOptions {
    std::uint64_t seed = 1;
    std::uint64_t cuts = 50;
};

struct StateReport {
    std::uint64_t cuts = 0;
    std::uint64_t writes = 0;
    std::uint64_t unflushed_kept = 0;  ///< Writes that survived though no flush had promised it.
    std::uint64_t lost = 0;            ///< Times that a flushed write was gone.
    std::uint64_t wrong = 0;    ///< Times that the content was not that of its position, whole.
    std::uint64_t refused = 0;  ///< Times that the store would not open or read, though it had to.
    std::string first_failure;  ///< Empty: none. With the arguments that show it again.

    [[nodiscard]] std::uint64_t failures() const { return lost + wrong + refused; }
};

/// Writes and flushes, cuts the power at any call, also while opening, and goes on with what the
/// disk then holds. A store with threads of its own may take another way with the same seed.
[[nodiscard]] StateReport cut_power(const StateOptions& options, const OpenStore& open);

/// Lets every n-th call fail, once and for ever, and then starts from what the disk holds. `stride`
/// > 1 leaves calls out.
[[nodiscard]] StateReport fail_every_call(
    const StateOptions& options, const OpenStore& open, std::uint64_t stride
);

/// Turns one bit in each byte of each file, one at a time: the store must name the damage, or hold
/// what it did before. `stride` > 1 leaves bytes out.
[[nodiscard]] StateReport flip_bits(
    const StateOptions& options, const OpenStore& open, std::uint64_t stride
);

}  // namespace attune::torture
