#pragma once

#include <cstdint>

namespace attune::replication {

/// A mistake built in on purpose, so that the torture test can show that it would notice. For tests
/// alone; nothing outside them sets it.
enum class Mutant : std::uint8_t {
    None,
    AcknowledgeBeforeSync,  ///< A standby says that it has what it has not synced.
    IgnoreEpoch,            ///< A server writes on although a higher epoch has begun elsewhere.
};

}  // namespace attune::replication
