#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "delivery/effect.h"
#include "host/torture_server.h"

namespace attune::host {

/// What the clients of a server under torture have sent and been told, what has arrived at the
/// receiver of its webhooks, and who has been erased. Whoever comes back after an erasure is
/// somebody new: their events and effects carry another marker.
class TortureOracle {
public:
    static constexpr std::uint64_t kCustomers = 6;
    static constexpr std::uint64_t kCapTimes = 3;  ///< The limit of campaign `capped`.
    static constexpr const char* kTypes[] = {"Viewed", "Added", "Ordered"};
    static constexpr std::size_t kTypeCount = 3;

    /// The workspace that the server runs.
    static const char* workspace();

    TortureOracle(ServerTortureReport& report, std::string replay)
        : report_(&report), replay_(std::move(replay)) {}

    /// Tells another report from now on: for a copy that goes its own way.
    void report_to(ServerTortureReport& report, std::string replay) {
        report_ = &report;
        replay_ = std::move(replay);
    }

    struct Event {
        std::uint64_t who = 0;
        std::uint64_t life = 0;  ///< How often the customer had been erased.
        std::size_t type = 0;
        unsigned bit = 0;  ///< Its number among the customer's events of the type.
        bool acknowledged = false;

        [[nodiscard]] std::string user() const { return "user-" + std::to_string(who); }
        [[nodiscard]] std::string device() const { return "device-" + std::to_string(who); }
        /// A track call; the message id is made of who, life, type and bit.
        [[nodiscard]] std::string json() const;
    };

    /// Another event to send; none when the customer has as many as can be told apart.
    [[nodiscard]] const Event* make(std::uint64_t who, std::size_t type);
    [[nodiscard]] const std::vector<Event>& events() const { return events_; }
    void acknowledged(std::size_t event);
    /// Whether it is the client's to send, again or not: an erased customer's is not.
    [[nodiscard]] bool wanted(std::size_t event) const {
        return events_[event].life == life_of(events_[event].who);
    }

    /// A life of the server begins; the log has Delivered marks of these effects, and the record
    /// so many erasures.
    void begin_life(std::set<std::string> marked, std::size_t erasures);
    /// An erasure is asked for; whether it is noted shows the next call or the next begin_life().
    void erasing(std::uint64_t who) { erasing_ = who; }
    void erasure_noted();
    /// All erasures are carried out.
    void settled() { settled_ = true; }
    /// Bytes that nothing may hold then.
    [[nodiscard]] const std::vector<std::string>& erased_markers() const { return erased_; }

    /// The receiver is called; then it has taken the call; and then its answer has come back.
    void attempted(const delivery::Delivery& delivery);
    void arrived(const std::string& id, bool answered);

    /// A customer's state: how many events of a type it counts, and the sum of two to the power of
    /// their bits, so that it says which.
    void check(std::uint64_t who, std::size_t type, std::uint64_t count, std::uint64_t sum);
    /// After everything has been acknowledged, counted and delivered.
    void check_effects();

    void fail(std::uint64_t& counter, std::uint64_t count, const std::string& what);
    void wrong(const std::string& what) { fail(report_->wrong, 1, what); }

private:
    struct Effect {
        std::string body;
        std::string campaign;
        std::uint64_t who = 0;
        std::uint64_t life = 0;
        unsigned bit = 0;
        std::uint64_t arrivals = 0;
    };
    struct Counted {
        std::uint64_t sent = 0;  ///< One bit for each event.
        std::uint64_t acknowledged = 0;
        std::uint64_t in_state = 0;
    };
    using Key = std::pair<std::uint64_t, std::size_t>;

    [[nodiscard]] std::uint64_t life_of(std::uint64_t who) const {
        const auto found = lives_.find(who);
        return found == lives_.end() ? 0 : found->second;
    }
    [[nodiscard]] bool gone(const Effect& effect) const {
        return effect.life != life_of(effect.who);
    }

    ServerTortureReport* report_;
    std::string replay_;
    std::vector<Event> events_;
    std::map<Key, Counted> counted_;
    std::map<std::string, Effect> effects_;      ///< By id.
    std::map<std::string, std::string> causes_;  ///< By body: the id.
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::set<std::string>> capped_;
    std::map<std::uint64_t, std::uint64_t> lives_;
    std::vector<std::string> erased_;  ///< Markers.
    std::size_t noted_ = 0;            ///< Erasures in the record.
    std::optional<std::uint64_t> erasing_;
    bool settled_ = true;
    std::set<std::string>
        delivered_;  ///< And answered in this life, or marked in the log before it.
};

}  // namespace attune::host
