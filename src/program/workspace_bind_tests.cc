#include <array>

#include "program/workspace_bind.h"

// Scenarios.

namespace attune::program {

namespace {

/// 2026-01-01T00:00:00Z: a scenario's time does not depend on the day on which it runs.
constexpr Timestamp kStartDefault{1'767'225'600'000};

struct CallKey {
    std::string_view key;
    schema::Call call;
};
constexpr std::array<CallKey, 6> kCalls{{
    {"event", schema::Call::Track},
    {"identify", schema::Call::Identify},
    {"page", schema::Call::Page},
    {"screen", schema::Call::Screen},
    {"group", schema::Call::Group},
    {"alias", schema::Call::Alias},
}};

std::vector<std::pair<Text, std::uint64_t>> counts(const Fields& fields, std::string_view key) {
    std::vector<std::pair<Text, std::uint64_t>> all;
    if (const yaml::Node* node = fields.find(key)) {
        for (const auto& [name, value] : node->entries) {
            const std::int64_t count = parse_integer(value->text.text).value_or(0);
            all.emplace_back(name, static_cast<std::uint64_t>(count));
        }
    }
    return all;
}

std::vector<Expected> values(const Fields& fields, std::string_view key) {
    std::vector<Expected> all;
    if (const yaml::Node* node = fields.find(key)) {
        for (const auto& [name, value] : node->entries) {
            all.emplace_back(name, to_data(*value));
        }
    }
    return all;
}

std::optional<std::vector<Data>> list(const Fields& fields, std::string_view key) {
    if (!fields.has(key)) {
        return std::nullopt;
    }
    return fields.data(key).items;
}

std::optional<std::uint64_t> count(const Fields& fields, std::string_view key) {
    const std::optional<std::int64_t> number = fields.integer(key);
    return number ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
}

ExpectedDecision bind_decision(const Fields& fields) {
    ExpectedDecision expected;
    expected.at = fields.at();
    expected.placement = fields.text("placement");
    expected.user = fields.optional_text("user");
    if (fields.has("offer")) {
        expected.offer = fields.data("offer");
    }
    expected.content = fields.data("content");
    expected.context = fields.data("context");
    if (const yaml::Node* rejected = fields.find("rejected")) {
        for (const auto& [offer, reason] : rejected->entries) {
            expected.rejected.emplace_back(offer, reason->text);
        }
    }
    return expected;
}

Expectation bind_expectation(const Fields& fields) {
    Expectation expectation;
    expectation.at = fields.at();
    expectation.user = fields.optional_text("user");
    expectation.features = values(fields, "features");
    expectation.traits = values(fields, "traits");
    if (const yaml::Node* segments = fields.find("segments")) {
        for (const auto& [name, value] : segments->entries) {
            expectation.segments.emplace_back(name, value->text.text == "true");
        }
    }
    expectation.patterns = counts(fields, "patterns");
    expectation.rules = counts(fields, "rules");
    for (const yaml::Node* decision : fields.items("decisions")) {
        expectation.decisions.push_back(bind_decision(Fields(*decision)));
    }
    expectation.messages = list(fields, "messages");
    expectation.emails = list(fields, "emails");
    expectation.webhooks = list(fields, "webhooks");
    expectation.quarantined = count(fields, "quarantined");
    expectation.duplicates = count(fields, "duplicates");
    return expectation;
}

void bind_call(
    const Fields& fields, ScenarioStep& step, const std::string& subject, Binding& binding
) {
    for (const CallKey& entry : kCalls) {
        const yaml::Node* node = fields.find(entry.key);
        if (node == nullptr) {
            continue;
        }
        if (step.call) {
            binding.diagnostics.error(
                node->text.at, "cannot read a step of " + subject + ": it makes two calls at once"
            );
        }
        step.call = entry.call;
    }
    if (!step.call) {
        return;
    }
    switch (*step.call) {
    case schema::Call::Track:
        step.event = fields.text("event");
        break;
    case schema::Call::Identify:
        step.traits = fields.data("identify");
        break;
    case schema::Call::Page:
        step.event = fields.text("page");
        break;
    case schema::Call::Screen:
        step.event = fields.text("screen");
        break;
    case schema::Call::Group:
        step.group = fields.text("group");
        break;
    case schema::Call::Alias:
        step.previous = fields.text("alias");
        break;
    }
}

ScenarioStep bind_step(const Fields& fields, const std::string& subject, Binding& binding) {
    ScenarioStep step;
    step.at = fields.at();
    step.time = fields.moment("at");
    step.after = fields.duration("after");
    step.user = fields.optional_text("user");
    step.anonymous = fields.optional_text("anonymous");
    step.id = fields.text("id");
    step.properties = fields.data("properties");
    step.traits = fields.data("traits");
    step.context = fields.data("context");
    step.repeat = static_cast<std::uint32_t>(fields.integer("repeat").value_or(1));
    step.every = fields.duration("every").value_or(step.every);
    bind_call(fields, step, subject, binding);
    if (const yaml::Node* expect = fields.find("expect")) {
        step.expect = bind_expectation(Fields(*expect));
    }
    if (!step.call && fields.has("repeat")) {
        binding.diagnostics.error(
            step.at, "cannot read a step of " + subject + ": it has nothing to repeat"
        );
    }
    return step;
}

}  // namespace

Scenario bind_scenario(const Text& name, const yaml::Node& node, Binding& binding) {
    const Fields fields(node);
    Scenario scenario;
    scenario.name = name;
    scenario.customer = fields.optional_text("customer").value_or(scenario.customer);
    scenario.start = fields.moment("start").value_or(kStartDefault);
    const std::string subject = "test \"" + name.text + "\"";
    for (const yaml::Node* step : fields.items("steps")) {
        scenario.steps.push_back(bind_step(Fields(*step), subject, binding));
    }
    return scenario;
}

}  // namespace attune::program
