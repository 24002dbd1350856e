#include <algorithm>
#include <array>

#include "base/closest.h"
#include "program/workspace_bind.h"

// Segments, patterns, rules, offers and placements.

namespace attune::program {

namespace {

constexpr std::array<std::string_view, 5> kStepKeys{"not", "any of", "where", "times", "within"};

class PatternBinder {
public:
    PatternBinder(const Text& name, Binding& binding) : name_(name), binding_(binding) {}

    PatternSpec bind(const Fields& fields);

private:
    void error(Location at, const std::string& why, std::string hint = {}) {
        binding_.diagnostics.error(
            at, "cannot read pattern \"" + name_.text + "\": " + why, std::move(hint)
        );
    }
    StepSpec bind_step(const Fields& fields);
    void bind_on_repeat(const Text& text, PatternSpec& spec);
    void bind_order(const Fields& fields, PatternSpec& spec);
    void check(const PatternSpec& spec);

    const Text& name_;
    Binding& binding_;
};

StepSpec PatternBinder::bind_step(const Fields& fields) {
    StepSpec step;
    step.at = fields.at();
    step.where = fields.text("where");
    step.within = fields.duration("within");
    step.absent = fields.has("not");
    step.times = static_cast<std::uint32_t>(fields.integer("times").value_or(1));
    if (step.absent && step.times > 1) {
        error(step.at, "an absence is of every event: it has no `times`");
    }
    step.events = fields.texts(step.absent ? "not" : "any of");
    std::size_t specifiers = (step.absent ? 1U : 0U) + (fields.has("any of") ? 1U : 0U);
    for (const auto& [key, node] : fields.node().entries) {
        if (std::find(kStepKeys.begin(), kStepKeys.end(), key.text) != kStepKeys.end()) {
            continue;
        }
        step.name = key;
        step.events = fields.texts(key.text);
        if (++specifiers > 1) {
            const std::string_view near = closest(key.text, kStepKeys);
            error(
                key.at,
                "a step says once which event it waits for, and \"" + key.text + "\" is the second",
                near.empty() ? "" : "did you mean \"" + std::string(near) + "\"?"
            );
        }
    }
    if (specifiers == 0) {
        error(step.at, "a step needs an event: {NAME: Event}, {any of: [A, B]} or {not: Event}");
    }
    return step;
}

void PatternBinder::bind_on_repeat(const Text& text, PatternSpec& spec) {
    if (text.empty() || text.text == "restart") {
        return;
    }
    if (text.text == "ignore") {
        spec.on_repeat = OnRepeat::Ignore;
        return;
    }
    const std::optional<std::uint32_t> parallel = parse_parallel(text.text);
    if (!parallel) {
        error(
            text.at,
            R"("on_repeat" must be ignore, restart or `parallel up to N`, got ")" + text.text + "\""
        );
        return;
    }
    spec.on_repeat = OnRepeat::Parallel;
    spec.parallel_max = *parallel;
}

void PatternBinder::check(const PatternSpec& spec) {
    constexpr std::size_t kStepsMax = 32;
    if (spec.steps.size() > kStepsMax) {
        error(name_.at, "it has more than " + std::to_string(kStepsMax) + " steps");
    }
    if (spec.steps.empty()) {
        error(name_.at, "its sequence is empty");
        return;
    }
    if (spec.steps.front().absent) {
        error(spec.steps.front().at, "the first step cannot be an absence: nothing would begin it");
    }
    for (std::size_t i = 0; i < spec.steps.size(); ++i) {
        const StepSpec& step = spec.steps[i];
        const bool last = i + 1 == spec.steps.size();
        if (step.absent && !step.within && (last ? !spec.within : true)) {
            error(
                step.at,
                "an absence needs `within`: how long to wait",
                "as in {not: Order Completed, within: 30m}"
            );
        }
    }
    const bool timed =
        std::all_of(spec.steps.begin() + 1, spec.steps.end(), [](const StepSpec& step) {
            return step.within.has_value();
        });
    const StepSpec& first = spec.steps.front();
    const bool begun_for_ever = first.times > 1 && !first.within;
    if ((spec.steps.size() > 1 && !spec.within && !timed) || (begun_for_ever && !spec.within)) {
        error(
            name_.at,
            "it could wait for ever",
            begun_for_ever ? "give the pattern or its first step `within`"
                           : "give the pattern `within`, or each step after the first"
        );
    }
}

void PatternBinder::bind_order(const Fields& fields, PatternSpec& spec) {
    // A day covers a phone that was in a plane; what waits longer costs more than it is worth.
    constexpr Duration kLatenessMax(std::int64_t{24} * 3600 * 1000);
    const bool ordered = fields.text("judged").text == "ordered";
    const std::optional<Duration> lateness = fields.duration("lateness");
    if (ordered != lateness.has_value()) {
        error(
            fields.at(),
            ordered ? "it is judged `ordered`, so it needs `lateness`: how late an event may be"
                    : "`lateness` is for patterns that are judged `ordered`"
        );
        return;
    }
    if (ordered && (lateness->count() <= 0 || *lateness > kLatenessMax)) {
        error(fields.at(), "its lateness must be more than nothing and at most 1d");
    }
    if (ordered && spec.strict) {
        error(fields.at(), "a strict pattern is judged in the order of arrival only");
    }
    spec.lateness = lateness;
}

PatternSpec PatternBinder::bind(const Fields& fields) {
    PatternSpec spec;
    spec.name = name_;
    spec.description = fields.text("description");
    spec.within = fields.duration("within");
    for (const yaml::Node* step : fields.items("sequence")) {
        spec.steps.push_back(bind_step(Fields(*step)));
    }
    bind_on_repeat(fields.text("on_repeat"), spec);
    spec.same = fields.text("same");
    spec.strict = fields.boolean("strict").value_or(false);
    bind_order(fields, spec);
    if (fields.has("sequence")) {
        check(spec);
    }
    return spec;
}

Rank rank_of(std::string_view text) {
    return text == "score" ? Rank::Score : Rank::Priority;
}

void bind_rank(const Fields& fields, PlacementSpec& spec, Binding& binding) {
    const yaml::Node* node = fields.find("rank");
    if (node == nullptr) {
        return;
    }
    if (node->kind == yaml::Node::Kind::Scalar) {
        spec.rank = rank_of(node->text.text);
        return;
    }
    const Fields rank(*node);
    spec.model = rank.text("model");
    spec.table = bind_decision_ref(rank.text("table"), binding);
    spec.rank = rank.has("model") ? Rank::Model : Rank::Table;
    spec.rank_fallback = rank_of(rank.text("fallback").text);
    spec.explore = rank.share("explore").value_or(spec.explore);
}

}  // namespace

DecisionRef bind_decision_ref(const Text& text, Binding& binding) {
    constexpr std::string_view kEnding = ".dmn#";
    const std::size_t found = text.text.find(kEnding);
    if (text.empty()) {
        return {};
    }
    if (found == std::string::npos || found + kEnding.size() == text.text.size()) {
        binding.diagnostics.error(
            text.at, "cannot find decision \"" + text.text + "\": write it as file.dmn#Decision"
        );
        return {};
    }
    const std::size_t path_end = found + kEnding.size() - 1;
    DecisionRef ref{
        {text.text.substr(0, path_end), text.at}, {text.text.substr(path_end + 1), text.at}};
    const FileText* const model = binding.read_file(ref.file);
    if (model == nullptr) {
        return {};
    }
    // Imports name a namespace, not a file: any model of the folder may be meant.
    if (model->text.find("import") != std::string::npos) {
        for (const std::string& each : binding.beside(ref.file.text, ".dmn")) {
            binding.read_file({each, text.at});
        }
    }
    return ref;
}

SegmentSpec bind_segment(const Text& name, const yaml::Node& node) {
    if (node.kind == yaml::Node::Kind::Scalar) {
        return {name, {}, node.text, std::nullopt};
    }
    const Fields fields(node);
    return {name, fields.text("description"), fields.text("when"), fields.duration("for at least")};
}

PatternSpec bind_pattern(const Text& name, const yaml::Node& node, Binding& binding) {
    return PatternBinder(name, binding).bind(Fields(node));
}

RuleSpec bind_rule(const Text& name, const yaml::Node& node, Binding& binding) {
    if (node.kind == yaml::Node::Kind::Scalar) {
        return {name, {}, {}, node.text};
    }
    const Fields fields(node);
    if (!fields.has("on") && !fields.has("when")) {
        binding.diagnostics.error(
            node.text.at, "cannot read rule \"" + name.text + "\": it needs `on`, `when` or both"
        );
    }
    return {name, fields.text("description"), fields.texts("on"), fields.text("when")};
}

OfferSpec bind_offer(const Text& name, const yaml::Node& node, Binding& binding) {
    const Fields fields(node);
    OfferSpec spec;
    spec.name = name;
    spec.description = fields.text("description");
    spec.tags = fields.texts("tags");
    spec.content = fields.data("content");
    spec.eligible = fields.text("eligible");
    spec.priority = fields.number("priority").value_or(0);
    spec.score = fields.text("score");
    spec.limit = fields.limit("limit");
    spec.consent = fields.text("consent");
    spec.table = bind_decision_ref(fields.text("table"), binding);
    if (const yaml::Node* valid = fields.find("valid")) {
        const Fields times(*valid);
        spec.valid_from = times.moment("from");
        spec.valid_to = times.moment("to");
        if (spec.valid_from && spec.valid_to && *spec.valid_from >= *spec.valid_to) {
            binding.diagnostics.error(
                valid->text.at,
                "cannot read offer \"" + name.text +
                    "\": it is never valid, as it ends before it begins"
            );
        }
    }
    return spec;
}

ExperimentSpec bind_experiment(const Text& name, const yaml::Node& node, Binding& binding) {
    const Fields fields(node);
    ExperimentSpec spec;
    spec.name = name;
    spec.description = fields.text("description");
    spec.group = fields.text("group");
    spec.from = fields.share("from").value_or(0);
    spec.to = spec.from + fields.share("share").value_or(1 - spec.from);
    // Shares are decimal fractions, whose sums may miss 1 by a rounding.
    constexpr double kRounding = 1e-9;
    const auto refuse = [&](Location at, const std::string& why, const std::string& hint) {
        binding.diagnostics.error(at, "cannot read experiment \"" + name.text + "\": " + why, hint);
    };
    if (spec.to > 1 + kRounding) {
        refuse(
            node.text.at,
            "its part of the customers ends beyond 100 %",
            "`from` and `share` together may be 100 %"
        );
    }
    const yaml::Node* variants = fields.find("variants");
    double sum = 0;
    for (const auto& [variant, share] : variants->entries) {
        spec.variants.emplace_back(variant, parse_share(share->text.text).value_or(0));
        sum += spec.variants.back().second;
    }
    if (spec.variants.size() < 2) {
        refuse(variants->text.at, "there is nothing to compare with fewer than two variants", "");
    } else if (sum < 1 - kRounding || sum > 1 + kRounding) {
        refuse(variants->text.at, "the shares of its variants do not add up to 100 %", "");
    }
    return spec;
}

PlacementSpec bind_placement(const Text& name, const yaml::Node& node, Binding& binding) {
    const Fields fields(node);
    PlacementSpec spec;
    spec.name = name;
    spec.description = fields.text("description");
    spec.offers_text = fields.text("offers");
    spec.explore = fields.share("explore").value_or(0);
    spec.limit = fields.limit("limit");
    spec.holdout = fields.share("holdout").value_or(0);
    spec.relaxed_commit = fields.text("commit").text == "relaxed";
    bind_rank(fields, spec, binding);
    return spec;
}

}  // namespace attune::program
