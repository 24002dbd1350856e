#include <algorithm>

#include "base/hash.h"
#include "customer/held.h"
#include "customer/inbox.h"
#include "engine/effect_text.h"
#include "engine/fold.h"
#include "feel/zones.h"
#include "program/experiment.h"
#include "program/table.h"
#include "value/json.h"

// Campaigns: condition, limits, decision, then actions, rendered here so that whoever delivers
// needs no state.

namespace attune::engine {

namespace {

/// What templates see as `offer`.
Value offer_context(
    const program::Offer& offer, const Value& content, Decimal score, Arena& arena
) {
    const std::span<Entry> entries = arena.array<Entry>(3);
    entries[0] = {"name", Value::string(offer.name)};
    entries[1] = {"content", content};
    entries[2] = {"score", Value::number(score, arena)};
    return Value::context(entries);
}

std::string text_of(const Value& value) {
    return value.is(Value::Kind::String) ? std::string(value.as_string()) : "";
}

}  // namespace

void Fold::run_campaigns(
    Subject subject,
    const std::vector<std::uint32_t>& campaigns,
    std::uint64_t cause,
    Effects& effects
) {
    for (const std::uint32_t campaign : campaigns) {
        run_campaign(subject, campaign, cause, effects);
    }
}

void Fold::run_campaign(
    Subject subject, std::uint32_t number, std::uint64_t cause, Effects& effects
) {
    const program::Campaign& campaign = program_.campaigns[number];
    const program::Definition self{program::Definition::Section::Campaign, number};
    frame_.work_for(self);
    if (!campaign.consent.empty() &&
        !frame_.value(program::kConsentSlot).get(campaign.consent).is_true()) {
        return;
    }
    if (campaign.limit && !customer::allowed(subject.blob, *campaign.limit, frame_.at())) {
        return;
    }
    if (campaign.when && !frame_.holds(*campaign.when)) {
        return;
    }
    if (campaign.holdout > 0 &&
        program::draw(hash_combine(subject.id, campaign.id)) < campaign.holdout) {
        ++effects.counts.held_out;
        return;
    }
    if (campaign.quiet) {
        if (const auto until = quiet_until(*campaign.quiet)) {
            ++(campaign.quiet->hold ? effects.counts.held : effects.counts.quiet_dropped);
            if (campaign.quiet->hold) {
                customer::hold(subject.blob, {campaign.id, cause, *until});
            }
            return;
        }
    }
    const auto allowed = [&](const program::Action& action) {
        return contact_allowed(subject, action.kind);
    };
    if (program_.limits_contact && !campaign.transactional &&
        std::none_of(campaign.actions.begin(), campaign.actions.end(), allowed)) {
        effects.counts.capped += campaign.actions.size();
        return;
    }
    const std::uint64_t run = hash_combine(hash_combine(subject.id, campaign.id), cause);
    if (!choose_offer(subject, campaign, run, effects)) {
        return;
    }
    frame_.work_for(self);  // Offers were judged in between.
    if (campaign.limit) {
        customer::use(subject.blob, *campaign.limit, frame_.at());
    }
    ++effects.counts.campaigns[number];
    run_actions(subject, number, run, effects);
    frame_.state_changed();
}

bool Fold::contact_allowed(Subject subject, program::ActionSpec::Kind channel) const {
    const auto& of_channel = program_.contact_limits[static_cast<std::size_t>(channel)];
    const auto& of_any = program_.contact_limits.back();
    return (!of_channel || customer::allowed(subject.blob, *of_channel, frame_.at())) &&
           (!of_any || customer::allowed(subject.blob, *of_any, frame_.at()));
}

void Fold::run_actions(Subject subject, std::uint32_t number, std::uint64_t run, Effects& effects) {
    const program::Campaign& campaign = program_.campaigns[number];
    const bool limited = program_.limits_contact && !campaign.transactional;
    for (std::size_t i = 0; i < campaign.actions.size(); ++i) {
        const program::Action& action = campaign.actions[i];
        if (limited && !contact_allowed(subject, action.kind)) {
            ++effects.counts.capped;
            continue;
        }
        if (!act(subject, number, action, hash_combine(run, i), effects) || !limited) {
            continue;
        }
        for (const std::size_t limit :
             {static_cast<std::size_t>(action.kind), program_.contact_limits.size() - 1}) {
            if (program_.contact_limits[limit]) {
                customer::use(subject.blob, *program_.contact_limits[limit], frame_.at());
            }
        }
    }
}

std::optional<Timestamp> Fold::quiet_until(const program::Quiet& quiet) {
    constexpr std::int64_t kMinuteMs = 60'000;
    constexpr std::int64_t kDayMinutes = 1'440;
    const std::string name = quiet.zone ? text_of(frame_.evaluate(*quiet.zone)) : "";
    const bool own = feel::zone_exists(name);
    const auto offset_ms = [&](std::int64_t utc_ms) {
        return own ? std::int64_t{feel::zone_offset_at(name, utc_ms / 1'000)} * 1'000
                   : program_.zone->offset_at(utc_ms);
    };
    const std::int64_t now = frame_.at().ms();
    const std::int64_t local_minutes = (now + offset_ms(now)) / kMinuteMs;
    const std::int64_t minute = local_minutes % kDayMinutes;
    const bool over_midnight = quiet.from_minute > quiet.to_minute;
    const bool after = minute >= quiet.from_minute;
    const bool before = minute < quiet.to_minute;
    if (!(over_midnight ? after || before : after && before)) {
        return std::nullopt;
    }
    const std::int64_t left = (quiet.to_minute - minute + kDayMinutes) % kDayMinutes;
    const std::int64_t local_end = (local_minutes + left) * kMinuteMs;
    // Clocks may change in the night: the end is told by the offset that holds then.
    return Timestamp(local_end - offset_ms(local_end - offset_ms(now)));
}

void Fold::release_held(Subject subject, Timestamp at, Effects& effects) {
    for (const customer::Held& one : customer::take_held(subject.blob, at)) {
        frame_.state_changed();
        for (std::uint32_t i = 0; i < program_.campaigns.size(); ++i) {
            if (program_.campaigns[i].id == one.campaign) {
                run_campaign(subject, i, one.cause, effects);
            }
        }
    }
}

bool Fold::choose_offer(
    Subject subject, const program::Campaign& campaign, std::uint64_t run, Effects& effects
) {
    using Ask = program::CampaignDecision::Kind;
    frame_.set(program::kOfferSlot, Value());
    frame_.set(program::kTableSlot, Value());
    if (campaign.decide == Ask::None) {
        return true;
    }
    if (campaign.decide == Ask::Table) {
        const Value answer = campaign.table->evaluate(frame_);
        frame_.set(program::kTableSlot, answer);
        return !answer.null() && !answer.is_false();
    }
    if (campaign.decide == Ask::Offer) {
        const decisions::Candidate candidate =
            decisions::judge(frame_, campaign.decide_index, false);
        if (candidate.outcome == decisions::Candidate::Outcome::Rejected) {
            return false;
        }
        const program::Offer& offer = program_.offers[candidate.offer];
        const Value content = decisions::render_content(frame_, candidate);
        frame_.set(
            program::kOfferSlot, offer_context(offer, content, candidate.score, frame_.arena())
        );
        if (offer.limit) {
            customer::use(subject.blob, *offer.limit, frame_.at());
        }
        return true;
    }
    const decisions::Decision decision =
        decisions::decide(frame_, {campaign.decide_index, run, true});
    effects.decisions.push_back(decisions::to_json(program_, decision, true));
    if (!decision.offer) {
        return false;
    }
    decisions::count(program_, decision.placement, decision.offer, frame_.at(), subject.blob);
    frame_.set(
        program::kOfferSlot,
        offer_context(
            program_.offers[*decision.offer], decision.content, decision.score, frame_.arena()
        )
    );
    return true;
}

std::string Fold::render(const program::Template& text) {
    frame_.fill(text.slots());
    std::string out;
    text.render(frame_.evaluation(), out);
    return out;
}

bool Fold::act(
    Subject subject,
    std::uint32_t campaign,
    const program::Action& action,
    std::uint64_t id,
    Effects& effects
) {
    if (action.message) {
        return send_message(subject, campaign, *action.message, id, effects);
    }
    if (action.email) {
        const std::string to = text_of(frame_.evaluate(action.email->to));
        if (to.empty()) {
            return false;  // Nobody to write to: the customer has no address.
        }
        EmailEffect email{
            id, subject.id, campaign, frame_.at(), to, render(action.email->subject), "", ""};
        email.text = action.email->text ? render(*action.email->text) : "";
        email.html = action.email->html ? render(*action.email->html) : "";
        effects.emails.push_back(std::move(email));
        return true;
    }
    const program::WebhookAction& webhook = *action.webhook;
    WebhookEffect effect{
        id, subject.id, campaign, frame_.at(), render(webhook.url), {}, "{}", webhook.secret};
    for (const auto& [name, value] : webhook.headers) {
        effect.headers.emplace_back(name, render(value));
    }
    if (webhook.body) {
        frame_.fill(webhook.body->slots());
        effect.body = json::to_json(webhook.body->render(frame_.evaluation()));
    }
    effects.webhooks.push_back(std::move(effect));
    return true;
}

bool Fold::send_message(
    Subject subject,
    std::uint32_t campaign,
    const program::MessageAction& action,
    std::uint64_t id,
    Effects& effects
) {
    std::string body = R"({"id":")" + effect_text(id) + R"(","campaign":)";
    json::write_string(program_.campaigns[campaign].name, body);
    const auto member = [&](std::string_view key, const std::optional<program::Template>& text) {
        body += ",\"" + std::string(key) + "\":";
        json::write_string(text ? render(*text) : "", body);
    };
    member("title", action.title);
    member("body", action.body);
    body += R"(,"content":)";
    if (action.content) {
        frame_.fill(action.content->slots());
        json::write(action.content->render(frame_.evaluation()), body);
    } else {
        body += "{}";
    }
    body += R"(,"sentAt":")" + to_string(frame_.at()) + "\"}";
    if (const auto sequence = customer::add_message(subject.blob, id, frame_.at(), body)) {
        effects.messages.push_back(
            {id, subject.id, campaign, *sequence, frame_.at(), std::move(body)}
        );
        return true;
    }
    return false;
}

}  // namespace attune::engine
