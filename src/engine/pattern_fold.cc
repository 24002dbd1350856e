#include <algorithm>

#include "base/hash.h"
#include "customer/sections.h"
#include "engine/fold.h"

// Patterns: a small automaton for each instance under way. Nothing is kept of a customer who has
// not begun one.

namespace attune::engine {

namespace {

using customer::Instance;
using customer::kNever;
using program::Pattern;

/// Until when an instance that now waits for `step` may live: the step's own span counts from `at`,
/// the pattern's from its start.
Timestamp deadline_of(const Pattern& pattern, std::size_t step, Timestamp start, Timestamp at) {
    Timestamp deadline = kNever;
    if (pattern.steps[step].within.count() > 0) {
        deadline = at + pattern.steps[step].within;
    }
    if (pattern.within.count() > 0) {
        deadline = std::min(deadline, start + pattern.within);
    }
    return deadline;
}

/// Whether the passing of its deadline is what the instance waited for: an absence that has lasted
/// long enough.
bool satisfied_by_deadline(const Pattern& pattern, const Instance& instance) {
    return pattern.steps[instance.step].absent;
}

bool matches(std::uint64_t matched, std::size_t step) {
    return (matched >> step & 1U) != 0;
}

/// Moves on to the next step; true if there is none, so that the pattern fires.
bool move_on(const Pattern& pattern, Instance& instance, Timestamp at) {
    ++instance.step;
    if (instance.step == pattern.steps.size()) {
        return true;
    }
    instance.deadline = deadline_of(pattern, instance.step, instance.start, at);
    return false;
}

void begin(const Pattern& pattern, Timestamp at, std::vector<Instance>& live) {
    const auto same = [&](const Instance& instance) { return instance.pattern == pattern.id; };
    const auto running = static_cast<std::uint32_t>(std::count_if(live.begin(), live.end(), same));
    if (running > 0 && pattern.on_repeat == program::OnRepeat::Restart) {
        live.erase(std::remove_if(live.begin(), live.end(), same), live.end());
    } else if (running >= pattern.instances_max) {
        return;  // `ignore`, or as many in parallel as are allowed: those under way go on.
    }
    Instance instance{pattern.id, 1, at, deadline_of(pattern, 1, at, at)};
    const auto after = std::find_if(live.begin(), live.end(), [&](const Instance& other) {
        return other.pattern > pattern.id;
    });
    live.insert(after, instance);
}

}  // namespace

void Fold::apply_patterns(
    Subject subject,
    const program::KindPlan& plan,
    Timestamp at,
    std::uint64_t cause,
    Effects& effects
) {
    if (plan.steps.empty()) {
        return;
    }
    std::vector<Instance> live = customer::instances(subject.blob);
    const std::vector<Instance> before = live;
    fired_.clear();
    for (std::size_t i = 0; i < plan.steps.size();) {
        const std::uint32_t pattern = plan.steps[i].pattern;
        std::uint64_t matched = 0;
        for (; i < plan.steps.size() && plan.steps[i].pattern == pattern; ++i) {
            const program::StepUse& use = plan.steps[i];
            if (!use.where || frame_.holds(*use.where)) {
                matched |= std::uint64_t{1} << use.step;
            }
        }
        if (matched != 0) {
            step_pattern(pattern, matched, at, live);
        }
    }
    if (live != before) {
        customer::set_instances(subject.blob, live);
        frame_.state_changed();
    }
    for (std::size_t i = 0; i < fired_.size(); ++i) {
        // Several instances of one pattern may end with one event: each firing has its own cause.
        fire(subject, fired_[i], at, hash_combine(cause, i), effects);
    }
}

void Fold::step_pattern(
    std::uint32_t number, std::uint64_t matched, Timestamp at, std::vector<Instance>& live
) {
    const Pattern& pattern = program_.patterns[number];
    bool used = false;
    for (std::size_t i = 0; i < live.size();) {
        Instance& instance = live[i];
        // What comes after the deadline does not count, although the deadline has not passed yet
        // where the sender's clock is ahead.
        if (instance.pattern != pattern.id || at > instance.deadline ||
            !matches(matched, instance.step)) {
            ++i;
            continue;
        }
        // The event that must not come ends the instance; the one waited for moves it on.
        const bool broken = pattern.steps[instance.step].absent;
        const bool complete = !broken && move_on(pattern, instance, at);
        used = used || !broken;
        if (complete) {
            fired_.push_back(number);
        }
        if (broken || complete) {
            live.erase(live.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
    if (used || !matches(matched, 0)) {
        return;
    }
    if (pattern.steps.size() == 1) {
        fired_.push_back(number);
    } else {
        begin(pattern, at, live);
    }
}

void Fold::pass_deadlines(Subject subject, Timestamp deadline, Effects& effects) {
    std::vector<Instance> live = customer::instances(subject.blob);
    std::vector<Instance> left;
    std::vector<std::uint32_t> fired;
    for (Instance& instance : live) {
        if (instance.deadline != deadline) {
            left.push_back(instance);
            continue;
        }
        const auto number = program_.pattern_by_id(instance.pattern);
        if (!number || !satisfied_by_deadline(program_.patterns[*number], instance)) {
            continue;
        }
        if (move_on(program_.patterns[*number], instance, deadline)) {
            fired.push_back(*number);
        } else {
            left.push_back(instance);
        }
    }
    customer::set_instances(subject.blob, left);
    frame_.state_changed();
    for (std::size_t i = 0; i < fired.size(); ++i) {
        const std::uint64_t cause = hash_combine(static_cast<std::uint64_t>(deadline.ms()), i);
        fire(subject, fired[i], deadline, cause, effects);
    }
}

void Fold::fire(
    Subject subject, std::uint32_t pattern, Timestamp at, std::uint64_t cause, Effects& effects
) {
    ++effects.counts.patterns[pattern];
    effects.firings.push_back({subject.id, pattern, at});
    run_campaigns(
        subject,
        program_.patterns[pattern].campaigns,
        hash_combine(cause, program_.patterns[pattern].id),
        effects
    );
}

}  // namespace attune::engine
