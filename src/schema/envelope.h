#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "schema/event.h"

namespace attune::schema {

/// What belongs to a call and does not stand in its JSON. Together with the call's bytes it is all
/// that a reader needs, now and whenever the log is read again.
struct Envelope {
    Timestamp received;
    /// Set where the path said it (`/v1/track`); a `type` inside the JSON must agree.
    std::optional<Call> call;
    /// `sentAt` of the batch, used where the call has none of its own.
    std::optional<Timestamp> sent_at;
    /// The batch's `context` as JSON, or empty: what the call's own context lacks is taken from it.
    std::string_view context;
    /// Why the call can be no event, or empty: a reader rejects it with this reason, whatever its
    /// JSON says. Of what came in another form and could not be made a call.
    std::string_view problem = {};
};

/// Appends envelope and call as one log entry; docs/formats/events.md. What is written to `out`
/// before stays.
void write_entry(const Envelope& envelope, std::string_view call_json, std::string& out);

/// One log entry, as views into it.
struct CallEntry {
    Envelope envelope;
    std::string_view call_json;
};

/// Reads what `write_entry` wrote; nothing if the bytes are no entry.
[[nodiscard]] std::optional<CallEntry> read_entry(std::string_view entry);

}  // namespace attune::schema
