#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "customer/layout.h"
#include "customer/limits.h"
#include "feel/expression.h"
#include "program/diagnostics.h"
#include "program/experiment.h"
#include "program/identity.h"
#include "program/slots.h"
#include "program/table.h"
#include "program/template.h"
#include "program/workspace.h"
#include "schema/event_reader.h"
#include "schema/event_types.h"

namespace attune::program {

/// Where an event's name stands among all names that the program reacts to: the declared types
/// first, then names that features, patterns, rules or campaigns mention, last one number for all
/// others.
using Kind = std::uint32_t;

/// How a feature is fed by events of one kind.
struct FeatureUse {
    std::uint32_t feature = 0;
    std::optional<feel::Expression> where;
    std::optional<feel::Expression> of;
    std::optional<feel::Expression> by;
};

struct Feature {
    std::string name;
    feel::Slot slot = 0;
    bool ratio = false;
    std::uint32_t numerator = 0;    ///< Of a ratio: features.
    std::uint32_t denominator = 0;  ///< Of a ratio: features.
    std::uint32_t section = 0;      ///< Of all others: the number in the layout.
    customer::FeatureShape shape;
};

struct RuleUse {
    std::uint32_t rule = 0;
    feel::Expression when;
};

struct Rule {
    std::string name;
    std::vector<std::uint32_t> campaigns;
};

struct Segment {
    std::string name;
    std::uint64_t id = 0;          ///< The hash of its name.
    std::uint64_t pending_id = 0;  ///< Where a dwell time is kept while it runs.
    feel::Expression when;
    Duration dwell{0};
    std::vector<std::uint32_t> windowed_features;  ///< Whose tiles may change it without an event.
    std::vector<std::uint32_t> since_features;     ///< Whose age may.
    std::vector<Duration> ages;                    ///< The spans with which ages are compared.
    std::vector<std::uint32_t> on_enter;           ///< Campaigns.
    std::vector<std::uint32_t> on_leave;
};

struct PatternStep {
    std::string name;
    bool absent = false;
    Duration within{0};  ///< Zero: none.
    std::uint8_t times = 1;
};

struct Pattern {
    std::string name;
    std::uint64_t id = 0;  ///< The hash of its definition.
    std::vector<PatternStep> steps;
    Duration within{0};  ///< From the first step to the last; zero: none.
    OnRepeat on_repeat = OnRepeat::Restart;
    std::uint32_t parallel_max = 1;  ///< Instances begun, of one key where there are keys.
    std::uint32_t instances_max =
        1;              ///< Of all keys, those that still count their first events included.
    bool same = false;  ///< Events of one instance share a key.
    bool strict = false;
    /// Zero: judged in order of arrival. Else in the order of time, all of it so much later.
    Duration lateness{0};
    std::vector<std::uint32_t> campaigns;
};

/// That events of one kind may be a step of a pattern.
struct StepUse {
    std::uint32_t pattern = 0;
    std::uint8_t step = 0;
    std::optional<feel::Expression> where;
    std::optional<feel::Expression> same;  ///< The event's key.
};

/// What happens with an event of one kind.
struct KindPlan {
    std::string name;
    std::vector<FeatureUse> features;
    std::vector<RuleUse> rules;
    std::vector<StepUse> steps;  ///< By pattern, then step.
    std::vector<std::uint32_t> campaigns;
};

struct Offer {
    std::string name;
    std::vector<std::string> tags;
    ContentTemplate content;
    std::optional<feel::Expression> eligible;
    double priority = 0;
    std::optional<feel::Expression> score;
    std::optional<Timestamp> valid_from;
    std::optional<Timestamp> valid_to;
    std::optional<customer::Limit> limit;
    std::string consent;
    std::shared_ptr<const Table> table;
};

struct Placement {
    std::string name;
    std::uint64_t id = 0;
    std::vector<std::uint32_t> offers;
    Rank rank = Rank::Priority;
    std::shared_ptr<const Table> table;
    double explore = 0;
    std::optional<std::uint32_t> fallback;
    std::optional<customer::Limit> limit;
    double holdout = 0;
    bool relaxed_commit = false;
};

struct EmailAction {
    feel::Expression to;
    Template subject;
    std::optional<Template> text;
    std::optional<Template> html;
};

struct MessageAction {
    std::optional<Template> title;
    std::optional<Template> body;
    std::optional<ContentTemplate> content;
};

struct WebhookAction {
    Template url;
    std::vector<std::pair<std::string, Template>> headers;
    std::optional<ContentTemplate> body;
    std::string secret;
};

struct Action {
    ActionSpec::Kind kind = ActionSpec::Kind::Message;
    std::optional<EmailAction> email;
    std::optional<MessageAction> message;
    std::optional<WebhookAction> webhook;
};

struct Quiet {
    std::uint16_t from_minute = 0;
    std::uint16_t to_minute = 0;
    std::optional<feel::Expression> zone;  ///< None: the workspace's.
    bool hold = true;
};

struct Campaign {
    std::string name;
    std::uint64_t id = 0;
    std::optional<feel::Expression> when;
    std::string consent;
    CampaignDecision::Kind decide = CampaignDecision::Kind::None;
    std::uint32_t decide_index = 0;  ///< Into placements or offers.
    std::shared_ptr<const Table> table;
    std::optional<customer::Limit> limit;
    std::optional<Quiet> quiet;
    double holdout = 0;
    bool transactional = false;
    std::vector<Action> actions;
};

/// A workspace, compiled and checked: immutable, named by the hash of its files, shared between
/// threads and swapped whole while traffic flows.
class Program {
public:
    /// Compiles every expression and template against the names and types that it may use. Errors
    /// go to `diagnostics`; null if there are any, those of reading included.
    [[nodiscard]] static std::shared_ptr<const Program> compile(
        Workspace workspace, Diagnostics& diagnostics
    );

    // Read by every part, and const once compiled.
    std::uint64_t hash = 0;
    Workspace workspace;
    schema::EventTypes types;
    schema::Wants wants;
    customer::Layout layout;
    Identity identity;
    std::vector<Feature> features;
    std::vector<Rule> rules;
    std::vector<Segment> segments;
    std::vector<Pattern> patterns;
    std::vector<Offer> offers;
    std::vector<Placement> placements;
    std::vector<Experiment> experiments;
    std::vector<Campaign> campaigns;
    std::vector<KindPlan> kinds;
    std::vector<std::uint32_t> strict_patterns;
    /// By ActionSpec::Kind, last of all channels together.
    std::array<std::optional<customer::Limit>, 4> contact_limits;
    bool limits_contact = false;
    Duration late_after{0};                           ///< Zero: never.
    std::shared_ptr<const customer::ZoneTable> zone;  ///< Of calendar windows and limits.
    /// By the number of a condition: where a frame keeps its answer, because it stands in several
    /// places; 0: nowhere. Equal conditions have one number.
    std::vector<std::uint32_t> answer_places{0};
    std::uint32_t answer_count = 1;  ///< The places in use, 0 included.
    std::uint32_t slot_count = 0;
    std::uint32_t feature_slot_base = 0;
    std::uint32_t property_slot_base = 0;
    std::size_t customer_bytes_max = 0;

    /// The kind of an event; declared types keep their index.
    [[nodiscard]] Kind kind_of(const schema::Event& event) const {
        return event.type != schema::kUndeclared ? event.type : kind_of_name(event.name);
    }
    [[nodiscard]] Kind kind_of_name(std::string_view name) const;
    [[nodiscard]] std::optional<std::uint32_t> placement(std::string_view name) const;
    [[nodiscard]] std::optional<std::uint32_t> pattern_by_id(std::uint64_t id) const;

private:
    friend class ProgramCompiler;

    std::unordered_map<std::string, Kind> kinds_by_name_;
    std::unordered_map<std::uint64_t, std::uint32_t> patterns_by_id_;
};

/// The program's name in logs, answers and the data folder: sixteen hex digits.
[[nodiscard]] std::string hash_text(std::uint64_t hash);

}  // namespace attune::program
