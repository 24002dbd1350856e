#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "customer/calendar.h"
#include "program/data.h"
#include "program/diagnostics.h"
#include "program/scenario.h"
#include "schema/event_types.h"

// What a workspace says, as plain data: read, merged, checked for shape, and every name resolved to
// something that exists. Expressions are texts here; compiling them is the program's business.

namespace attune::program {

/// "times: 3, per: 1d" or "per: day"; without `per`, for ever.
struct LimitSpec {
    std::uint32_t times = 0;
    std::optional<Duration> per;
    customer::Calendar calendar = customer::Calendar::None;  ///< Then there is no `per`.
    Location at;
};

struct Limits {
    std::uint32_t customer_bytes_max = 65'535;
    std::uint32_t pattern_instances_max = 16;  ///< Per pattern and customer.
    std::uint32_t recent_ids_max = 64;  ///< Message ids remembered per customer, against repeats.
    std::optional<std::uint32_t> merges_per_day_max;  ///< That one customer takes others over.
};

/// How often one customer is reached, whatever the campaign.
struct ContactLimits {
    std::optional<LimitSpec> email;
    std::optional<LimitSpec> message;
    std::optional<LimitSpec> webhook;
    std::optional<LimitSpec> any;
};

struct EmailSettings {
    Text from;    ///< "Shop <shop@example.com>"
    Text server;  ///< "smtp://host:port" or "smtps://…"; the command line may say otherwise.
    Text user;
    Text password;  ///< As all secrets: `env:NAME` or `file:PATH`, never the secret itself.
};

struct Settings {
    Text name;
    Text zone{"Z", {}};  ///< For now(), today() and calendar windows.
    schema::Undeclared undeclared = schema::Undeclared::Accept;
    Limits limits;
    ContactLimits contact_limits;
    std::optional<Duration> late_after;
    EmailSettings email;
    Text webhook_secret;  ///< Of webhooks that have none of their own.
};

struct SourceSpec {
    Text name;
    Text kind;       ///< "http"
    Text write_key;  ///< A secret's reference; empty for none.
};

struct EventSpec {
    schema::EventType type;
    Text name;
    Text description;
    Text schema_file;
    std::vector<Location> property_locations;  ///< As type.properties.
};

enum class IdentifierForm : std::uint8_t { Text, Email, Phone };

/// Whom an identifier joins when two customers show it.
enum class MergeRule : std::uint8_t { Anonymous, Users, Never };

struct IdentifierSpec {
    Text name;
    Text description;
    std::vector<Text> from;  ///< "traits.email"; empty for userId and anonymousId.
    std::vector<Text> on;    ///< Events; empty: every event.
    IdentifierForm form = IdentifierForm::Text;
    MergeRule merge = MergeRule::Anonymous;
    std::optional<std::uint32_t> per_customer_max;
    std::vector<Text> ignore;
};

enum class Aggregate : std::uint8_t {
    Count,
    Sum,
    Min,
    Max,
    Avg,
    Stddev,
    Distinct,
    Last,
    First,
    Top,
    Since,
    Rate,
    Ratio,
    Set,
    Session,
    Quantile,
};

[[nodiscard]] std::string_view to_string(Aggregate aggregate);

struct FeatureSpec {
    Text name;
    Text description;
    Aggregate aggregate = Aggregate::Count;
    std::vector<Text> events;  ///< Empty only for a ratio.
    Text numerator;            ///< A ratio's two features.
    Text denominator;
    Text of;     ///< FEEL over the event; what is summed, kept, counted.
    Text where;  ///< FEEL over the event; may be empty.
    Text by;     ///< FEEL over the event; the key of a grouped feature; may be empty.
    std::optional<Duration> window;  ///< None: for ever.
    customer::Calendar calendar =
        customer::Calendar::None;  ///< "today" and so on; no `window` then.
    std::optional<Duration> gap;
    std::optional<double> at_share;  ///< Of a quantile.
    std::optional<Duration> half_life;
    std::optional<std::uint32_t> keep;
    bool exact = false;
    Location at;
};

struct SegmentSpec {
    Text name;
    Text description;
    Text when;
    std::optional<Duration> for_at_least;
};

struct StepSpec {
    Text name;                 ///< "cart"; empty where the file gives none.
    bool absent = false;       ///< `not`: none of the events within the time.
    std::vector<Text> events;  ///< Any of them.
    Text where;
    std::uint32_t times = 1;
    std::optional<Duration> within;  ///< Since the step before; always there for an absent one.
    Location at;
};

enum class OnRepeat : std::uint8_t { Ignore, Restart, Parallel };

struct PatternSpec {
    Text name;
    Text description;
    std::vector<StepSpec> steps;
    std::optional<Duration> within;  ///< From the first step to the last.
    OnRepeat on_repeat = OnRepeat::Restart;
    std::uint32_t parallel_max = 1;
    Text same;  ///< FEEL over the event; may be empty.
    bool strict = false;
    std::optional<Duration> lateness;  ///< Of one that is judged in the order of time.
};

struct RuleSpec {
    Text name;
    Text description;
    std::vector<Text> on;  ///< Events; empty: every event.
    Text when;
};

/// "cart_offer.dmn#Offer"
struct DecisionRef {
    Text file;  ///< Relative to the workspace.
    Text decision;

    [[nodiscard]] bool empty() const { return file.empty(); }
};

struct OfferSpec {
    Text name;
    Text description;
    std::vector<Text> tags;
    Data content;   ///< A map; its strings are templates.
    Text eligible;  ///< FEEL; empty: everybody.
    double priority = 0;
    Text score;  ///< FEEL; empty: the priority.
    std::optional<Timestamp> valid_from;
    std::optional<Timestamp> valid_to;  ///< Not included.
    std::optional<LimitSpec> limit;
    Text consent;  ///< A purpose that the customer must have agreed to; may be empty.
    /// A decision about the offer: null or false refuses it; anything else goes into the content's
    /// templates as `table`.
    DecisionRef table;
};

enum class Rank : std::uint8_t { Priority, Score, Table, Model };

struct PlacementSpec {
    Text name;
    Text description;
    Text offers_text;                   ///< As written: `tags contains "hero"`.
    std::vector<std::uint32_t> offers;  ///< Into Workspace::offers, ascending.
    Rank rank = Rank::Priority;
    DecisionRef table;
    Text model;
    Rank rank_fallback = Rank::Priority;    ///< Of a model that fails or is late.
    double explore = 0;                     ///< A share, 0 to 1.
    std::optional<std::uint32_t> fallback;  ///< The offer shown when no other may be.
    std::optional<LimitSpec> limit;
    double holdout = 0;  ///< The share of customers who get nothing, for comparison.
    bool relaxed_commit = false;
};

struct Trigger {
    enum class Kind : std::uint8_t { Event, Pattern, SegmentEntered, SegmentLeft, Rule };

    Kind kind = Kind::Event;
    Text name;
};

struct TemplateSpec {
    enum class Kind : std::uint8_t { Email, Message };

    Kind kind = Kind::Email;
    Text name;  ///< Empty for one that is written where it is used.
    Text subject;
    Text text;
    Text html;
    Text title;
    Text body;
    Data content;  ///< A message's further data; its strings are templates.
};

struct ActionSpec {
    enum class Kind : std::uint8_t { Email, Message, Webhook };

    Kind kind = Kind::Message;
    Location at;
    Text to;                                      ///< FEEL: an e-mail's recipient.
    std::optional<std::uint32_t> named_template;  ///< Into Workspace::templates.
    TemplateSpec own_template;                    ///< Where there is no named one.
    Text url;                                     ///< A webhook's; a template.
    std::vector<std::pair<Text, Text>> headers;   ///< Values are templates.
    Data body;                                    ///< A webhook's; its strings are templates.
    Text secret;
};

struct QuietHours {
    std::uint16_t from_minute = 0;  ///< Of the day; `from` after `to` runs over midnight.
    std::uint16_t to_minute = 0;
    Text zone;         ///< FEEL that gives a zone's name; empty: the workspace's zone.
    bool hold = true;  ///< Wait until the end; otherwise drop.
};

/// What a campaign asks before it acts.
struct CampaignDecision {
    enum class Kind : std::uint8_t { None, Placement, Offer, Table };

    Kind kind = Kind::None;
    Text name;
    std::uint32_t index = 0;  ///< Into placements or offers.
    DecisionRef table;
};

struct CampaignSpec {
    Text name;
    Text description;
    std::vector<Trigger> on;
    Text when;
    CampaignDecision decide;
    std::vector<ActionSpec> actions;
    std::optional<LimitSpec> limit;
    std::optional<QuietHours> quiet_hours;
    double holdout = 0;  ///< The share of customers for whom it does nothing.
    Text consent;
    bool transactional = false;
};

struct ExperimentSpec {
    Text name;
    Text description;
    Text group;
    double from = 0;  ///< Shares, 0 to 1.
    double to = 1;
    std::vector<std::pair<Text, double>> variants;  ///< In the order of the file.
};

struct FileText {
    std::string path;  ///< Relative to the workspace.
    std::string text;
};

/// What is left of definitions that could not be read, so that all other errors are told as well,
/// and none that only follow from them.
struct Unread {
    /// An expression, or a text with expressions in it, of a definition that is wrong elsewhere.
    struct Fragment {
        Text text;
        bool is_template = false;
    };

    std::vector<std::string> features;  ///< Names that exist, whatever is wrong with them.
    std::vector<std::string> experiments;
    std::vector<Fragment> fragments;
};

/// A folder of files, read and merged. Every list is sorted by name (offers and steps keep the
/// order of the file inside one file), so that the order of files does not matter.
struct Workspace {
    std::string folder;
    Settings settings;
    std::vector<SourceSpec> sources;
    std::vector<EventSpec> events;
    std::vector<IdentifierSpec> identifiers;
    std::vector<FeatureSpec> features;
    std::vector<SegmentSpec> segments;
    std::vector<PatternSpec> patterns;
    std::vector<RuleSpec> rules;
    std::vector<OfferSpec> offers;
    std::vector<PlacementSpec> placements;
    std::vector<ExperimentSpec> experiments;
    std::vector<CampaignSpec> campaigns;
    std::vector<TemplateSpec> templates;
    std::vector<Scenario> tests;
    Unread unread;  ///< Empty if there are no errors.
    /// Every file that was read (YAML, schemas, template files) or is referred to (DMN), sorted by
    /// path: what the program's hash is made of, and what is kept with it.
    std::vector<FileText> files;

    /// The text of a file that is referred to, or null.
    [[nodiscard]] const FileText* file(std::string_view path) const;
};

struct WorkspaceLimits {
    std::size_t files_max = 1'000;
    std::size_t file_bytes_max = 4'000'000;  ///< Decision tables may be large.
    std::size_t bytes_max = 32'000'000;      ///< Of all files together.
    std::size_t nodes_max = 500'000;  ///< YAML values, aliases counted as often as they are used.
    std::size_t depth_max = 32;
    std::size_t names_max = 10'000;  ///< In a section.
    std::size_t name_bytes_max = 128;
};

/// Reads every `*.yaml` and `*.yml` below `folder` (or the one file that `folder` names), and the
/// files that they refer to inside the folder. Problems go to `diagnostics`; what is returned is
/// complete only if there are no errors. Fails only if the folder cannot be read at all.
[[nodiscard]] Result<Workspace> load_workspace(
    const std::string& folder, Diagnostics& diagnostics, const WorkspaceLimits& limits = {}
);

/// The same from memory; YAML files are recognised by their ending.
[[nodiscard]] Workspace read_workspace(
    std::vector<FileText> files, Diagnostics& diagnostics, const WorkspaceLimits& limits = {}
);

}  // namespace attune::program
