#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "program/data.h"
#include "program/diagnostics.h"
#include "schema/event.h"

// A workspace's own tests: what happens to customers, and what is expected after it.

namespace attune::program {

/// A name and what is expected of it.
using Expected = std::pair<Text, Data>;

struct ExpectedDecision {
    Text placement;
    std::optional<Text> user;   ///< Otherwise the scenario's customer.
    std::optional<Data> offer;  ///< A name, or null: none must be shown.
    Data content;               ///< A map of which each entry must be in the answer.
    Data context;               ///< Sent with the question.
    std::vector<std::pair<Text, Text>> rejected;  ///< Offer to a part of the reason.
    Location at;
};

/// Expectations about the state when a step's time has come. Lists of messages and their kind hold
/// everything sent since the scenario began, in order; each entry names the members to compare.
struct Expectation {
    Location at;
    std::optional<Text> user;        ///< Whom to look at; else the scenario's customer.
    std::vector<Expected> features;  ///< Name to value.
    std::vector<Expected> traits;
    std::vector<std::pair<Text, bool>> segments;  ///< Whether the customer is in it.
    std::vector<std::pair<Text, std::uint64_t>>
        patterns;                                       ///< How often it has fired so far, in all.
    std::vector<std::pair<Text, std::uint64_t>> rules;  ///< How often it has held so far, in all.
    std::vector<ExpectedDecision> decisions;
    std::optional<std::vector<Data>> messages;  ///< Maps with campaign, title, body, content.
    std::optional<std::vector<Data>> emails;    ///< Maps with to, subject, text, html, campaign.
    std::optional<std::vector<Data>> webhooks;  ///< Maps with url, body, campaign.
    std::optional<std::uint64_t> quarantined;   ///< So far, in all.
    std::optional<std::uint64_t> duplicates;
};

/// Something happens, or something is expected, or both (the event first).
struct ScenarioStep {
    Location at;
    /// When: at a moment, or this long after the step before. Neither: at the same moment as it.
    std::optional<Timestamp> time;
    std::optional<Duration> after;

    std::optional<schema::Call> call;  ///< None: nothing happens, time passes.
    Text event;                        ///< A track call's name.
    Text id;                           ///< messageId; made up if empty.
    std::optional<Text> user;          ///< Otherwise the scenario's customer; empty text: none.
    std::optional<Text> anonymous;
    Text previous;  ///< previousId of an alias call.
    Text group;
    Data properties;
    Data traits;
    Data context;
    std::uint32_t repeat = 1;          ///< The event so many times,
    Duration every = Duration(1'000);  ///< this far apart.
    std::optional<Expectation> expect;
};

struct Scenario {
    Text name;
    Text customer{"customer", {}};  ///< userId where a step names none.
    Timestamp start;                ///< The time of the first step, if it gives none.
    std::vector<ScenarioStep> steps;
};

/// The Segment call that a step sends at `at`; `sequence` makes its message id unique, unless the
/// step gives one.
[[nodiscard]] std::string to_call_json(
    const Scenario& scenario, const ScenarioStep& step, Timestamp at, std::uint64_t sequence
);

}  // namespace attune::program
