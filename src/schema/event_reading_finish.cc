#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "schema/event_reading.h"

// What is worked out once the whole call has been read.

namespace attune::schema {

namespace {

using Kind = Rejected::Kind;

}  // namespace

void EventReader::Reading::finish_identity() {
    if (event_.user_id.empty() && event_.anonymous_id.empty()) {
        reject(Kind::NotACall, "userId", "it has neither \"userId\" nor \"anonymousId\"");
    }
    if (*call_ == Call::Track && event_name_.empty()) {
        reject(Kind::NotACall, "event", "a track call needs \"event\"");
    }
    if (*call_ == Call::Group && event_.group_id.empty()) {
        reject(Kind::NotACall, "groupId", "a group call needs \"groupId\"");
    }
    if (*call_ == Call::Alias && event_.previous_id.empty()) {
        reject(Kind::NotACall, "previousId", "an alias call needs \"previousId\"");
    }
}

/// timestamp = receivedAt - (sentAt - originalTimestamp): the sender's clock may be wrong, the time
/// between its two readings is not (Segment, "Spec: Common Fields").
void EventReader::Reading::finish_time() {
    const std::optional<Timestamp> own = original_ ? original_ : timestamp_;
    const std::optional<Timestamp> sent = sent_ ? sent_ : envelope_.sent_at;
    event_.received = envelope_.received;
    event_.at = own.value_or(envelope_.received);
    if (own && sent) {
        event_.at = envelope_.received - (*sent - *own);
    }
    if (event_.at > kTimestampMax) {
        reject(Kind::NotACall, "timestamp", "its time lies behind the year 9999");
    }
    const std::optional<Duration> future_max = state_.limits.future_max;
    if (future_max && event_.at - envelope_.received > *future_max) {
        reject(
            Kind::NotACall,
            "timestamp",
            "its time, " + attune::to_string(event_.at) + ", lies more than " +
                attune::to_string(*future_max) + " ahead of its reception"
        );
    }
}

void EventReader::Reading::finish_id() {
    constexpr std::size_t kMessageIdBytesMax = 99;  // "Less than 100 characters", says Segment.
    if (event_.id.size() > kMessageIdBytesMax) {
        reject(Kind::TooLarge, "messageId", "\"messageId\" is longer than 99 bytes");
        return;
    }
    if (!event_.id.empty()) {
        return;
    }
    // The same bytes are the same event, unless they do not say when it happened.
    const std::uint64_t first = hash_bytes(json_);
    const bool timed = timestamp_ || original_;
    const auto when = timed ? 0 : static_cast<std::uint64_t>(envelope_.received.ms());
    const std::uint64_t second = hash_combine(hash_combine(first, json_.size()), when);
    constexpr std::string_view kHex = "0123456789abcdef";
    const std::span<char> id = arena_.array<char>(32);
    for (unsigned i = 0; i < 16; ++i) {
        id[i] = kHex[hash_combine(first, when) >> (60U - 4 * i) & 0xfU];
        id[i + 16] = kHex[second >> (60U - 4 * i) & 0xfU];
    }
    event_.id = {id.data(), id.size()};
}

/// Adds the entries of the batch's context that the call's own lacks.
void EventReader::Reading::finish_context() {
    if (envelope_.context.empty() || !state_.wants.context) {
        return;
    }
    // The bytes lie in a log entry or a body; a copy has the padding that the cursor needs.
    const std::span<char> copy = arena_.array<char>(envelope_.context.size() + kPadding);
    std::memcpy(copy.data(), envelope_.context.data(), envelope_.context.size());
    std::memset(copy.data() + envelope_.context.size(), 0, kPadding);
    JsonCursor cursor({copy.data(), envelope_.context.size()}, state_.limits.depth_max);
    Value shared;
    if (!cursor.value(shared, arena_) || !shared.is(Value::Kind::Context)) {
        return;  // It was checked when the batch was taken apart.
    }
    const std::span<const Entry> own = event_.context.is(Value::Kind::Context)
                                           ? event_.context.as_context()
                                           : std::span<const Entry>();
    const std::span<Entry> all = arena_.array<Entry>(own.size() + shared.as_context().size());
    auto end = std::copy(own.begin(), own.end(), all.begin());
    for (const Entry& entry : shared.as_context()) {
        if (!event_.context.has(entry.key)) {
            *end++ = entry;
        }
    }
    event_.context = Value::context(all.first(static_cast<std::size_t>(end - all.begin())));
}

}  // namespace attune::schema
