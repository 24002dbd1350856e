#include <algorithm>

#include "base/hash.h"
#include "customer/feature.h"
#include "customer/memberships.h"
#include "customer/sections.h"
#include "customer/tiles.h"
#include "engine/fold.h"

// Segments: judged after every event and at the moments at which time alone can change them.

namespace attune::engine {

using customer::Blob;
using customer::kNever;

namespace {

/// The moment as of which segments were judged last: a sender's clock may be ahead of ours.
Timestamp present(const Blob& blob) {
    return std::max(blob.newest(), blob.advanced_to());
}

/// When a pending membership began, if there is one.
std::optional<Timestamp> pending_since(const Blob& blob, std::uint64_t pending_id) {
    for (const customer::Membership& membership : customer::memberships(blob)) {
        if (membership.segment == pending_id) {
            return membership.since;
        }
    }
    return std::nullopt;
}

}  // namespace

void Fold::judge_segments(Subject subject, Effects& effects) {
    const Timestamp at = present(subject.blob);
    frame_.state_changed(at);
    for (std::uint32_t i = 0; i < program_.segments.size(); ++i) {
        judge_segment(subject, i, at, effects);
    }
}

void Fold::catch_up(Subject subject, Timestamp now, Effects& effects) {
    subject.blob.set_judged_by(program_.layout.segments);
    if (program_.segments.empty()) {
        return;
    }
    subject.blob.set_advanced_to(std::max(subject.blob.advanced_to(), now));
    frame_.bind(subject.id, subject.blob, now);
    quiet_ = true;
    judge_segments(subject, effects);
    quiet_ = false;
}

void Fold::judge_segment(Subject subject, std::uint32_t number, Timestamp at, Effects& effects) {
    const program::Segment& segment = program_.segments[number];
    frame_.work_for({program::Definition::Section::Segment, number});
    const bool holds = frame_.holds(segment.when);
    const bool member = customer::is_member(subject.blob, segment.id);
    if (segment.dwell.count() > 0 && !member) {
        const std::optional<Timestamp> since = pending_since(subject.blob, segment.pending_id);
        if (!holds) {
            customer::leave(subject.blob, segment.pending_id);
        } else if (!since) {
            customer::enter(subject.blob, segment.pending_id, at);
        } else if (at >= *since + segment.dwell) {
            customer::leave(subject.blob, segment.pending_id);
            change_membership(subject, number, true, at, effects);
        }
        return;
    }
    if (holds != member) {
        change_membership(subject, number, holds, at, effects);
    }
}

void Fold::change_membership(
    Subject subject, std::uint32_t number, bool entered, Timestamp at, Effects& effects
) {
    const program::Segment& segment = program_.segments[number];
    if (entered) {
        customer::enter(subject.blob, segment.id, at);
    } else {
        customer::leave(subject.blob, segment.id);
    }
    frame_.state_changed();
    ++(entered ? effects.counts.segments_entered : effects.counts.segments_left)[number];
    effects.segment_changes.push_back({subject.id, number, entered, at});
    if (quiet_) {
        return;
    }
    const std::uint64_t cause = hash_combine(
        hash_combine(segment.id, entered ? 1 : 0), static_cast<std::uint64_t>(at.ms())
    );
    run_campaigns(subject, entered ? segment.on_enter : segment.on_leave, cause, effects);
}

Timestamp Fold::next_segment_change(const Blob& blob) const {
    const Timestamp after = present(blob);
    Timestamp next = kNever;
    const auto consider = [&](Timestamp moment) {
        if (moment > after) {
            next = std::min(next, moment);
        }
    };
    for (const program::Segment& segment : program_.segments) {
        for (const std::uint32_t number : segment.windowed_features) {
            const program::Feature& feature = program_.features[number];
            const auto change = customer::next_change(
                feature.shape, blob.section(customer::kFeatures + feature.section), after
            );
            consider(change.value_or(kNever));
        }
        for (const std::uint32_t number : segment.since_features) {
            const std::string_view section =
                blob.section(customer::kFeatures + program_.features[number].section);
            if (section.size() < sizeof(std::int64_t)) {
                continue;
            }
            const Timestamp last(customer::load_at<std::int64_t>(section.data()));
            for (const Duration age : segment.ages) {
                // `>= age` turns true at the moment itself, `> age` one millisecond later.
                consider(last + age);
                consider(last + age + Duration(1));
            }
        }
        if (segment.dwell.count() > 0) {
            if (const auto since = pending_since(blob, segment.pending_id)) {
                consider(*since + segment.dwell);
            }
        }
    }
    return next;
}

}  // namespace attune::engine
