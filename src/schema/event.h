#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/time.h"
#include "value/value.h"

namespace attune::schema {

/// What a caller says: the six calls of the Segment protocol.
enum class Call : std::uint8_t { Track, Identify, Page, Screen, Group, Alias };

/// "track", "identify", …
[[nodiscard]] std::string_view to_string(Call call);

/// Where an event type stands in EventTypes; dense, from 0.
using TypeIndex = std::uint32_t;
constexpr TypeIndex kUndeclared = 0xffff'ffff;

/// A further name by which the customer is known, from `context.externalIds`: {"email", "a@b.c"}.
struct ExternalId {
    std::string_view type;
    std::string_view id;
};

/// A fact about a customer at a time, ready to be folded.
///
/// A view: texts and values lie in the bytes that were read and in the reader's arena, and live as
/// long as both.
struct Event {
    Call call = Call::Track;
    TypeIndex type = kUndeclared;
    /// The type's name: "Product Viewed" for a track call, "identify", "page" … for the others.
    std::string_view name;
    /// The message id, under 100 bytes; made from a hash of the bytes if the caller gave none.
    std::string_view id;
    Timestamp at;        ///< The event's own time, corrected for the sender's clock.
    Timestamp received;  ///< When the record came in.

    std::string_view user_id;       ///< Empty if absent, as all identifiers.
    std::string_view anonymous_id;  ///< At least one of the two is there.
    std::string_view previous_id;   ///< Only of an alias call.
    std::string_view group_id;      ///< Only of a group call.
    std::span<const ExternalId> external_ids;

    /// The declared properties, by the index that their EventType gives them; null where absent.
    /// Empty for undeclared types.
    std::span<const Value> properties;
    /// `properties` as one context, if the reader was asked for it (see Wants); else null. For page
    /// and screen calls it holds `name` and `category` too.
    Value all_properties;
    Value traits;   ///< Of identify and group calls.
    Value context;  ///< The call's context merged over the batch's, if asked for; else null.
};

}  // namespace attune::schema
