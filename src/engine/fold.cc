#include "engine/fold.h"

#include <algorithm>
#include <charconv>

#include "base/hash.h"
#include "customer/attributes.h"
#include "customer/held.h"
#include "customer/identifiers.h"
#include "customer/inbox.h"
#include "customer/recent_ids.h"
#include "customer/sections.h"
#include "customer/waiting.h"

namespace attune::engine {

namespace {

using customer::Blob;
using Section = program::Definition::Section;

/// The declared property of that name, or the undeclared one where the whole was read.
Value property(const program::Program& program, const schema::Event& event, std::string_view name) {
    if (event.type != schema::kUndeclared) {
        if (const auto index = program.types[event.type].index_of(name);
            index && *index < event.properties.size()) {
            return event.properties[*index];
        }
    }
    return event.all_properties.get(name);
}

/// The number in an effect's text id, "e" and sixteen hex digits.
std::optional<std::uint64_t> effect_number(const Value& id) {
    if (!id.is(Value::Kind::String) || id.as_string().size() != 17 ||
        id.as_string().front() != 'e') {
        return std::nullopt;
    }
    const std::string_view digits = id.as_string().substr(1);
    std::uint64_t number = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    return error == std::errc() && end == digits.data() + digits.size() ? std::optional(number)
                                                                        : std::nullopt;
}

void set_traits(Blob& blob, const Value& traits, Timestamp at) {
    for (const Entry& trait : traits.as_context()) {
        if (trait.key == "consent" && trait.value.is(Value::Kind::Context)) {
            for (const Entry& purpose : trait.value.as_context()) {
                customer::set_attribute(blob, customer::kConsent, purpose.key, at, purpose.value);
            }
            continue;
        }
        customer::set_attribute(blob, customer::kTraits, trait.key, at, trait.value);
    }
}

}  // namespace

Fold::Fold(const program::Program& program) : program_(program), frame_(program) {}

Counts Fold::zero_counts(const program::Program& program) {
    Counts counts;
    counts.kinds.resize(program.kinds.size());
    counts.rules.resize(program.rules.size());
    counts.patterns.resize(program.patterns.size());
    counts.segments_entered.resize(program.segments.size());
    counts.segments_left.resize(program.segments.size());
    counts.campaigns.resize(program.campaigns.size());
    return counts;
}

Fold::Verdict Fold::apply(
    Subject subject, const schema::Event& event, Timestamp now, Effects& effects
) {
    Blob& blob = subject.blob;
    const std::uint64_t id_hash = hash_bytes(event.id);
    if (customer::seen_before(blob, id_hash)) {
        ++effects.counts.duplicates;
        return Verdict::Duplicate;
    }
    advance(subject, now, effects);
    blob.set_advanced_to(std::max(blob.advanced_to(), now));
    customer::remember(blob, id_hash, program_.layout.recent_ids_max);
    const program::Kind kind = program_.kind_of(event);
    const program::KindPlan& plan = program_.kinds[kind];
    ++effects.counts.accepted;
    ++effects.counts.kinds[kind];
    effects.counts.late += event.at < blob.newest() ? 1 : 0;
    apply_identity(blob, event);
    if (program_.late_after.count() > 0 && event.at < now - program_.late_after) {
        ++effects.counts.too_late;
        return Verdict::Accepted;
    }
    frame_.bind(subject.id, blob, event.at, &event);
    apply_features(blob, plan, event.at);
    blob.set_newest(std::max(blob.newest(), event.at));
    apply_message_event(blob, event);
    frame_.state_changed();
    const std::uint64_t cause = id_hash;
    apply_patterns(subject, plan, event.at, cause, effects);
    apply_rules(subject, plan, cause, effects);
    run_campaigns(subject, plan.campaigns, cause, effects);
    if (!program_.segments.empty()) {
        judge_segments(subject, effects);
    }
    count_warnings(effects);
    return Verdict::Accepted;
}

void Fold::count_warnings(Effects& effects) {
    for (const program::Blame& blame : frame_.take_blames()) {
        effects.counts.warnings += blame.warnings;
        program::add(effects.counts.blames, blame);
    }
}

void Fold::apply_identity(Blob& blob, const schema::Event& event) {
    using customer::Identifier;
    if (!event.user_id.empty()) {
        customer::add_identifier(blob, {Identifier::Kind::UserId, event.user_id});
    }
    // A device beside a userId is listed when it comes to lead here, which a rule may refuse.
    if (event.user_id.empty() && !event.anonymous_id.empty()) {
        customer::add_identifier(blob, {Identifier::Kind::AnonymousId, event.anonymous_id});
    }
    if (event.call == schema::Call::Identify && event.traits.is(Value::Kind::Context)) {
        set_traits(blob, event.traits, event.at);
    }
}

void Fold::apply_features(Blob& blob, const program::KindPlan& plan, Timestamp at) {
    for (const program::FeatureUse& use : plan.features) {
        frame_.work_for({Section::Feature, use.feature});
        if (use.where && !frame_.holds(*use.where)) {
            continue;
        }
        const program::Feature& feature = program_.features[use.feature];
        const Value value = use.of ? frame_.evaluate(*use.of) : Value();
        const Value key = use.by ? frame_.evaluate(*use.by) : Value();
        customer::apply(feature.shape, blob, customer::kFeatures + feature.section, at, value, key);
    }
}

void Fold::apply_message_event(Blob& blob, const schema::Event& event) {
    if (event.call != schema::Call::Track || !event.name.starts_with("Message ")) {
        return;
    }
    const std::string_view what = event.name.substr(8);
    const std::optional<std::uint64_t> id = effect_number(property(program_, event, "message_id"));
    if (!id) {
        return;
    }
    if (what == "Shown") {
        customer::mark_shown(blob, *id);
    } else if (what == "Clicked" || what == "Dismissed") {
        customer::remove_message(blob, *id);
    }
}

void Fold::apply_rules(
    Subject subject, const program::KindPlan& plan, std::uint64_t cause, Effects& effects
) {
    for (const program::RuleUse& use : plan.rules) {
        frame_.work_for({Section::Rule, use.rule});
        if (frame_.holds(use.when)) {
            ++effects.counts.rules[use.rule];
            run_campaigns(subject, program_.rules[use.rule].campaigns, cause, effects);
        }
    }
}

void Fold::advance(Subject subject, Timestamp now, Effects& effects) {
    // Before they are judged by new segments, what time has done to these is not known.
    const bool known = judged(subject.blob);
    while (true) {
        const Timestamp deadline = customer::earliest_deadline(subject.blob);
        const Timestamp held = customer::earliest_held(subject.blob);
        const Timestamp waiting = customer::earliest_waiting(subject.blob);
        const Timestamp next = std::min(
            {deadline, held, waiting, known ? next_segment_change(subject.blob) : customer::kNever}
        );
        if (next >= now) {
            break;
        }
        // Only what happens moves the customer's time on, so that nothing in its state tells when
        // somebody looked.
        subject.blob.set_advanced_to(std::max(subject.blob.advanced_to(), next));
        frame_.bind(subject.id, subject.blob, next);
        if (waiting == next) {
            judge_waiting(subject, next, effects);
        }
        // What an event at the very moment has ended does not pass.
        if (customer::earliest_deadline(subject.blob) == next) {
            pass_deadlines(subject, next, effects);
        }
        if (held == next) {
            release_held(subject, next, effects);
        }
        if (known && !program_.segments.empty()) {
            judge_segments(subject, effects);
        }
    }
    if (!known) {
        catch_up(subject, now, effects);
    }
    count_warnings(effects);
}

Timestamp Fold::next_wake(const Blob& blob) const {
    return std::min(
        {customer::earliest_deadline(blob),
         customer::earliest_held(blob),
         customer::earliest_waiting(blob),
         next_segment_change(blob)}
    );
}

}  // namespace attune::engine
