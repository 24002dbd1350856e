#pragma once

#include <array>

#include "program/workspace_keys_parts.h"

// The shape of a scenario.

namespace attune::program::keys {

inline constexpr Shape kFeatureValues{
    .kind = Shape::Kind::Object, .item = &kData, .sections = in(Section::Features)};
inline constexpr Shape kSegmentFlags{
    .kind = Shape::Kind::Object, .item = &kBoolean, .sections = in(Section::Segments)};
inline constexpr Shape kPatternCounts{
    .kind = Shape::Kind::Object, .item = &kCount, .sections = in(Section::Patterns)};
inline constexpr Shape kRuleCounts{
    .kind = Shape::Kind::Object, .item = &kCount, .sections = in(Section::Rules)};
inline constexpr Shape kReasons{
    .kind = Shape::Kind::Object, .item = &kText, .sections = in(Section::Offers)};
inline constexpr std::array<Key, 6> kDecisionKeys{{
    {"placement", &kPlacement, "Asked for.", true},
    {"user", &kText, "For whom; the scenario's customer if it is left out."},
    {"offer", &kData, "The offer's name, or null for none."},
    {"content", &kDataMap, "Entries that the content must have."},
    {"context", &kDataMap, "Sent with the question."},
    {"rejected", &kReasons, "Offers that must be refused, each with a part of the reason."},
}};
inline constexpr Shape kDecision{.kind = Shape::Kind::Object, .keys = kDecisionKeys};
inline constexpr Shape kDecisions{.kind = Shape::Kind::List, .item = &kDecision};
inline constexpr std::array<Key, 12> kExpectKeys{{
    {"user", &kText, "Whom to look at; the scenario's customer if it is left out."},
    {"features", &kFeatureValues, "Features with their values."},
    {"traits", &kDataMap, "Traits with their values."},
    {"segments", &kSegmentFlags, "Segments: true for inside, false for outside."},
    {"patterns", &kPatternCounts, "How often patterns have fired so far."},
    {"rules", &kRuleCounts, "How often rules have held so far."},
    {"decisions", &kDecisions, "Decisions asked for now."},
    {"messages", &kDataMaps, "All in-app messages so far, in order; entries that each must have."},
    {"emails", &kDataMaps, "All e-mails so far, in order; entries that each must have."},
    {"webhooks", &kDataMaps, "All webhooks so far, in order; entries that each must have."},
    {"quarantined", &kCount, "Events in quarantine so far."},
    {"duplicates", &kCount, "Repeated events so far."},
}};
inline constexpr Shape kExpect{
    .kind = Shape::Kind::Object, .keys = kExpectKeys, .name = "expectation"};
inline constexpr Shape kRepeat{.kind = Shape::Kind::Integer, .minimum = 1, .maximum = 100'000};
inline constexpr std::array<Key, 17> kScenarioStepKeys{{
    {"at", &kTimestamp, "The moment; otherwise that of the step before,"},
    {"after", &kDuration, "and this much later."},
    {"event", &kText, "A track call with this name."},
    {"identify", &kDataMap, "An identify call with these traits."},
    {"page", &kText, "A page call with this name."},
    {"screen", &kText, "A screen call with this name."},
    {"group", &kText, "A group call with this group id."},
    {"alias", &kText, "An alias call; this is the previous id."},
    {"user", &kText, "userId; the scenario's customer if it is left out, none if empty."},
    {"anonymous", &kText, "anonymousId."},
    {"id", &kText, "messageId; made up if it is left out."},
    {"properties", &kDataMap, "The event's properties."},
    {"traits", &kDataMap, "A group call's traits."},
    {"context", &kDataMap, "The event's context."},
    {"repeat", &kRepeat, "The same event so many times,"},
    {"every", &kDuration, "this far apart; 1s."},
    {"expect", &kExpect, "What must be true then."},
}};
inline constexpr Shape kScenarioStep{
    .kind = Shape::Kind::Object, .keys = kScenarioStepKeys, .name = "scenario_step"};
inline constexpr Shape kScenarioSteps{.kind = Shape::Kind::List, .item = &kScenarioStep};
inline constexpr std::array<Key, 3> kScenarioKeys{{
    {"customer", &kText, "The userId of steps that name none; `customer`."},
    {"start", &kTimestamp, "The first step's time; 2026-01-01T00:00:00Z."},
    {"steps", &kScenarioSteps, "What happens, and what must follow.", true},
}};
inline constexpr Shape kScenario{
    .kind = Shape::Kind::Object, .keys = kScenarioKeys, .name = "scenario"};

}  // namespace attune::program::keys
