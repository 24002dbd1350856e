#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace attune::host {

/// An amount in hundredths as a JSON number without trailing zeros: 1250 is 12.5.
[[nodiscard]] std::string amount_json(std::int64_t cents);

/// Who a call speaks of; either may be empty.
struct Identity {
    std::string_view user_id;
    std::string_view anonymous_id;
};

/// What stands in every call.
struct CallHead {
    std::string_view message_id;
    Identity identity;
    Timestamp at;
};

/// The calls of the Segment protocol that the simulator and the data sets make. `properties` and
/// `traits` are JSON objects.
[[nodiscard]] std::string track_call(
    const CallHead& head, std::string_view event, std::string_view properties
);
[[nodiscard]] std::string page_call(const CallHead& head, std::string_view name);
[[nodiscard]] std::string identify_call(const CallHead& head, std::string_view traits);

}  // namespace attune::host
