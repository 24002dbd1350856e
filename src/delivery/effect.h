#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace attune::delivery {

/// How a delivery travels. The numbers are part of docs/formats/outbox.md.
enum class ChannelKind : std::uint8_t { Email = 1, Webhook = 2 };

[[nodiscard]] std::string_view to_string(ChannelKind kind);

/// One thing to be carried out to the outside world: an effect of the fold, rendered and complete,
/// so that whoever carries it out needs no state and no template.
struct Delivery {
    /// Made from the cause (customer, campaign, event, occurrence): the same on every attempt and
    /// after every replay. It travels as Message-ID or webhook-id, so it holds only letters,
    /// digits, `-`, `_`, `.` and `:`, at most 200 of them.
    std::string id;
    std::string customer;
    ChannelKind channel = ChannelKind::Email;
    /// What shares a queue, a concurrency limit and a circuit breaker: "smtp", a webhook's origin.
    std::string destination;
    /// Deliveries to one destination with the same order key are carried out one after the other,
    /// in the order in which they were added; empty when order does not matter.
    std::string order;
    Timestamp created_at;
    std::string payload;  ///< An encoded EmailPayload or WebhookPayload, as `channel` says.

    friend bool operator==(const Delivery&, const Delivery&) = default;
};

constexpr std::size_t kDeliveryIdBytesMax = 200;

/// Says whether `id` keeps the promise that `Delivery::id` makes.
[[nodiscard]] bool well_formed_id(std::string_view id);

[[nodiscard]] std::string encode(const Delivery& delivery);
[[nodiscard]] Result<Delivery> decode_delivery(std::string_view bytes);

}  // namespace attune::delivery
