#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/time.h"
#include "delivery/effect.h"

namespace attune::delivery {

/// How one attempt ended.
struct Outcome {
    enum class Kind {
        Delivered,  ///< The other side has taken it.
        Retry,      ///< It has not, or we cannot know; the same delivery may succeed later.
        Permanent,  ///< It never will: the other side said so, or the payload cannot be sent.
    };

    Kind kind = Kind::Delivered;
    std::string reason;                   ///< For people; empty when delivered. Holds no secret.
    std::optional<Duration> retry_after;  ///< Asked for by the other side, with Retry.

    static Outcome delivered() { return {}; }
    static Outcome retry(std::string reason, std::optional<Duration> after = std::nullopt) {
        return {Kind::Retry, std::move(reason), after};
    }
    static Outcome permanent(std::string reason) {
        return {Kind::Permanent, std::move(reason), std::nullopt};
    }

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// The port through which deliveries leave: e-mail, webhooks.
///
/// A channel makes one attempt; whether and when there is another is the outbox's business. An
/// attempt ends in bounded time whatever the other side does.
class Channel {
public:
    using Done = std::function<void(Outcome)>;

    Channel() = default;
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    Channel(Channel&&) = delete;
    Channel& operator=(Channel&&) = delete;
    /// Ends open attempts as Retry; every `done` has been called when this returns.
    virtual ~Channel() = default;

    /// Begins an attempt and returns at once; callable from any thread. `done` is called exactly
    /// once, on the channel's own thread: it must hand over quickly and must not block or throw.
    virtual void start(Delivery delivery, Done done) = 0;
};

}  // namespace attune::delivery
