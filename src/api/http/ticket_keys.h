#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>

namespace attune::api::http {

/// The keys that TLS session tickets are sealed with: made here, kept in memory only, replaced
/// after half of a ticket's life. A ticket of the key before last no longer opens, so what was
/// recorded cannot be read with keys that are taken later. For any thread.
class TicketKeys {
public:
    static constexpr std::chrono::hours kLife{12};

    struct Key {
        std::array<unsigned char, 16> name{};  ///< Stands in clear in the ticket.
        std::array<unsigned char, 32> cipher{};
        std::array<unsigned char, 32> mac{};
    };

    using Moment = std::chrono::steady_clock::time_point;

    /// The key for new tickets. Nothing when the system has no random bytes to give.
    [[nodiscard]] std::optional<Key> current(Moment now);

    struct Found {
        Key key;
        bool old = false;  ///< Another should be handed out in its place.
    };

    /// The key of a ticket; nothing when it is none of ours or too old.
    [[nodiscard]] std::optional<Found> find(std::span<const unsigned char, 16> name, Moment now);

private:
    struct Aged {
        Key key;
        Moment born;
    };

    void rotate(Moment now);

    std::mutex mutex_;
    std::optional<Aged> current_;
    std::optional<Aged> previous_;
};

}  // namespace attune::api::http
