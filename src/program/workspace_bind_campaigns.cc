#include "program/workspace_bind.h"

// Campaigns with their actions, and templates.

namespace attune::program {

namespace {

constexpr std::string_view kEntered = "entered ";
constexpr std::string_view kLeft = "left ";

/// A text of a template, written in place or in a file.
Text text_or_file(
    const Fields& fields, std::string_view key, const std::string& subject, Binding& binding
) {
    const std::string file_key = std::string(key) + "_file";
    const Text path = fields.text(file_key);
    if (path.empty()) {
        return fields.text(key);
    }
    if (fields.has(key)) {
        binding.diagnostics.error(
            path.at,
            "cannot read " + subject + ": it has both `" + std::string(key) + "` and `" + file_key +
                "`"
        );
    }
    const FileText* file = binding.read_file(path);
    return file == nullptr ? Text{} : Text{file->text, {binding.source_of(*file), 1, 1}};
}

/// The members that make something an e-mail or a message.
void bind_parts(
    const Fields& fields, TemplateSpec& spec, const std::string& subject, Binding& binding
) {
    spec.subject = fields.text("subject");
    spec.text = text_or_file(fields, "text", subject, binding);
    spec.html = text_or_file(fields, "html", subject, binding);
    spec.title = fields.text("title");
    spec.body = fields.text("body");
    spec.content = fields.data("content");
}

void check_parts(
    const TemplateSpec& spec, Location at, const std::string& subject, Binding& binding
) {
    const bool email = spec.kind == TemplateSpec::Kind::Email;
    if (email && spec.subject.empty()) {
        binding.diagnostics.error(at, "cannot read " + subject + ": an e-mail needs a subject");
    }
    if (email && spec.text.empty() && spec.html.empty()) {
        binding.diagnostics.error(
            at, "cannot read " + subject + ": an e-mail needs text, html or both"
        );
    }
    if (!email && spec.title.empty() && spec.body.empty() && spec.content.null()) {
        binding.diagnostics.error(
            at, "cannot read " + subject + ": a message needs a title, a body or content"
        );
    }
}

Trigger bind_trigger(const Text& text) {
    // Whether a bare name is an event, a pattern or a rule is known once all names are.
    if (text.text.starts_with(kEntered)) {
        return {Trigger::Kind::SegmentEntered, {text.text.substr(kEntered.size()), text.at}};
    }
    if (text.text.starts_with(kLeft)) {
        return {Trigger::Kind::SegmentLeft, {text.text.substr(kLeft.size()), text.at}};
    }
    return {Trigger::Kind::Event, text};
}

ActionSpec bind_action(const yaml::Node& node, const std::string& subject, Binding& binding) {
    ActionSpec action;
    action.at = node.text.at;
    const Fields outer(node);
    const bool email = outer.has("email");
    const yaml::Node* inner = outer.find(
        email                  ? "email"
        : outer.has("message") ? "message"
                               : "webhook"
    );
    if (inner == nullptr) {
        return action;
    }
    const Fields fields(*inner);
    if (outer.has("webhook")) {
        action.kind = ActionSpec::Kind::Webhook;
        action.url = fields.text("url");
        action.body = fields.data("body");
        action.secret = fields.text("secret");
        if (const yaml::Node* headers = fields.find("headers")) {
            for (const auto& [name, value] : headers->entries) {
                action.headers.emplace_back(name, value->text);
            }
        }
        return action;
    }
    action.kind = email ? ActionSpec::Kind::Email : ActionSpec::Kind::Message;
    action.to = fields.text("to");
    action.own_template.kind = email ? TemplateSpec::Kind::Email : TemplateSpec::Kind::Message;
    action.own_template.name = fields.text("template");  // Resolved once all templates are known.
    bind_parts(fields, action.own_template, subject, binding);
    if (!fields.has("template")) {
        check_parts(action.own_template, action.at, "an action of " + subject, binding);
    } else if (inner->entries.size() > (email ? 2U : 1U)) {
        binding.diagnostics.error(
            action.at,
            "cannot read an action of " + subject + ": it has a template and texts of its own"
        );
    }
    return action;
}

std::optional<QuietHours> bind_quiet_hours(
    const Fields& campaign, const std::string& subject, Binding& binding
) {
    const yaml::Node* node = campaign.find("quiet_hours");
    if (node == nullptr) {
        return std::nullopt;
    }
    const Fields fields(*node);
    const auto minute = [&](std::string_view key) -> std::uint16_t {
        const Text text = fields.text(key);
        const std::optional<std::uint16_t> parsed = parse_time_of_day(text.text);
        if (!parsed && !text.empty()) {
            binding.diagnostics.error(
                text.at,
                "cannot read the quiet hours of " + subject + ": \"" + text.text +
                    R"(" is no time of day such as "22:00")"
            );
        }
        return parsed.value_or(0);
    };
    if (!fields.text("from").empty() && fields.text("from").text == fields.text("to").text) {
        binding.diagnostics.error(
            node->text.at, "cannot keep the quiet hours of " + subject + ": they end as they begin"
        );
    }
    return QuietHours{
        minute("from"), minute("to"), fields.text("zone"), fields.text("then").text != "drop"};
}

}  // namespace

TemplateSpec bind_template(const Text& name, const yaml::Node& node, Binding& binding) {
    const Fields fields(node);
    TemplateSpec spec;
    spec.name = name;
    const bool email = fields.has("subject") || fields.has("text") || fields.has("html") ||
                       fields.has("text_file") || fields.has("html_file");
    const bool message = fields.has("title") || fields.has("body") || fields.has("content");
    const std::string subject = "template \"" + name.text + "\"";
    spec.kind = email ? TemplateSpec::Kind::Email : TemplateSpec::Kind::Message;
    if (email && message) {
        binding.diagnostics.error(
            name.at,
            "cannot read " + subject +
                ": it has parts of an e-mail (subject, text, html) and of a message (title, body, "
                "content)"
        );
    }
    bind_parts(fields, spec, subject, binding);
    check_parts(spec, name.at, subject, binding);
    return spec;
}

CampaignSpec bind_campaign(const Text& name, const yaml::Node& node, Binding& binding) {
    const Fields fields(node);
    const std::string subject = "campaign \"" + name.text + "\"";
    CampaignSpec spec;
    spec.name = name;
    spec.description = fields.text("description");
    for (const Text& trigger : fields.texts("on")) {
        spec.on.push_back(bind_trigger(trigger));
    }
    spec.when = fields.text("when");
    spec.decide.name = fields.text("decide");
    if (spec.decide.name.text.find(".dmn") != std::string::npos) {
        spec.decide.table = bind_decision_ref(spec.decide.name, binding);
        spec.decide.kind = CampaignDecision::Kind::Table;
    }
    for (const yaml::Node* action : fields.items("do")) {
        spec.actions.push_back(bind_action(*action, subject, binding));
    }
    spec.limit = fields.limit("limit");
    spec.holdout = fields.share("holdout").value_or(0);
    spec.quiet_hours = bind_quiet_hours(fields, subject, binding);
    spec.consent = fields.text("consent");
    spec.transactional = fields.boolean("transactional").value_or(false);
    return spec;
}

}  // namespace attune::program
