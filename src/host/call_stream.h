#pragma once

#include <optional>
#include <string>

#include "base/time.h"

namespace attune::host {

/// One call of the Segment protocol: JSON with `type`, as an element of a batch or a line of a
/// file, and the moment at which it happens, which is also its `timestamp`.
struct Call {
    Timestamp at;
    std::string json;
};

/// Where calls come from: the simulated shop, or recorded data.
class CallStream {
public:
    CallStream() = default;
    CallStream(const CallStream&) = delete;
    CallStream& operator=(const CallStream&) = delete;
    CallStream(CallStream&&) = delete;
    CallStream& operator=(CallStream&&) = delete;
    virtual ~CallStream() = default;

    /// The next call, in order of time; nothing when there are no more.
    [[nodiscard]] virtual std::optional<Call> next() = 0;
};

}  // namespace attune::host
