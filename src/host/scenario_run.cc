#include "host/scenario_run.h"

#include <algorithm>

#include "base/hash.h"
#include "customer/attributes.h"
#include "customer/memberships.h"
#include "customer/sections.h"
#include "decisions/decision.h"
#include "engine/population.h"
#include "value/json.h"
#include "value/json_writer.h"

namespace attune::host {

namespace {

using program::Data;
using program::Expectation;
using program::Location;
using program::Scenario;
using program::ScenarioStep;

/// Whether `actual` is what the scenario wrote down: of a map the entries named, of everything else
/// the whole. What YAML can only write as text (durations, dates) is compared as text.
bool matches(const Value& expected, const Value& actual) {
    if (expected.is(Value::Kind::Context)) {
        const auto entries = expected.as_context();
        return actual.is(Value::Kind::Context) &&
               std::all_of(entries.begin(), entries.end(), [&](const Entry& entry) {
                   return matches(entry.value, actual.get(entry.key));
               });
    }
    if (expected.is(Value::Kind::List)) {
        const auto items = expected.as_list();
        return actual.is(Value::Kind::List) && std::equal(
                                                   items.begin(),
                                                   items.end(),
                                                   actual.as_list().begin(),
                                                   actual.as_list().end(),
                                                   matches
                                               );
    }
    if (expected.is(Value::Kind::String) && !actual.is(Value::Kind::String) && !actual.null()) {
        std::string quoted;
        json::write_string(expected.as_string(), quoted);
        return json::to_json(actual) == quoted;
    }
    return identical(expected, actual);
}

std::string quoted(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

class ScenarioRun {
public:
    ScenarioRun(const std::shared_ptr<const program::Program>& program, const Scenario& scenario)
        : population_(program, {}), scenario_(scenario), now_(scenario.start) {}

    std::vector<Mismatch> run() {
        for (const ScenarioStep& step : scenario_.steps) {
            run_step(step);
        }
        return std::move(mismatches_);
    }

private:
    void run_step(const ScenarioStep& step) {
        now_ = step.time ? *step.time : now_ + step.after.value_or(Duration(0));
        for (std::uint32_t i = 0; step.call && i < step.repeat; ++i) {
            now_ = i > 0 ? now_ + step.every : now_;
            send(step);
        }
        population_.advance_due(now_);
        collect();
        if (step.expect) {
            check(*step.expect);
        }
    }

    void send(const ScenarioStep& step) {
        std::string json = to_call_json(scenario_, step, now_, ++sequence_);
        const std::size_t bytes = json.size();
        json.append(schema::kPadding, '\0');
        population_.advance_due(now_);
        population_.apply_call(
            std::string_view(json).substr(0, bytes), {now_, std::nullopt, std::nullopt, {}}, now_
        );
        collect();
    }

    void collect() {
        engine::Effects& effects = population_.effects();
        std::move(effects.emails.begin(), effects.emails.end(), std::back_inserter(emails_));
        std::move(effects.messages.begin(), effects.messages.end(), std::back_inserter(messages_));
        std::move(effects.webhooks.begin(), effects.webhooks.end(), std::back_inserter(webhooks_));
        effects.clear_lists();
    }

    [[nodiscard]] std::optional<engine::Population::Found> find(
        const std::optional<program::Text>& user
    ) {
        using Kind = customer::Identifier::Kind;
        const std::string& id = user ? user->text : scenario_.customer.text;
        auto found = population_.find({Kind::UserId, id});
        found = found ? found : population_.find({Kind::AnonymousId, id});
        const auto named = found ? std::nullopt : population_.program().identity.parse(id);
        return named ? population_.find(named->view()) : found;
    }

    void mismatch(Location at, std::string what) { mismatches_.push_back({at, std::move(what)}); }

    void expect_value(const char* kind, const program::Expected& expected, const Value& actual) {
        Arena arena;
        const Value wanted = to_value(expected.second, arena);
        if (!matches(wanted, actual)) {
            mismatch(
                expected.first.at,
                std::string(kind) + " " + quoted(expected.first.text) + ": expected " +
                    json::to_json(wanted) + ", got " + json::to_json(actual)
            );
        }
    }

    template <typename List>
    void expect_counts(
        const char* kind,
        const std::vector<std::pair<program::Text, std::uint64_t>>& expected,
        const List& list,
        const std::vector<std::uint64_t>& counts
    ) {
        for (const auto& [name, wanted] : expected) {
            for (std::size_t i = 0; i < list.size(); ++i) {
                if (list[i].name == name.text && counts[i] != wanted) {
                    mismatch(
                        name.at,
                        std::string(kind) + " " + quoted(name.text) + ": expected " +
                            std::to_string(wanted) + " times, happened " + std::to_string(counts[i])
                    );
                }
            }
        }
    }

    void expect_number(
        const Expectation& expect,
        const char* what,
        std::optional<std::uint64_t> wanted,
        std::uint64_t actual
    ) {
        if (wanted && *wanted != actual) {
            mismatch(
                expect.at,
                std::string(what) + ": expected " + std::to_string(*wanted) + ", got " +
                    std::to_string(actual)
            );
        }
    }

    void check(const Expectation& expect) {
        const program::Program& program = population_.program();
        const engine::Counts& counts = population_.effects().counts;
        check_customer(expect);
        for (const program::ExpectedDecision& decision : expect.decisions) {
            check_decision(decision, decision.user ? decision.user : expect.user);
        }
        expect_counts("pattern", expect.patterns, program.patterns, counts.patterns);
        expect_counts("rule", expect.rules, program.rules, counts.rules);
        check_effects(expect);
        expect_number(expect, "quarantined", expect.quarantined, counts.quarantined);
        expect_number(expect, "duplicates", expect.duplicates, counts.duplicates);
    }

    void check_customer(const Expectation& expect) {
        const auto found = find(expect.user);
        if (!found) {
            if (!expect.features.empty() || !expect.traits.empty() || !expect.segments.empty()) {
                mismatch(
                    expect.at,
                    "there is no customer " +
                        quoted(expect.user ? expect.user->text : scenario_.customer.text)
                );
            }
            return;
        }
        const program::Program& program = population_.program();
        const customer::Blob& blob = found->shard->blob(found->place);
        program::Frame& frame = population_.fold().frame();
        frame.bind(found->shard->id(found->place), blob, now_);
        for (const program::Expected& feature : expect.features) {
            for (const program::Feature& known : program.features) {
                if (known.name == feature.first.text) {
                    expect_value("feature", feature, frame.value(known.slot));
                }
            }
        }
        const Value traits = frame.value(program::kTraitsSlot);
        for (const program::Expected& trait : expect.traits) {
            expect_value("trait", trait, traits.get(trait.first.text));
        }
        for (const auto& [name, wanted] : expect.segments) {
            const bool member = customer::is_member(blob, hash_bytes(name.text));
            if (member != wanted) {
                mismatch(
                    name.at,
                    "segment " + quoted(name.text) + ": the customer is " +
                        (member ? "in it" : "not in it")
                );
            }
        }
    }

    void check_decision(
        const program::ExpectedDecision& expected, const std::optional<program::Text>& user
    ) {
        using Kind = customer::Identifier::Kind;
        const program::Program& program = population_.program();
        const auto placement = program.placement(expected.placement.text);
        if (!placement) {
            return mismatch(
                expected.at, "there is no placement " + quoted(expected.placement.text)
            );
        }
        const std::string& id = user ? user->text : scenario_.customer.text;
        const auto known = find(user);
        const auto found = known ? *known : population_.find_or_add({Kind::UserId, id});
        program::Frame& frame = population_.fold().frame();
        Arena arena;
        frame.bind(found.shard->id(found.place), found.shard->blob(found.place), now_);
        frame.set(program::kContextSlot, to_value(expected.context, arena));
        const decisions::Decision decision =
            decisions::decide(frame, {*placement, hash_combine(++sequence_, 1), true});
        const std::string chosen = decision.offer ? program.offers[*decision.offer].name : "";
        const bool none = expected.offer && expected.offer->null();
        if (expected.offer && chosen != (none ? "" : expected.offer->text.text)) {
            mismatch(
                expected.at,
                "placement " + quoted(expected.placement.text) + ": expected " +
                    (none ? "no offer" : quoted(expected.offer->text.text)) + ", got " +
                    (chosen.empty() ? "none: " + decision.reason : quoted(chosen))
            );
        }
        const Value content = to_value(expected.content, arena);
        if (!content.null() && !matches(content, decision.content)) {
            mismatch(
                expected.at,
                "content: expected " + json::to_json(content) + ", got " +
                    json::to_json(decision.content)
            );
        }
        for (const auto& [offer, reason] : expected.rejected) {
            check_rejection(decision, offer, reason);
        }
        decisions::count(
            program,
            decision.placement,
            decision.offer,
            now_,
            found.shard->subject(found.place).blob
        );
    }

    void check_rejection(
        const decisions::Decision& decision, const program::Text& offer, const program::Text& reason
    ) {
        for (const decisions::Candidate& candidate : decision.candidates) {
            if (population_.program().offers[candidate.offer].name != offer.text) {
                continue;
            }
            if (candidate.outcome == decisions::Candidate::Outcome::Chosen) {
                mismatch(
                    offer.at,
                    "offer " + quoted(offer.text) +
                        ": expected to be turned down, but it was chosen"
                );
            } else if (candidate.reason.find(reason.text) == std::string::npos) {
                mismatch(
                    offer.at,
                    "offer " + quoted(offer.text) + ": expected a reason with " +
                        quoted(reason.text) + ", got " + quoted(candidate.reason)
                );
            }
            return;
        }
        mismatch(offer.at, "offer " + quoted(offer.text) + " is no candidate of the placement");
    }

    void check_effects(const Expectation& expect) {
        if (expect.messages) {
            std::vector<std::string> bodies;
            for (const engine::MessageEffect& message : messages_) {
                bodies.push_back(message.body);
            }
            check_list(expect.at, "messages", *expect.messages, bodies);
        }
        if (expect.emails) {
            std::vector<std::string> mails;
            for (const engine::EmailEffect& email : emails_) {
                json::ObjectWriter object(mails.emplace_back());
                object.text("campaign", population_.program().campaigns[email.campaign].name);
                object.text("to", email.to);
                object.text("subject", email.subject);
                object.text("text", email.text);
                object.text("html", email.html);
                object.close();
            }
            check_list(expect.at, "emails", *expect.emails, mails);
        }
        if (expect.webhooks) {
            std::vector<std::string> hooks;
            for (const engine::WebhookEffect& webhook : webhooks_) {
                json::ObjectWriter object(hooks.emplace_back());
                object.text("campaign", population_.program().campaigns[webhook.campaign].name);
                object.text("url", webhook.url);
                object.raw("body", webhook.body);
                object.close();
            }
            check_list(expect.at, "webhooks", *expect.webhooks, hooks);
        }
    }

    void check_list(
        Location at,
        const char* what,
        const std::vector<Data>& expected,
        const std::vector<std::string>& actual
    ) {
        if (expected.size() != actual.size()) {
            std::string got;
            for (const std::string& one : actual) {
                got += "\n    " + one;
            }
            mismatch(
                at,
                std::string(what) + ": expected " + std::to_string(expected.size()) + ", got " +
                    std::to_string(actual.size()) + got
            );
            return;
        }
        for (std::size_t i = 0; i < expected.size(); ++i) {
            Arena arena;
            const Result<Value> value = json::parse(actual[i], arena);
            const Value wanted = to_value(expected[i], arena);
            if (!value || !matches(wanted, value.value())) {
                mismatch(
                    at,
                    std::string(what) + "[" + std::to_string(i) + "]: expected " +
                        json::to_json(wanted) + ", got " + actual[i]
                );
            }
        }
    }

    engine::Population population_;
    const Scenario& scenario_;
    Timestamp now_;
    std::uint64_t sequence_ = 0;
    std::vector<engine::EmailEffect> emails_;
    std::vector<engine::MessageEffect> messages_;
    std::vector<engine::WebhookEffect> webhooks_;
    std::vector<Mismatch> mismatches_;
};

}  // namespace

std::vector<Mismatch> run_scenario(
    const std::shared_ptr<const program::Program>& program, const Scenario& scenario
) {
    return ScenarioRun(program, scenario).run();
}

}  // namespace attune::host
