#pragma once

#include <cstdint>

namespace attune::runtime {

/// A mistake built in on purpose, so that the torture test can show that it would notice. For tests
/// alone; nothing outside them sets it.
enum class Mutant : std::uint8_t {
    None,
    MarkBeforeDelivery,  ///< A delivery counts as made when it starts.
    SendBeforeDurable,   ///< Effects leave although their cause is not durable.
    PositionAhead,       ///< The state claims one place of the log more than it holds.
    StateAhead,          ///< The state holds what the log has not got durably.
};

}  // namespace attune::runtime
