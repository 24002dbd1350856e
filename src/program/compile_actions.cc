#include <algorithm>

#include "base/hash.h"
#include "customer/held.h"
#include "program/compiler.h"

// Offers, placements, campaigns and what campaigns do.

namespace attune::program {

namespace {

template <typename Compiled>
bool missing(const std::optional<Compiled>& compiled, bool wanted) {
    return wanted && !compiled.has_value();
}

bool reads_event(std::span<const feel::Slot> slots) {
    return std::any_of(slots.begin(), slots.end(), [](feel::Slot slot) {
        return slot == kEventSlot || slot == kPropertiesSlot || slot == kContextSlot;
    });
}

bool reads_event(const Action& action) {
    const auto reads = [](const auto& text) { return text && reads_event(text->slots()); };
    if (action.email) {
        return reads_event(action.email->to.slots()) ||
               reads_event(action.email->subject.slots()) || reads(action.email->text) ||
               reads(action.email->html);
    }
    if (action.message) {
        return reads(action.message->title) || reads(action.message->body) ||
               reads(action.message->content);
    }
    return action.webhook &&
           (reads_event(action.webhook->url.slots()) || reads(action.webhook->body));
}

}  // namespace

void ProgramCompiler::compile_offers() {
    for (const OfferSpec& spec : workspace_.offers) {
        std::optional<ContentTemplate> content =
            ContentTemplate::compile(spec.content, general_, diagnostics_);
        Offer offer;
        offer.name = spec.name.text;
        for (const Text& tag : spec.tags) {
            offer.tags.push_back(tag.text);
        }
        if (!spec.eligible.empty()) {
            offer.eligible = condition(spec.eligible, general_);
        }
        if (!spec.score.empty()) {
            offer.score = expression(spec.score, general_);
        }
        offer.priority = spec.priority;
        offer.valid_from = spec.valid_from;
        offer.valid_to = spec.valid_to;
        if (spec.limit) {
            offer.limit = limit("offer:" + spec.name.text, *spec.limit);
        }
        offer.consent = spec.consent.text;
        offer.table = table(spec.table);
        if (content) {
            offer.content = std::move(*content);
        }
        program_->offers.push_back(std::move(offer));
    }
}

void ProgramCompiler::compile_placements() {
    for (const PlacementSpec& spec : workspace_.placements) {
        Placement placement;
        placement.name = spec.name.text;
        placement.id = hash_bytes("placement:" + spec.name.text);
        placement.offers = spec.offers;
        placement.rank = spec.rank;
        if (spec.rank == Rank::Model) {
            diagnostics_.error(
                spec.model.at,
                "cannot rank placement \"" + spec.name.text + "\" by model \"" + spec.model.text +
                    "\": this build scores no models",
                "rank by `priority`, `score` or a table"
            );
        }
        placement.table = table(spec.table);
        placement.explore = spec.explore;
        placement.fallback = spec.fallback;
        if (spec.limit) {
            placement.limit = limit("placement:" + spec.name.text, *spec.limit);
        }
        placement.holdout = spec.holdout;
        placement.relaxed_commit = spec.relaxed_commit;
        program_->placements.push_back(std::move(placement));
    }
}

void ProgramCompiler::compile_experiments() {
    for (const ExperimentSpec& spec : workspace_.experiments) {
        const std::string& group = spec.group.text;
        Experiment experiment{
            spec.name.text,
            hash_bytes("experiment:" + spec.name.text),
            hash_bytes(group.empty() ? "alone:" + spec.name.text : "group:" + group),
            spec.from,
            spec.to,
            {}};
        double upto = 0;
        for (const auto& [variant, share] : spec.variants) {
            upto += share;
            experiment.variants.push_back({variant.text, upto});
        }
        program_->experiments.push_back(std::move(experiment));
    }
}

void ProgramCompiler::compile_campaigns() {
    for (const CampaignSpec& spec : workspace_.campaigns) {
        compile_campaign(spec);
    }
}

void ProgramCompiler::compile_campaign(const CampaignSpec& spec) {
    const auto number = static_cast<std::uint32_t>(program_->campaigns.size());
    Campaign campaign;
    campaign.name = spec.name.text;
    campaign.id = hash_bytes("campaign:" + spec.name.text);
    if (!spec.when.empty()) {
        campaign.when = condition(spec.when, general_);
    }
    campaign.consent = spec.consent.text;
    campaign.decide = spec.decide.kind;
    campaign.decide_index = spec.decide.index;
    campaign.table = table(spec.decide.table);
    if (spec.limit) {
        campaign.limit = limit("campaign:" + spec.name.text, *spec.limit);
    }
    campaign.holdout = spec.holdout;
    campaign.transactional = spec.transactional;
    for (const ActionSpec& action : spec.actions) {
        if (std::optional<Action> compiled = compile_action(action)) {
            campaign.actions.push_back(std::move(*compiled));
        }
    }
    if (spec.quiet_hours) {
        compile_quiet_hours(spec, campaign);
    }
    program_->campaigns.push_back(std::move(campaign));
    for (const Trigger& trigger : spec.on) {
        attach_campaign(trigger, number);
    }
}

void ProgramCompiler::compile_quiet_hours(const CampaignSpec& spec, Campaign& campaign) {
    const QuietHours& hours = *spec.quiet_hours;
    Quiet quiet{hours.from_minute, hours.to_minute, {}, hours.hold};
    if (!hours.zone.empty()) {
        quiet.zone = expression(hours.zone, general_);
    }
    campaign.quiet = std::move(quiet);
    if (!hours.hold) {
        return;
    }
    limit_bytes_max_ += customer::kHeldBytes;
    bool reads = campaign.when && reads_event(campaign.when->slots());
    for (const Action& action : campaign.actions) {
        reads = reads || reads_event(action);
    }
    if (reads) {
        diagnostics_.error(
            spec.name.at,
            "cannot hold campaign \"" + spec.name.text +
                "\" over quiet hours: it reads the event, which is gone when they end",
            "keep what it needs with a feature such as `last:`, or say `then: drop`"
        );
    }
}

void ProgramCompiler::compile_contact_limits() {
    const ContactLimits& spec = workspace_.settings.contact_limits;
    const std::array<std::pair<const char*, const std::optional<LimitSpec>*>, 4> channels{
        {{"email", &spec.email},
         {"message", &spec.message},
         {"webhook", &spec.webhook},
         {"any", &spec.any}}};
    for (std::size_t i = 0; i < channels.size(); ++i) {
        const auto& [name, wanted] = channels[i];
        if (*wanted) {
            program_->contact_limits[i] = limit("contact:" + std::string(name), **wanted);
            program_->limits_contact = true;
        }
    }
}

void ProgramCompiler::attach_campaign(const Trigger& trigger, std::uint32_t campaign) {
    const auto named = [&](auto& list) {
        return std::find_if(list.begin(), list.end(), [&](const auto& one) {
            return one.name == trigger.name.text;
        });
    };
    switch (trigger.kind) {
    case Trigger::Kind::Event:
        program_->kinds[program_->kind_of_name(trigger.name.text)].campaigns.push_back(campaign);
        return;
    case Trigger::Kind::Pattern:
        if (const auto pattern = named(program_->patterns); pattern != program_->patterns.end()) {
            pattern->campaigns.push_back(campaign);
        }
        return;
    case Trigger::Kind::Rule:
        if (const auto rule = named(program_->rules); rule != program_->rules.end()) {
            rule->campaigns.push_back(campaign);
        }
        return;
    case Trigger::Kind::SegmentEntered:
    case Trigger::Kind::SegmentLeft:
        if (const auto segment = named(program_->segments); segment != program_->segments.end()) {
            const bool entered = trigger.kind == Trigger::Kind::SegmentEntered;
            (entered ? segment->on_enter : segment->on_leave).push_back(campaign);
        }
        return;
    }
}

std::optional<Action> ProgramCompiler::compile_action(const ActionSpec& spec) {
    Action action;
    action.kind = spec.kind;
    switch (spec.kind) {
    case ActionSpec::Kind::Email:
        action.email = compile_email(spec);
        return action.email ? std::optional(std::move(action)) : std::nullopt;
    case ActionSpec::Kind::Message:
        action.message = compile_message(spec);
        return action.message ? std::optional(std::move(action)) : std::nullopt;
    case ActionSpec::Kind::Webhook:
        action.webhook = compile_webhook(spec);
        return action.webhook ? std::optional(std::move(action)) : std::nullopt;
    }
    return std::nullopt;
}

std::optional<EmailAction> ProgramCompiler::compile_email(const ActionSpec& spec) {
    const TemplateSpec& parts =
        spec.named_template ? workspace_.templates[*spec.named_template] : spec.own_template;
    std::optional<feel::Expression> to = expression(spec.to, general_);
    std::optional<Template> subject =
        Template::compile(parts.subject, Target::Header, general_, diagnostics_);
    std::optional<Template> text;
    std::optional<Template> html;
    if (!parts.text.empty()) {
        text = Template::compile(parts.text, Target::PlainText, general_, diagnostics_);
    }
    if (!parts.html.empty()) {
        html = Template::compile(parts.html, Target::Html, general_, diagnostics_);
    }
    if (!to || !subject || missing(text, !parts.text.empty()) ||
        missing(html, !parts.html.empty())) {
        return std::nullopt;
    }
    return EmailAction{std::move(*to), std::move(*subject), std::move(text), std::move(html)};
}

std::optional<MessageAction> ProgramCompiler::compile_message(const ActionSpec& spec) {
    const TemplateSpec& parts =
        spec.named_template ? workspace_.templates[*spec.named_template] : spec.own_template;
    MessageAction message;
    if (!parts.title.empty()) {
        message.title = Template::compile(parts.title, Target::PlainText, general_, diagnostics_);
    }
    if (!parts.body.empty()) {
        message.body = Template::compile(parts.body, Target::PlainText, general_, diagnostics_);
    }
    if (!parts.content.null()) {
        message.content = ContentTemplate::compile(parts.content, general_, diagnostics_);
    }
    if (missing(message.title, !parts.title.empty()) ||
        missing(message.body, !parts.body.empty()) ||
        missing(message.content, !parts.content.null())) {
        return std::nullopt;
    }
    return message;
}

std::optional<WebhookAction> ProgramCompiler::compile_webhook(const ActionSpec& spec) {
    std::optional<Template> url = Template::compile(spec.url, Target::Url, general_, diagnostics_);
    if (!url) {
        return std::nullopt;
    }
    const std::string& secret =
        spec.secret.empty() ? workspace_.settings.webhook_secret.text : spec.secret.text;
    WebhookAction webhook{std::move(*url), {}, std::nullopt, secret};
    for (const auto& [name, value] : spec.headers) {
        std::optional<Template> compiled =
            Template::compile(value, Target::Header, general_, diagnostics_);
        if (!compiled) {
            return std::nullopt;
        }
        webhook.headers.emplace_back(name.text, std::move(*compiled));
    }
    if (!spec.body.null()) {
        webhook.body = ContentTemplate::compile(spec.body, general_, diagnostics_);
        if (!webhook.body) {
            return std::nullopt;
        }
    }
    return webhook;
}

}  // namespace attune::program
