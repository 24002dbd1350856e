#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "program/blame.h"

namespace attune::engine {

/// What a campaign wants done outside: rendered and complete. Ids are made from the cause
/// (customer, campaign, event or deadline, place in the campaign), so the same cause has the same
/// id in every replay.
struct EmailEffect {
    std::uint64_t id = 0;
    std::uint64_t customer = 0;
    std::uint32_t campaign = 0;
    Timestamp at;
    std::string to;
    std::string subject;
    std::string text;
    std::string html;
};

struct WebhookEffect {
    std::uint64_t id = 0;
    std::uint64_t customer = 0;
    std::uint32_t campaign = 0;
    Timestamp at;
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string secret;
};

/// An in-app message that has just been put into the customer's inbox.
struct MessageEffect {
    std::uint64_t id = 0;
    std::uint64_t customer = 0;
    std::uint32_t campaign = 0;
    std::uint32_t sequence = 0;
    Timestamp at;
    std::string body;  ///< JSON
};

struct SegmentChange {
    std::uint64_t customer = 0;
    std::uint32_t segment = 0;
    bool entered = false;
    Timestamp at;
};

struct Firing {
    std::uint64_t customer = 0;
    std::uint32_t pattern = 0;
    Timestamp at;
};

/// How often what happened, whatever the definition.
struct Totals {
    std::uint64_t accepted = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t quarantined = 0;
    std::uint64_t late = 0;  ///< Accepted with a time before the customer's newest event.
    std::uint64_t too_late =
        0;  ///< Accepted, but beyond `late_after`: no feature, pattern, campaign.
    std::uint64_t merges = 0;
    std::uint64_t merges_refused = 0;
    std::uint64_t held = 0;               ///< Campaigns that wait for quiet hours to end.
    std::uint64_t quiet_dropped = 0;      ///< Campaigns that quiet hours have dropped.
    std::uint64_t held_out = 0;           ///< Campaigns that a holdout has kept from acting.
    std::uint64_t capped = 0;             ///< Actions that a contact limit has held back.
    std::uint64_t out_of_order = 0;       ///< Events too late for a pattern that is judged by time.
    std::uint64_t waiting_dropped = 0;    ///< Events that such a pattern had no room for.
    std::uint64_t instances_dropped = 0;  ///< Patterns that gave way to others of other keys.

    void add(const Totals& more) {
        accepted += more.accepted;
        duplicates += more.duplicates;
        quarantined += more.quarantined;
        late += more.late;
        too_late += more.too_late;
        merges += more.merges;
        merges_refused += more.merges_refused;
        held += more.held;
        quiet_dropped += more.quiet_dropped;
        held_out += more.held_out;
        capped += more.capped;
        out_of_order += more.out_of_order;
        waiting_dropped += more.waiting_dropped;
        instances_dropped += more.instances_dropped;
    }
};

/// How often what happened; the vectors run parallel to the program's lists.
struct Counts : Totals {
    std::uint64_t warnings = 0;          ///< Nulls that expressions and templates made by an error.
    std::vector<program::Blame> blames;  ///< Who made them.
    std::vector<std::uint64_t> kinds;
    std::vector<std::uint64_t> rules;
    std::vector<std::uint64_t> patterns;
    std::vector<std::uint64_t> segments_entered;
    std::vector<std::uint64_t> segments_left;
    std::vector<std::uint64_t> campaigns;  ///< Runs that acted.
};

/// What steps want to happen, gathered until the caller takes it away.
struct Effects {
    std::vector<EmailEffect> emails;
    std::vector<WebhookEffect> webhooks;
    std::vector<MessageEffect> messages;
    std::vector<SegmentChange> segment_changes;
    std::vector<Firing> firings;
    std::vector<std::string> decisions;  ///< Of campaigns; each as JSON, to be kept.
    Counts counts;

    void clear_lists() {
        emails.clear();
        webhooks.clear();
        messages.clear();
        segment_changes.clear();
        firings.clear();
        decisions.clear();
    }
};

}  // namespace attune::engine
