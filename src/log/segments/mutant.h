#pragma once

#include <cstdint>

namespace attune::segments {

/// A mistake built in on purpose, so that the torture test can show that it would notice. For tests
/// alone; nothing outside them sets it.
enum class Mutant : std::uint8_t {
    None,
    AcknowledgeBeforeSync,
    SkipSync,
    SkipFolderSync,
    AcceptTornTail,
    SkipChecksums,
};

}  // namespace attune::segments
