#include <algorithm>
#include <regex>

#include "base/hash.h"
#include "feel/temporal.h"
#include "program/compiler.h"

// Segments, patterns and rules.

namespace attune::program {

namespace {

/// The spans written in an expression, as duration("P14D") or @"P14D". An age can only change a
/// condition when it passes one of them.
std::vector<Duration> spans_in(const std::string& text) {
    static const std::regex kLiteral(R"re((?:duration\(\s*|@)"(-?P[^"]*)")re");
    std::vector<Duration> spans;
    for (std::sregex_iterator at(text.begin(), text.end(), kLiteral), end; at != end; ++at) {
        const std::string literal = (*at)[1].str();
        const std::optional<DaysTimeDuration> span = feel::parse_days_time(literal);
        if (span && span->seconds >= 0) {
            spans.emplace_back(span->seconds * 1000);
        }
    }
    return spans;
}

/// Whether a feature's value can change although nothing happens, at moments that it can tell.
bool changes_by_time(const customer::FeatureShape& shape) {
    return shape.tile.count() > 0 || shape.calendar != customer::Calendar::None ||
           shape.gap.count() > 0 || (shape.exact && shape.window.count() > 0);
}

bool reads(const feel::Expression& expression, feel::Slot slot) {
    return std::binary_search(expression.slots().begin(), expression.slots().end(), slot);
}

std::uint64_t definition_of(const PatternSpec& spec) {
    std::uint64_t hash =
        hash_combine(hash_bytes(spec.name.text), static_cast<std::uint64_t>(spec.on_repeat));
    const auto mix = [&hash](std::uint64_t word) { hash = hash_combine(hash, word); };
    mix(spec.parallel_max);
    mix(static_cast<std::uint64_t>(spec.within.value_or(Duration(0)).count()));
    if (!spec.same.empty() || spec.strict) {
        mix(hash_bytes("same " + spec.same.text) + (spec.strict ? 1 : 0));
    }
    if (spec.lateness) {
        mix(hash_bytes("ordered") + static_cast<std::uint64_t>(spec.lateness->count()));
    }
    for (const StepSpec& step : spec.steps) {
        if (step.times > 1) {
            mix(hash_bytes("times") + step.times);
        }
        mix(step.absent ? 1 : 0);
        mix(static_cast<std::uint64_t>(step.within.value_or(Duration(0)).count()));
        mix(hash_bytes(step.where.text));
        for (const Text& event : step.events) {
            mix(hash_bytes(event.text));
        }
    }
    return hash;
}

}  // namespace

void ProgramCompiler::compile_segments() {
    for (const SegmentSpec& spec : workspace_.segments) {
        std::optional<feel::Expression> when = condition(spec.when, general_);
        if (!when) {
            continue;
        }
        const auto forbid = [&](feel::Slot slot, const char* name) {
            if (reads(*when, slot)) {
                diagnostics_.error_in(
                    spec.when,
                    0,
                    spec.when.text.size(),
                    "cannot use `" + std::string(name) + "` in segment \"" + spec.name.text +
                        "\": it is about the customer, not about one event",
                    "count the event with a feature and ask for that"
                );
            }
        };
        forbid(kEventSlot, "event");
        forbid(kPropertiesSlot, "properties");
        forbid(kContextSlot, "context");
        Segment segment{
            spec.name.text,
            hash_bytes(spec.name.text),
            hash_bytes(spec.name.text + "\npending"),
            *when,
            spec.for_at_least.value_or(Duration(0)),
            {},
            {},
            spans_in(spec.when.text),
            {},
            {}};
        for (std::uint32_t i = 0; i < program_->features.size(); ++i) {
            const Feature& feature = program_->features[i];
            if (!reads(*when, feature.slot)) {
                continue;
            }
            const auto note = [&](std::uint32_t number) {
                const customer::FeatureShape& shape = program_->features[number].shape;
                if (shape.aggregate == customer::Aggregate::Since) {
                    segment.since_features.push_back(number);
                } else if (changes_by_time(shape)) {
                    segment.windowed_features.push_back(number);
                }
            };
            if (feature.ratio) {
                note(feature.numerator);
                note(feature.denominator);
            } else {
                note(i);
            }
        }
        program_->segments.push_back(std::move(segment));
    }
}

void ProgramCompiler::compile_patterns() {
    for (const PatternSpec& spec : workspace_.patterns) {
        compile_pattern(spec);
    }
}

void ProgramCompiler::compile_pattern(const PatternSpec& spec) {
    const auto number = static_cast<std::uint32_t>(program_->patterns.size());
    Pattern pattern;
    pattern.name = spec.name.text;
    pattern.id = definition_of(spec);
    pattern.within = spec.within.value_or(Duration(0));
    pattern.on_repeat = spec.on_repeat;
    pattern.same = !spec.same.empty();
    pattern.strict = spec.strict;
    pattern.lateness = spec.lateness.value_or(Duration(0));
    pattern.parallel_max =
        spec.on_repeat == OnRepeat::Parallel ? std::max(1U, spec.parallel_max) : 1;
    const std::uint32_t of_one_key =
        pattern.parallel_max + (spec.steps.empty() ? 0 : spec.steps.front().times - 1);
    // Keys share what there is room for; the instance that began first gives way.
    pattern.instances_max =
        pattern.same ? std::max(of_one_key, workspace_.settings.limits.pattern_instances_max)
                     : of_one_key;
    if (of_one_key > workspace_.settings.limits.pattern_instances_max) {
        diagnostics_.error(
            spec.name.at,
            "cannot run " + std::to_string(of_one_key) + " instances of pattern \"" +
                spec.name.text + "\" for one customer: limits.pattern_instances_max is " +
                std::to_string(workspace_.settings.limits.pattern_instances_max)
        );
    }
    for (std::size_t i = 0; i < spec.steps.size(); ++i) {
        const StepSpec& step = spec.steps[i];
        pattern.steps.push_back(
            {step.name.text,
             step.absent,
             step.within.value_or(Duration(0)),
             static_cast<std::uint8_t>(step.times)}
        );
        for (const Kind kind : kinds_of(step.events)) {
            StepUse use{number, static_cast<std::uint8_t>(i), {}, {}};
            if (pattern.same) {
                use.same = expression(spec.same, *by_kind_[kind]);
                if (!use.same) {
                    break;
                }
            }
            if (!step.where.empty()) {
                use.where = condition(step.where, *by_kind_[kind]);
                if (!use.where) {
                    break;
                }
                if (use.where->constant() && !use.where->constant()->is_true()) {
                    continue;
                }
            }
            program_->kinds[kind].steps.push_back(std::move(use));
        }
    }
    program_->patterns_by_id_[pattern.id] = number;
    if (pattern.strict) {
        program_->strict_patterns.push_back(number);
    }
    program_->patterns.push_back(std::move(pattern));
}

void ProgramCompiler::compile_rules() {
    for (const RuleSpec& spec : workspace_.rules) {
        const auto number = static_cast<std::uint32_t>(program_->rules.size());
        program_->rules.push_back({spec.name.text, {}});
        for (const Kind kind : kinds_of(spec.on)) {
            std::optional<feel::Expression> when = condition(spec.when, *by_kind_[kind]);
            if (!when) {
                break;
            }
            // `event = "X" and …` folds to false for every other kind, and costs nothing there.
            if (!when->constant() || when->constant()->is_true()) {
                program_->kinds[kind].rules.push_back({number, *when});
            }
        }
    }
}

}  // namespace attune::program
