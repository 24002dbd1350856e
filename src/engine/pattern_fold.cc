#include <algorithm>

#include "base/hash.h"
#include "customer/feature_values.h"
#include "customer/sections.h"
#include "customer/waiting.h"
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
    instance.count = 0;
    if (instance.step == pattern.steps.size()) {
        return true;
    }
    instance.deadline = deadline_of(pattern, instance.step, instance.start, at);
    return false;
}

/// Counts an event of the step that is waited for; true if the pattern fires with it.
bool count_step(const Pattern& pattern, Instance& instance, Timestamp at) {
    ++instance.count;
    return instance.count >= pattern.steps[instance.step].times && move_on(pattern, instance, at);
}

/// Takes out the instance of the pattern that began first, if there are as many as there may be.
bool make_room(const Pattern& pattern, std::vector<Instance>& live) {
    auto oldest = live.end();
    std::uint32_t running = 0;
    for (auto at = live.begin(); at != live.end(); ++at) {
        if (at->pattern == pattern.id) {
            oldest = oldest == live.end() || at->start < oldest->start ? at : oldest;
            ++running;
        }
    }
    if (running < pattern.instances_max) {
        return false;
    }
    live.erase(oldest);
    return true;
}

/// Begins an instance; true if another one gave way to it.
bool begin(const Pattern& pattern, std::uint64_t key, Timestamp at, std::vector<Instance>& live) {
    const bool counting = pattern.steps[0].times > 1;
    const auto same = [&](const Instance& instance) {
        return instance.pattern == pattern.id && instance.key == key && instance.step > 0;
    };
    // Those that still count their first events are no repetition: the last so many of them are
    // what counts, so each event begins an instance.
    const auto running = static_cast<std::uint32_t>(std::count_if(live.begin(), live.end(), same));
    if (running > 0 && pattern.on_repeat == program::OnRepeat::Restart && !counting) {
        live.erase(std::remove_if(live.begin(), live.end(), same), live.end());
    } else if (running >= pattern.parallel_max && !counting) {
        return false;  // `ignore`, or as many in parallel as are allowed: those under way go on.
    }
    const bool gave_way = make_room(pattern, live);
    Instance instance{pattern.id, 0, at, kNever, key, 0};
    if (counting) {
        instance.count = 1;
        instance.deadline = deadline_of(pattern, 0, at, at);
    } else {
        move_on(pattern, instance, at);
    }
    const auto after = std::find_if(live.begin(), live.end(), [&](const Instance& other) {
        return other.pattern > pattern.id;
    });
    live.insert(after, instance);
    return gave_way;
}

/// The first events of one of several instances are complete: what the others have counted of the
/// same events is used up, and by `ignore` or `restart` one goes on.
void settle_repetition(const Pattern& pattern, std::uint64_t key, std::vector<Instance>& live) {
    std::uint32_t running = 0;
    const auto of_key = [&](const Instance& one) {
        return one.pattern == pattern.id && one.key == key;
    };
    for (const Instance& one : live) {
        running += of_key(one) && one.step > 0 ? 1 : 0;
    }
    const std::uint32_t excess = running - std::min(running, pattern.parallel_max);
    const bool restart = pattern.on_repeat == program::OnRepeat::Restart;
    std::uint32_t number = 0;  // By start.
    std::erase_if(live, [&](const Instance& one) {
        if (!of_key(one) || one.step == 0) {
            return of_key(one);
        }
        ++number;
        return restart ? number <= excess : number > pattern.parallel_max;
    });
}

}  // namespace

void Fold::apply_patterns(
    Subject subject,
    const program::KindPlan& plan,
    Timestamp at,
    std::uint64_t cause,
    Effects& effects
) {
    const bool idle = std::as_const(subject.blob).section(customer::kPatterns).empty();
    // Of a pattern that is judged by time, an event may come before the one that it follows.
    const auto begins = [this](const program::StepUse& use) {
        return use.step == 0 || program_.patterns[use.pattern].lateness.count() > 0;
    };
    const bool nothing_to_break = idle || program_.strict_patterns.empty();
    const bool nothing_to_step =
        idle ? std::none_of(plan.steps.begin(), plan.steps.end(), begins) : plan.steps.empty();
    if (nothing_to_break && nothing_to_step) {
        return;
    }
    customer::read_instances(subject.blob, live_);
    before_ = live_;
    fired_.clear();
    match_patterns(plan);
    let_wait(subject, at, cause, effects);
    break_strict(live_);
    for (const Match& match : matches_) {
        step_pattern(match, at, live_, effects);
    }
    if (live_ != before_) {
        customer::set_instances(subject.blob, live_);
        frame_.state_changed();
    }
    for (std::size_t i = 0; i < fired_.size(); ++i) {
        // Several instances of one pattern may end with one event: each firing has its own cause.
        fire(subject, fired_[i], at, hash_combine(cause, i), effects);
    }
}

void Fold::match_patterns(const program::KindPlan& plan) {
    matches_.clear();
    for (std::size_t i = 0; i < plan.steps.size();) {
        Match match{plan.steps[i].pattern, 0, 0};
        frame_.work_for({program::Definition::Section::Pattern, match.pattern});
        const std::size_t first = i;
        for (; i < plan.steps.size() && plan.steps[i].pattern == match.pattern; ++i) {
            const program::StepUse& use = plan.steps[i];
            if (!use.where || frame_.holds(*use.where)) {
                match.steps |= std::uint64_t{1} << use.step;
            }
        }
        if (match.steps != 0 && plan.steps[first].same) {
            const Value key = frame_.evaluate(*plan.steps[first].same);
            match.key = customer::hash_of(key);
            match.steps = key.null() ? 0 : match.steps;
        }
        if (match.steps != 0) {
            matches_.push_back(match);
        }
    }
}

void Fold::break_strict(std::vector<Instance>& live) const {
    for (const std::uint32_t number : program_.strict_patterns) {
        const Pattern& pattern = program_.patterns[number];
        const auto match = std::find_if(matches_.begin(), matches_.end(), [&](const Match& one) {
            return one.pattern == number;
        });
        std::erase_if(live, [&](const Instance& one) {
            const bool next =
                match != matches_.end() && one.key == match->key && matches(match->steps, one.step);
            return one.pattern == pattern.id && !pattern.steps[one.step].absent && !next;
        });
    }
}

void Fold::step_pattern(
    const Match& match, Timestamp at, std::vector<Instance>& live, Effects& effects
) {
    const Pattern& pattern = program_.patterns[match.pattern];
    const bool counting = pattern.steps[0].times > 1;
    bool used = false;
    bool begun = false;  // The first events of an instance are complete.
    for (std::size_t i = 0; i < live.size();) {
        Instance& instance = live[i];
        // What comes after the deadline does not count, although the deadline has not passed yet
        // where the sender's clock is ahead.
        if (instance.pattern != pattern.id || instance.key != match.key || at > instance.deadline ||
            !matches(match.steps, instance.step) || (begun && instance.step == 0)) {
            ++i;
            continue;
        }
        // The event that must not come ends the instance; the one waited for moves it on.
        const bool first = instance.step == 0;
        const bool broken = pattern.steps[instance.step].absent;
        const bool complete = !broken && count_step(pattern, instance, at);
        begun = begun || (first && (complete || instance.step > 0));
        used = used || !broken;
        if (complete) {
            fired_.push_back(match.pattern);
        }
        if (broken || complete) {
            live.erase(live.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
    if (begun) {
        settle_repetition(pattern, match.key, live);
    }
    if (begun || (used && !counting) || !matches(match.steps, 0)) {
        return;
    }
    if (pattern.steps.size() == 1 && !counting) {
        fired_.push_back(match.pattern);
    } else {
        effects.counts.instances_dropped += begin(pattern, match.key, at, live) ? 1 : 0;
    }
}

void Fold::let_wait(Subject subject, Timestamp at, std::uint64_t cause, Effects& effects) {
    std::erase_if(matches_, [&](const Match& match) {
        const Pattern& pattern = program_.patterns[match.pattern];
        if (pattern.lateness.count() == 0) {
            return false;
        }
        const Timestamp due = at + pattern.lateness;
        // What was due before that moment has been judged.
        if (due < subject.blob.advanced_to()) {
            ++effects.counts.out_of_order;
        } else if (!customer::wait(
                       subject.blob, {due, cause, pattern.id, match.steps, match.key}
                   )) {
            ++effects.counts.waiting_dropped;
        }
        return true;
    });
}

void Fold::judge_waiting(Subject subject, Timestamp due, Effects& effects) {
    customer::read_instances(subject.blob, live_);
    std::vector<std::pair<std::uint32_t, std::uint64_t>> fired;
    for (const customer::Waiting& one : customer::take_waiting(subject.blob, due)) {
        if (const auto number = program_.pattern_by_id(one.pattern)) {
            fired_.clear();
            // Such a pattern lives `lateness` behind: its instances and their deadlines too.
            step_pattern({*number, one.steps, one.key}, due, live_, effects);
            for (const std::uint32_t pattern : fired_) {
                fired.emplace_back(pattern, hash_combine(one.cause, fired.size()));
            }
        }
    }
    customer::set_instances(subject.blob, live_);
    frame_.state_changed();
    for (const auto& [pattern, cause] : fired) {
        fire(subject, pattern, due, cause, effects);
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
