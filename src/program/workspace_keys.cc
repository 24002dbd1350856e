#include <array>

#include "program/workspace_keys_parts.h"
#include "program/workspace_keys_tests.h"
#include "program/workspace_shape.h"

namespace attune::program {

namespace {

using Kind = Shape::Kind;
using namespace keys;  // NOLINT(google-build-using-namespace): the tables are one text in three
                       // files

// workspace:

constexpr std::array<std::string_view, 2> kUndeclaredChoices{"accept", "quarantine"};
constexpr Shape kUndeclared{.kind = Kind::Choice, .choices = kUndeclaredChoices};
constexpr Shape kCustomerBytes{.kind = Kind::Integer, .minimum = 1024, .maximum = 65'535};
constexpr Shape kInstances{.kind = Kind::Integer, .minimum = 1, .maximum = 1'000};
constexpr Shape kRecentIds{.kind = Kind::Integer, .minimum = 1, .maximum = 255};
constexpr Shape kMergesPerDay{.kind = Kind::Integer, .minimum = 1, .maximum = 100};
constexpr std::array<Key, 4> kLimitsKeys{{
    {"customer_bytes", &kCustomerBytes, "The most that one customer's state may take; 65535."},
    {"pattern_instances", &kInstances, "Live instances of a pattern per customer, at most; 16."},
    {"recent_ids", &kRecentIds, "Message ids remembered per customer, to notice repeats; 64."},
    {"merges_per_day",
     &kMergesPerDay,
     "Customers that one customer takes over within 24 hours, at most; no limit."},
}};
constexpr Shape kLimits{.kind = Kind::Object, .keys = kLimitsKeys};
constexpr Shape kServer{.kind = Kind::Text, .syntax = "^smtps?://"};
constexpr std::array<Key, 4> kEmailSettingsKeys{{
    {"from", &kText, "The sender: `Shop <shop@example.com>`."},
    {"server", &kServer, "`smtp://host:port` or `smtps://host:port`."},
    {"user", &kText, "The name to log in with."},
    {"password", &kSecret, "Where the password is: `env:NAME` or `file:PATH`."},
}};
constexpr Shape kEmailSettings{.kind = Kind::Object, .keys = kEmailSettingsKeys};
constexpr std::array<Key, 4> kContactKeys{{
    {"email", &kLimit, "E-mails."},
    {"message", &kLimit, "In-app messages."},
    {"webhook", &kLimit, "Webhooks."},
    {"any", &kLimit, "All of them together."},
}};
constexpr Shape kContactLimits{.kind = Kind::Object, .keys = kContactKeys};
constexpr std::array<Key, 8> kWorkspaceKeys{{
    {"name", &kText, "The workspace's name."},
    {"zone", &kText, "The time zone of now(), today() and quiet hours: `Europe/Paris`; UTC."},
    {"undeclared",
     &kUndeclared,
     "What happens to events whose type is not declared: `accept` (the default) or `quarantine`."},
    {"limits", &kLimits, "Bounds of what one customer may cost."},
    {"contact_limits",
     &kContactLimits,
     "How often campaigns together may reach one customer, by channel and across channels."},
    {"late_after",
     &kDuration,
     "Events that come so long after their time change traits only: no features, patterns, "
     "campaigns."},
    {"email", &kEmailSettings, "How e-mails are sent."},
    {"webhook_secret", &kSecret, "Signs the webhooks that have no secret of their own."},
}};
constexpr Shape kWorkspace{.kind = Kind::Object, .keys = kWorkspaceKeys, .name = "workspace"};

// sources:

constexpr std::array<std::string_view, 1> kSourceKinds{"http"};
constexpr Shape kSourceKind{.kind = Kind::Choice, .choices = kSourceKinds};
constexpr std::array<Key, 2> kSourceKeys{{
    {"kind", &kSourceKind, "Where events come from: `http`.", true},
    {"write_key", &kSecret, "The key that senders must show: `env:NAME` or `file:PATH`."},
}};
constexpr Shape kSource{.kind = Kind::Object, .keys = kSourceKeys, .name = "source"};

// events:

constexpr std::array<std::string_view, 8> kTypes{
    "any", "string", "number", "integer", "boolean", "object", "array", "timestamp"};
constexpr Shape kType{.kind = Kind::Choice, .choices = kTypes};
constexpr std::array<std::string_view, 13> kFormats{
    "date",
    "time",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "uuid",
    "json-pointer",
    "regex"};
constexpr Shape kFormat{.kind = Kind::Choice, .choices = kFormats};
constexpr Shape kEnum{.kind = Kind::List, .item = &kData};
constexpr std::array<Key, 12> kPropertyKeys{{
    {"type", &kType, "What the value must be; `any` if it is left out."},
    {"required", &kBoolean, "The property must be there."},
    {"enum", &kEnum, "The values that are allowed."},
    {"min", &kNumber, "The least number."},
    {"max", &kNumber, "The greatest number."},
    {"above", &kNumber, "The number must be greater than this."},
    {"below", &kNumber, "The number must be less than this."},
    {"min_length", &kLength, "The fewest characters of a text, or items of an array."},
    {"max_length", &kLength, "The most characters of a text, or items of an array."},
    {"pattern", &kText, "A regular expression that must be found in the text."},
    {"format", &kFormat, "A format of JSON Schema that the text must have."},
    {"description", &kText, "What it means."},
}};
constexpr Shape kPropertyObject{.kind = Kind::Object, .keys = kPropertyKeys};
constexpr std::array<const Shape*, 2> kPropertyChoices{&kType, &kPropertyObject};
constexpr Shape kProperty{
    .kind = Kind::Either, .alternatives = kPropertyChoices, .name = "property"};
constexpr Shape kProperties{.kind = Kind::Map, .item = &kProperty};
constexpr Shape kSchemaFile{.kind = Kind::Text, .syntax = R"(\.json$)"};
constexpr std::array<Key, 4> kEventKeys{{
    {"description", &kText, "What has happened when this event comes."},
    {"properties",
     &kProperties,
     "The properties that are known; for `identify` and `group`, the traits."},
    {"additional", &kBoolean, "Whether other properties are allowed too; true."},
    {"schema", &kSchemaFile, "A JSON Schema file that the properties must fit besides."},
}};
constexpr Shape kEventType{.kind = Kind::Object, .keys = kEventKeys, .name = "event"};

// identifiers:

constexpr std::array<const Shape*, 2> kPathsChoices{&kText, &kTextList};
constexpr Shape kPaths{.kind = Kind::Either, .alternatives = kPathsChoices};
constexpr std::array<std::string_view, 3> kForms{"text", "email", "phone"};
constexpr Shape kForm{.kind = Kind::Choice, .choices = kForms};
constexpr std::array<std::string_view, 3> kMergeRules{"anonymous", "users", "never"};
constexpr Shape kMergeRule{.kind = Kind::Choice, .choices = kMergeRules};
constexpr Shape kPerCustomer{.kind = Kind::Integer, .minimum = 1, .maximum = 64};
constexpr std::array<Key, 7> kIdentifierKeys{{
    {"from",
     &kPaths,
     "Where it stands: `traits.email`, `properties.email`, `context.loyalty`, "
     "`context.externalIds`."},
    {"on", &kEvents, "Only in these events; in every event if it is left out."},
    {"form",
     &kForm,
     "How it is made one: `email`, `phone` or `text`; as the name says, else `text`."},
    {"merge",
     &kMergeRule,
     "Whom it joins: `anonymous` (the default; never two with a userId each), `users` too, or "
     "`never`."},
    {"per_customer", &kPerCustomer, "So many of one customer, at most; no limit."},
    {"ignore", &kTextList, "Values that are nobody's: `n/a`, an address of your own."},
    {"description", &kText, "What it is."},
}};
constexpr Shape kIdentifier{.kind = Kind::Object, .keys = kIdentifierKeys, .name = "identifier"};

// features:

constexpr Shape kFeaturePair{.kind = Kind::List, .item = &kFeature};
constexpr Shape kKeep{.kind = Kind::Integer, .minimum = 1, .maximum = 1'000};
constexpr std::array<Key, 26> kFeatureKeys{{
    {"count", &kEvents, "How many events there were."},
    {"sum", &kEvents, "The sum of `of`."},
    {"min", &kEvents, "The least `of`."},
    {"max", &kEvents, "The greatest `of`."},
    {"avg", &kEvents, "The mean of `of`."},
    {"stddev", &kEvents, "The sample standard deviation of `of`."},
    {"distinct",
     &kEvents,
     "How many different values of `of`; exact up to 32, then within some 6.5 %."},
    {"last", &kEvents, "The last values of `of`, a list, newest first, at most `keep`."},
    {"first", &kEvents, "The first values of `of`, a list, oldest first, at most `keep`."},
    {"top", &kEvents, "The values of `of` that came most often, at most `keep`."},
    {"since", &kEvents, "The time since the last such event, a duration; null if there was none."},
    {"rate", &kEvents, "Events an hour, with `half_life` or over `window`."},
    {"ratio", &kFeaturePair, "Two features, `[of this, to that]`; null while the second is 0."},
    {"set", &kEvents, "The different values of `of`, the newest first, at most `keep`."},
    {"session",
     &kEvents,
     "Events with pauses shorter than `gap`: active, start, length, events, pages, count; `of` "
     "says "
     "what is a page."},
    {"quantile", &kEvents, "The `of` that a share `at` of all lie at or below; 95% by default."},
    {"of", &kExpression, "What is summed, compared or kept: `properties.total`."},
    {"where", &kExpression, "Only events for which this holds."},
    {"by", &kExpression, "Kept per value of this, for at most `keep` values."},
    {"window",
     &kWindow,
     "Only events of this last time, or of `today`, `this week`, `this month`, `this year` in the "
     "workspace's zone; for ever if it is left out."},
    {"gap", &kDuration, "The pause that ends a session; 30m."},
    {"at", &kPercent, "Which quantile: 50% is the median."},
    {"half_life", &kDuration, "After this time an event counts half."},
    {"keep", &kKeep, "How many values are kept."},
    {"exact", &kBoolean, "Keeps the events, so that the window's end is exact; bounded by `keep`."},
    {"description", &kText, "What it means."},
}};
constexpr std::array<std::string_view, 16> kAggregates{
    "count",
    "sum",
    "min",
    "max",
    "avg",
    "stddev",
    "distinct",
    "last",
    "first",
    "top",
    "since",
    "rate",
    "ratio",
    "set",
    "session",
    "quantile"};
constexpr Shape kFeatureShape{
    .kind = Kind::Object, .keys = kFeatureKeys, .exactly_one = kAggregates, .name = "feature"};

// segments:

constexpr std::array<Key, 3> kSegmentKeys{{
    {"when", &kExpression, "Who belongs to it: a condition over the profile.", true},
    {"for at least", &kDuration, "Entered only once the condition has held so long."},
    {"description", &kText, "What it means."},
}};
constexpr Shape kSegmentObject{.kind = Kind::Object, .keys = kSegmentKeys};
constexpr std::array<const Shape*, 2> kSegmentChoices{&kExpression, &kSegmentObject};
constexpr Shape kSegment{.kind = Kind::Either, .alternatives = kSegmentChoices, .name = "segment"};

// patterns:

constexpr Shape kStepTimes{.kind = Kind::Integer, .minimum = 1, .maximum = 20};
constexpr std::array<Key, 5> kStepKeys{{
    {"not", &kEvents, "None of these events, for the time `within`."},
    {"any of", &kEventList, "One of these events."},
    {"where", &kExpression, "Only events for which this holds."},
    {"times", &kStepTimes, "So many of them; 1."},
    {"within", &kDuration, "No later than this after the step before."},
}};
constexpr Shape kStep{.kind = Kind::Object, .keys = kStepKeys, .item = &kEvents, .name = "step"};
constexpr Shape kSequence{.kind = Kind::List, .item = &kStep};
constexpr Shape kOnRepeat{.kind = Kind::Text, .syntax = "^(ignore|restart|parallel up to [0-9]+)$"};
constexpr std::array<std::string_view, 2> kJudgedChoices{"eager", "ordered"};
constexpr Shape kJudged{.kind = Kind::Choice, .choices = kJudgedChoices};
constexpr std::array<Key, 8> kPatternKeys{{
    {"sequence",
     &kSequence,
     "The steps, in order: `{NAME: Event}`, `{any of: [A, B]}`, or `{not: Event, within: 30m}`.",
     true},
    {"within", &kDuration, "The last step comes no later than this after the first."},
    {"same", &kExpression, "All its events agree in this: `properties.product_id`."},
    {"strict", &kBoolean, "The steps follow each other directly: any other event ends it; false."},
    {"judged",
     &kJudged,
     "`eager` (the default): in the order in which events arrive; `ordered`: in the order of their "
     "time."},
    {"lateness", &kDuration, "Of `ordered`: how late an event may be, and how much later all is."},
    {"on_repeat",
     &kOnRepeat,
     "When the first event comes again: `restart` (the default), `ignore`, or `parallel up to N`."},
    {"description", &kText, "What it means."},
}};
constexpr Shape kPattern{.kind = Kind::Object, .keys = kPatternKeys, .name = "pattern"};

// rules:

constexpr std::array<Key, 3> kRuleKeys{{
    {"on", &kEvents, "Only at these events; at every event if it is left out."},
    {"when", &kExpression, "The condition, over the event and the profile after it."},
    {"description", &kText, "What it means."},
}};
constexpr Shape kRuleObject{.kind = Kind::Object, .keys = kRuleKeys};
constexpr std::array<const Shape*, 2> kRuleChoices{&kExpression, &kRuleObject};
constexpr Shape kRule{.kind = Kind::Either, .alternatives = kRuleChoices, .name = "rule"};

// offers:

constexpr std::array<Key, 2> kValidKeys{{
    {"from", &kTimestamp, "From this moment on."},
    {"to", &kTimestamp, "Until this moment, which is not included."},
}};
constexpr Shape kValid{.kind = Kind::Object, .keys = kValidKeys};
constexpr std::array<Key, 10> kOfferKeys{{
    {"content", &kDataMap, "What is shown; every text is a template."},
    {"tags", &kTextList, "Words by which placements choose their offers."},
    {"eligible", &kExpression, "Who may get it; everybody if it is left out."},
    {"priority", &kNumber, "The offer of the highest priority wins; 0."},
    {"score", &kExpression, "A number worked out for the customer, for `rank: score`."},
    {"valid", &kValid, "When it may be shown."},
    {"limit", &kLimit, "How often one customer gets it."},
    {"consent", &kText, "A purpose that the customer must have agreed to."},
    {"table",
     &kTable,
     "A DMN decision: null or false refuses the offer, the rest is `table` in its templates."},
    {"description", &kText, "What it is."},
}};
constexpr Shape kOfferShape{.kind = Kind::Object, .keys = kOfferKeys, .name = "offer"};

// placements:

constexpr std::array<std::string_view, 2> kRankNames{"priority", "score"};
constexpr Shape kRankName{.kind = Kind::Choice, .choices = kRankNames};
constexpr std::array<Key, 4> kRankKeys{{
    {"table", &kTable, "A DMN decision gives the score of each offer."},
    {"model", &kText, "A model gives the score of each offer."},
    {"explore", &kPercent, "The share of decisions that choose at random."},
    {"fallback", &kRankName, "What ranks when the model fails; `priority`."},
}};
constexpr std::array<std::string_view, 2> kRankers{"table", "model"};
constexpr Shape kRankObject{.kind = Kind::Object, .keys = kRankKeys, .exactly_one = kRankers};
constexpr std::array<const Shape*, 2> kRankChoices{&kRankName, &kRankObject};
constexpr Shape kRank{.kind = Kind::Either, .alternatives = kRankChoices};
constexpr Shape kOfferList{.kind = Kind::List, .item = &kOffer};
constexpr std::array<const Shape*, 2> kOffersChoices{&kText, &kOfferList};
constexpr Shape kOffers{.kind = Kind::Either, .alternatives = kOffersChoices};
constexpr std::array<std::string_view, 2> kCommits{"durable", "relaxed"};
constexpr Shape kCommit{.kind = Kind::Choice, .choices = kCommits};
constexpr std::array<Key, 8> kPlacementKeys{{
    {"offers",
     &kOffers,
     "Which offers: `all`, `tags contains \"hero\"` (with and, or, not), or a list of names.",
     true},
    {"rank", &kRank, "Which of them wins: `priority` (the default), `score`, a table or a model."},
    {"explore", &kPercent, "The share of decisions that choose at random."},
    {"fallback", &kOffer, "The offer shown when no other may be."},
    {"limit", &kLimit, "How often one customer gets an offer here."},
    {"holdout", &kPercent, "The share of customers who get nothing, for comparison."},
    {"commit",
     &kCommit,
     "`durable` (the default): a decision that counts is on disk before it is answered; "
     "`relaxed`."},
    {"description", &kText, "Where it is."},
}};
constexpr Shape kPlacementShape{.kind = Kind::Object, .keys = kPlacementKeys, .name = "placement"};

// experiments:

constexpr Shape kVariants{.kind = Kind::Map, .item = &kPercent};
constexpr std::array<Key, 5> kExperimentKeys{{
    {"variants",
     &kVariants,
     "The variants and their shares of those who take part, together 100 %.",
     true},
    {"share", &kPercent, "The share of all customers who take part; what `from` leaves."},
    {"group",
     &kText,
     "Experiments of one group exclude each other: their parts of the customers may not overlap."},
    {"from", &kPercent, "Where in its group's customers its part begins; 0 %."},
    {"description", &kText, "What is to be found out."},
}};
constexpr Shape kExperiment{.kind = Kind::Object, .keys = kExperimentKeys, .name = "experiment"};

// templates:

constexpr std::array<Key, 8> kTemplateKeys{{
    {"subject", &kTemplate, "An e-mail's subject."},
    {"text", &kTemplate, "An e-mail's plain text."},
    {"html", &kTemplate, "An e-mail's HTML."},
    {"text_file", &kText, "The file that holds the plain text."},
    {"html_file", &kText, "The file that holds the HTML."},
    {"title", &kTemplate, "An in-app message's title."},
    {"body", &kTemplate, "An in-app message's text."},
    {"content", &kDataMap, "An in-app message's further data; every text is a template."},
}};
constexpr Shape kTemplateShape{.kind = Kind::Object, .keys = kTemplateKeys, .name = "template"};

// campaigns:

constexpr std::array<Key, 7> kEmailKeys{{
    {"to", &kExpression, "The recipient: `traits.email`.", true},
    {"template", &kTemplateName, "What is sent; or write it here:"},
    {"subject", &kTemplate, "The subject."},
    {"text", &kTemplate, "The plain text."},
    {"html", &kTemplate, "The HTML."},
    {"text_file", &kText, "The file that holds the plain text."},
    {"html_file", &kText, "The file that holds the HTML."},
}};
constexpr Shape kEmail{.kind = Kind::Object, .keys = kEmailKeys};
constexpr std::array<Key, 4> kMessageKeys{{
    {"template", &kTemplateName, "What is shown; or write it here:"},
    {"title", &kTemplate, "The title."},
    {"body", &kTemplate, "The text."},
    {"content", &kDataMap, "Further data; every text is a template."},
}};
constexpr Shape kMessage{.kind = Kind::Object, .keys = kMessageKeys};
constexpr Shape kHeaders{.kind = Kind::Map, .item = &kTemplate};
constexpr Shape kUrl{.kind = Kind::Template, .syntax = "^https?://"};
constexpr std::array<Key, 4> kWebhookKeys{{
    {"url", &kUrl, "Where it is posted to.", true},
    {"headers", &kHeaders, "Further headers."},
    {"body", &kDataMap, "What is posted, as JSON; every text is a template."},
    {"secret", &kSecret, "Signs it (Standard Webhooks): `env:NAME` or `file:PATH`."},
}};
constexpr Shape kWebhook{.kind = Kind::Object, .keys = kWebhookKeys};
constexpr std::array<Key, 3> kActionKeys{{
    {"email", &kEmail, "Sends an e-mail."},
    {"message", &kMessage, "Shows an in-app message."},
    {"webhook", &kWebhook, "Posts to a URL."},
}};
constexpr std::array<std::string_view, 3> kActionNames{"email", "message", "webhook"};
constexpr Shape kAction{
    .kind = Kind::Object, .keys = kActionKeys, .exactly_one = kActionNames, .name = "action"};
constexpr Shape kActions{.kind = Kind::List, .item = &kAction};
constexpr Shape kTrigger{
    .kind = Kind::Trigger,
    .sections =
        in(Section::Events) | in(Section::Patterns) | in(Section::Rules) | in(Section::Segments)};
constexpr Shape kTriggerList{.kind = Kind::List, .item = &kTrigger};
constexpr std::array<const Shape*, 2> kTriggerChoices{&kTrigger, &kTriggerList};
constexpr Shape kTriggers{.kind = Kind::Either, .alternatives = kTriggerChoices};
constexpr Shape kDecide{.kind = Kind::Text};
constexpr Shape kTimeOfDay{.kind = Kind::Text, .syntax = "^([01][0-9]|2[0-3]):[0-5][0-9]$"};
constexpr std::array<std::string_view, 2> kQuietChoices{"hold", "drop"};
constexpr Shape kQuietThen{.kind = Kind::Choice, .choices = kQuietChoices};
constexpr std::array<Key, 4> kQuietKeys{{
    {"from", &kTimeOfDay, "When it begins: \"22:00\".", true},
    {"to", &kTimeOfDay, "When it ends: \"08:00\".", true},
    {"zone", &kExpression, "The customer's zone: `traits.zone`; the workspace's otherwise."},
    {"then", &kQuietThen, "`hold` (the default) until it ends, or `drop`."},
}};
constexpr Shape kQuietHours{.kind = Kind::Object, .keys = kQuietKeys};
constexpr std::array<Key, 10> kCampaignKeys{{
    {"on",
     &kTriggers,
     "What starts it: an event, a pattern, a rule, `entered SEGMENT` or `left SEGMENT`.",
     true},
    {"when", &kExpression, "Only if this holds then."},
    {"decide",
     &kDecide,
     "Asked before acting: a placement, an offer or `file.dmn#Decision`; nothing chosen, no "
     "action."},
    {"do", &kActions, "The actions, in order.", true},
    {"limit", &kLimit, "How often for one customer."},
    {"quiet_hours", &kQuietHours, "When nothing is sent."},
    {"holdout", &kPercent, "The share of customers for whom it does nothing, for comparison."},
    {"consent", &kText, "A purpose that the customer must have agreed to."},
    {"transactional", &kBoolean, "Contact limits neither hold it back nor count it; false."},
    {"description", &kText, "What it is for."},
}};
constexpr Shape kCampaign{.kind = Kind::Object, .keys = kCampaignKeys, .name = "campaign"};

// The file.

constexpr Shape kSources{.kind = Kind::Map, .item = &kSource};
constexpr Shape kEventTypes{.kind = Kind::Map, .item = &kEventType};
constexpr Shape kIdentifiers{.kind = Kind::Map, .item = &kIdentifier};
constexpr Shape kFeatures{.kind = Kind::Map, .item = &kFeatureShape};
constexpr Shape kSegments{.kind = Kind::Map, .item = &kSegment};
constexpr Shape kPatterns{.kind = Kind::Map, .item = &kPattern};
constexpr Shape kRules{.kind = Kind::Map, .item = &kRule};
constexpr Shape kOfferMap{.kind = Kind::Map, .item = &kOfferShape};
constexpr Shape kPlacements{.kind = Kind::Map, .item = &kPlacementShape};
constexpr Shape kExperiments{.kind = Kind::Map, .item = &kExperiment};
constexpr Shape kCampaigns{.kind = Kind::Map, .item = &kCampaign};
constexpr Shape kTemplates{.kind = Kind::Map, .item = &kTemplateShape};
constexpr Shape kTests{.kind = Kind::Map, .item = &kScenario};

constexpr std::array<Key, kSectionCount> kFileKeys{{
    {"workspace", &kWorkspace, "Settings of the workspace as a whole."},
    {"sources", &kSources, "Where events come from."},
    {"events", &kEventTypes, "The event types that are known, and what they look like."},
    {"identifiers",
     &kIdentifiers,
     "Names of a customer besides userId and anonymousId, and what they join."},
    {"features", &kFeatures, "Values worked out from a customer's events."},
    {"segments", &kSegments, "Named conditions over a profile; entering and leaving are events."},
    {"patterns", &kPatterns, "Events in an order within a time, or the absence of one."},
    {"rules", &kRules, "Conditions looked at on every event, counted and usable as triggers."},
    {"offers", &kOfferMap, "What can be shown or given."},
    {"placements", &kPlacements, "Slots in which a decision is wanted."},
    {"experiments", &kExperiments, "Splits of the customers between variants."},
    {"campaigns", &kCampaigns, "What happens by itself: trigger, condition, decision, actions."},
    {"templates", &kTemplates, "Texts of e-mails and in-app messages."},
    {"tests", &kTests, "Scenarios: these events at these times, these results."},
}};
constexpr Shape kFile{.kind = Kind::Object, .keys = kFileKeys};

constexpr std::array<std::string_view, kSectionCount> kOnes{
    "workspace",
    "source",
    "event",
    "identifier",
    "feature",
    "segment",
    "pattern",
    "rule",
    "offer",
    "placement",
    "experiment",
    "campaign",
    "template",
    "test"};

}  // namespace

std::string_view key_of(Section section) {
    return kFileKeys[static_cast<std::size_t>(section)].name;
}

std::string_view one_of(Section section) {
    return kOnes[static_cast<std::size_t>(section)];
}

std::string_view a_or_an(Section section) {
    return section == Section::Events || section == Section::Identifiers ||
                   section == Section::Offers || section == Section::Experiments
               ? "an"
               : "a";
}

const Shape& file_shape() {
    return kFile;
}

const Shape& shape_of(Section section) {
    const Shape& shape = *kFileKeys[static_cast<std::size_t>(section)].shape;
    return section == Section::Workspace ? shape : *shape.item;
}

std::string_view doc_of(Section section) {
    return kFileKeys[static_cast<std::size_t>(section)].doc;
}

}  // namespace attune::program
