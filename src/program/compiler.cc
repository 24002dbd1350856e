#include "program/compiler.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "feel/temporal.h"
#include "feel/zones.h"

namespace attune::program {

namespace {

constexpr std::array<std::string_view, 12> kReserved{
    "event",
    "properties",
    "context",
    "traits",
    "consent",
    "segments",
    "customer",
    "user id",
    "time",
    "offer",
    "table",
    "experiments"};

/// What customers do with in-app messages, as a page reports it; the engine keeps their inboxes by
/// it.
constexpr std::array<std::string_view, 3> kMessageEvents{
    "Message Shown", "Message Clicked", "Message Dismissed"};
constexpr std::string_view kMessageId = "message_id";

bool sends_messages(const Workspace& workspace) {
    return std::any_of(
        workspace.campaigns.begin(),
        workspace.campaigns.end(),
        [](const CampaignSpec& campaign) {
            return std::any_of(
                campaign.actions.begin(),
                campaign.actions.end(),
                [](const ActionSpec& action) { return action.kind == ActionSpec::Kind::Message; }
            );
        }
    );
}

/// Declares the events that answer a message, where the workspace does not do so itself: they are
/// no strangers.
void add_message_events(std::vector<schema::EventType>& types) {
    for (const std::string_view name : kMessageEvents) {
        const bool declared = std::any_of(types.begin(), types.end(), [&](const auto& type) {
            return type.name == name;
        });
        if (!declared) {
            schema::EventType type;
            type.name = name;
            type.properties.emplace_back();
            type.properties.back().name = kMessageId;
            type.properties.back().type = schema::PropertyType::String;
            types.push_back(std::move(type));
        }
    }
}

/// Whether a message's id is found only among the undeclared properties of a type.
bool hides_message_id(const schema::EventType& type) {
    return std::find(kMessageEvents.begin(), kMessageEvents.end(), type.name) !=
               kMessageEvents.end() &&
           !type.index_of(kMessageId);
}

feel::Type type_of_property(schema::PropertyType type) {
    switch (type) {
    case schema::PropertyType::String:
        return feel::Type::Kind::String;
    case schema::PropertyType::Number:
    case schema::PropertyType::Integer:
        return feel::Type::Kind::Number;
    case schema::PropertyType::Boolean:
        return feel::Type::Kind::Boolean;
    case schema::PropertyType::Timestamp:
        return feel::Type::Kind::DateTime;
    default:
        return feel::Type::Kind::Any;
    }
}

feel::Type type_of_feature(const FeatureSpec& spec) {
    if (!spec.by.empty()) {
        return feel::Type::Kind::Any;  // A context by key.
    }
    switch (spec.aggregate) {
    case Aggregate::Session:
        return feel::Type::Kind::Any;
    case Aggregate::Last:
    case Aggregate::First:
    case Aggregate::Top:
    case Aggregate::Set:
        return feel::Type::list(feel::Type::Kind::Any);
    case Aggregate::Since:
        return feel::Type::Kind::DaysTimeDuration;
    default:
        return feel::Type::Kind::Number;
    }
}

std::uint64_t hash_files(const Workspace& workspace) {
    std::uint64_t hash = workspace.files.size();
    for (const FileText& file : workspace.files) {
        hash = hash_combine(hash, hash_combine(hash_bytes(file.path), hash_bytes(file.text)));
    }
    return hash;
}

/// Every event name that the workspace reacts to, besides the declared types.
std::set<std::string> mentioned_events(const Workspace& workspace) {
    std::set<std::string> names;
    const auto add = [&](const std::vector<Text>& texts) {
        for (const Text& text : texts) {
            names.insert(text.text);
        }
    };
    for (const FeatureSpec& feature : workspace.features) {
        add(feature.events);
    }
    for (const PatternSpec& pattern : workspace.patterns) {
        for (const StepSpec& step : pattern.steps) {
            add(step.events);
        }
    }
    for (const RuleSpec& rule : workspace.rules) {
        add(rule.on);
    }
    for (const CampaignSpec& campaign : workspace.campaigns) {
        for (const Trigger& trigger : campaign.on) {
            if (trigger.kind == Trigger::Kind::Event) {
                names.insert(trigger.name.text);
            }
        }
    }
    return names;
}

}  // namespace

std::string_view reserved_name(std::string_view name) {
    const auto* const found = std::find(kReserved.begin(), kReserved.end(), name);
    return found == kReserved.end() ? std::string_view() : *found;
}

std::shared_ptr<const Program> Program::compile(Workspace workspace, Diagnostics& diagnostics) {
    return ProgramCompiler(std::move(workspace), diagnostics).compile();
}

Kind Program::kind_of_name(std::string_view name) const {
    const auto found = kinds_by_name_.find(std::string(name));
    return found != kinds_by_name_.end() ? found->second : static_cast<Kind>(kinds.size() - 1);
}

std::optional<std::uint32_t> Program::placement(std::string_view name) const {
    for (std::uint32_t i = 0; i < placements.size(); ++i) {
        if (placements[i].name == name) {
            return i;
        }
    }
    return std::nullopt;
}

std::optional<std::uint32_t> Program::pattern_by_id(std::uint64_t id) const {
    const auto found = patterns_by_id_.find(id);
    return found == patterns_by_id_.end() ? std::nullopt : std::optional(found->second);
}

std::string hash_text(std::uint64_t hash) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) {
        text += kHex[(hash >> static_cast<unsigned>(shift)) & 0xfU];
    }
    return text;
}

ProgramCompiler::ProgramCompiler(Workspace workspace, Diagnostics& diagnostics)
    : workspace_(std::move(workspace)),
      diagnostics_(diagnostics),
      program_(std::make_shared<Program>()) {}

std::shared_ptr<const Program> ProgramCompiler::compile() {
    program_->hash = hash_files(workspace_);
    compile_types();
    compile_zone();
    collect_kinds();
    number_slots();
    compile_features();
    compile_segments();
    compile_patterns();
    compile_rules();
    compile_offers();
    compile_placements();
    compile_experiments();
    compile_campaigns();
    compile_contact_limits();
    check_unread();
    place_answers();
    compile_identity();
    mark_segments();
    program_->late_after = workspace_.settings.late_after.value_or(Duration(0));
    want_whole_parts();
    bound_bytes();
    if (!diagnostics_.ok()) {
        return nullptr;
    }
    program_->workspace = std::move(workspace_);
    return program_;
}

void ProgramCompiler::compile_types() {
    std::vector<schema::EventType> types;
    types.reserve(workspace_.events.size());
    for (const EventSpec& spec : workspace_.events) {
        types.push_back(spec.type);
    }
    if (sends_messages(workspace_)) {
        add_message_events(types);
    }
    program_->types = schema::EventTypes(std::move(types), workspace_.settings.undeclared);
}

void ProgramCompiler::compile_zone() {
    const Text& name = workspace_.settings.zone;
    const std::optional<Zone> zone = feel::parse_zone(name.text);
    if (!zone) {
        diagnostics_.error(
            name.at,
            "cannot use zone \"" + name.text + "\": the tz database has no such name",
            "as in Europe/Paris, or an offset such as +02:00"
        );
    }
    customer::ZoneTable table;
    if (zone && zone->kind == Zone::Kind::Offset) {
        table.changes = {{0, std::int64_t{zone->offset_seconds} * 1'000}};
    } else if (zone && zone->kind == Zone::Kind::Named) {
        constexpr std::int64_t kEnd = 4'102'444'800;  // 2100
        table.changes.clear();
        for (const feel::ZoneChange& change : feel::zone_changes(zone->name, 0, kEnd)) {
            table.changes.push_back(
                {change.from_utc_seconds * 1'000, std::int64_t{change.offset_seconds} * 1'000}
            );
        }
    }
    program_->zone = std::make_shared<const customer::ZoneTable>(std::move(table));
}

Kind ProgramCompiler::add_kind(const std::string& name) {
    const auto [entry, added] =
        program_->kinds_by_name_.try_emplace(name, static_cast<Kind>(program_->kinds.size()));
    if (added) {
        program_->kinds.push_back({name, {}, {}, {}, {}});
    }
    return entry->second;
}

void ProgramCompiler::collect_kinds() {
    for (const schema::EventType& type : program_->types.all()) {
        add_kind(type.name);
    }
    for (const std::string& name : mentioned_events(workspace_)) {
        add_kind(name);
    }
    program_->kinds.push_back({"", {}, {}, {}, {}});
}

void ProgramCompiler::number_slots() {
    program_->feature_slot_base = kFixedSlots;
    program_->property_slot_base =
        static_cast<std::uint32_t>(kFixedSlots + workspace_.features.size());
    program_->slot_count =
        static_cast<std::uint32_t>(program_->property_slot_base + program_->types.properties_max());
    add_names(general_);
    general_.declare("event", feel::Type::Kind::String, kEventSlot);
    general_.declare("properties", feel::Type::Kind::Any, kPropertiesSlot);
    std::set<std::string> all_properties;
    for (const schema::EventType& type : program_->types.all()) {
        for (const schema::Property& property : type.properties) {
            all_properties.insert(property.name);
        }
    }
    for (Kind kind = 0; kind < program_->kinds.size(); ++kind) {
        by_kind_.push_back(std::make_unique<feel::Scope>(&general_));
        feel::Scope& scope = *by_kind_.back();
        const bool declared = kind < program_->types.size();
        const bool other = kind + 1 == program_->kinds.size();
        if (!other) {
            // Known, so that `event = "X" and …` folds away for every other kind.
            scope.declare_constant("event", Value::string(program_->kinds[kind].name));
        }
        if (!declared) {
            continue;
        }
        const schema::EventType& type = program_->types[kind];
        if (type.properties.empty()) {
            continue;  // Its properties are read from the whole.
        }
        scope.declare("properties", feel::Type::Kind::Any, kPropertiesSlot);
        for (std::uint32_t i = 0; i < type.properties.size(); ++i) {
            const std::array<std::string, 2> path{"properties", type.properties[i].name};
            scope.declare_member(
                path, type_of_property(type.properties[i].type), program_->property_slot_base + i
            );
        }
        // What only other types declare is null here, so that one expression fits several kinds of
        // events.
        for (const std::string& name : all_properties) {
            if (!type.index_of(name)) {
                const std::array<std::string, 2> path{"properties", name};
                scope.declare_member(path, feel::Type::Kind::Any, kNullSlot);
            }
        }
    }
}

void ProgramCompiler::add_names(feel::Scope& scope) const {
    scope.declare("context", feel::Type::Kind::Any, kContextSlot);
    scope.declare("traits", feel::Type::Kind::Any, kTraitsSlot);
    scope.declare("consent", feel::Type::Kind::Any, kConsentSlot);
    scope.declare("segments", feel::Type::list(feel::Type::Kind::String), kSegmentsSlot);
    scope.declare("customer", feel::Type::Kind::String, kCustomerSlot);
    scope.declare("user id", feel::Type::Kind::String, kUserIdSlot);
    scope.declare("time", feel::Type::Kind::DateTime, kTimeSlot);
    scope.declare("offer", feel::Type::Kind::Any, kOfferSlot);
    scope.declare("table", feel::Type::Kind::Any, kTableSlot);
    std::vector<feel::Type::Field> experiments;
    for (const ExperimentSpec& spec : workspace_.experiments) {
        experiments.push_back({spec.name.text, feel::Type::Kind::String});
    }
    for (const std::string& name : workspace_.unread.experiments) {
        experiments.push_back({name, feel::Type::Kind::String});
    }
    scope.declare("experiments", feel::Type::context(std::move(experiments)), kExperimentsSlot);
    // Their slots are never read: there is no program when something could not be read.
    for (const std::string& name : workspace_.unread.features) {
        scope.declare(name, feel::Type::Kind::Any, kNullSlot);
    }
    for (std::uint32_t i = 0; i < workspace_.features.size(); ++i) {
        const FeatureSpec& feature = workspace_.features[i];
        scope.declare(feature.name.text, type_of_feature(feature), kFixedSlots + i);
    }
}

void ProgramCompiler::check_unread() {
    for (const Unread::Fragment& fragment : workspace_.unread.fragments) {
        if (fragment.is_template) {
            static_cast<void>(
                Template::compile(fragment.text, Target::PlainText, general_, diagnostics_)
            );
        } else {
            static_cast<void>(expression(fragment.text, general_));
        }
    }
}

std::optional<feel::Expression> ProgramCompiler::expression(
    const Text& text, const feel::Scope& scope
) {
    feel::Compilation compilation = feel::Expression::compile(text.text, scope);
    for (const feel::Diagnostic& problem : compilation.diagnostics) {
        if (problem.severity == feel::Diagnostic::Severity::Error) {
            diagnostics_.error_in(
                text, problem.offset, problem.length, problem.message, problem.hint
            );
        } else {
            diagnostics_.warning_in(
                text, problem.offset, problem.length, problem.message, problem.hint
            );
        }
    }
    return compilation.expression;
}

std::optional<feel::Expression> ProgramCompiler::condition(
    const Text& text, const feel::Scope& scope
) {
    std::optional<feel::Expression> compiled = expression(text, scope);
    const feel::Type boolean(feel::Type::Kind::Boolean);
    if (compiled && !compiled->type().any() && !compiled->type().conforms_to(boolean)) {
        diagnostics_.error_in(
            text,
            0,
            text.text.size(),
            "a condition must be true or false, this is a " + to_string(compiled->type())
        );
        return std::nullopt;
    }
    return compiled ? std::optional(shared(std::move(*compiled), scope)) : std::nullopt;
}

feel::Expression ProgramCompiler::shared(feel::Expression compiled, const feel::Scope& scope) {
    const std::span<const feel::Slot> slots = compiled.slots();
    const auto reads = [&](feel::Slot slot) {
        return std::binary_search(slots.begin(), slots.end(), slot);
    };
    // Nothing is quicker to look up than these; and what is set between two conditions of one
    // moment has no answer for that moment.
    if (compiled.constant() || compiled.only_slot() || reads(kContextSlot) || reads(kOfferSlot) ||
        reads(kTableSlot)) {
        return compiled;
    }
    compiled.set_number(static_cast<std::uint32_t>(condition_uses_.size()));
    const auto [known, fresh] = conditions_.try_emplace({&scope, compiled.print()}, compiled);
    if (fresh) {
        condition_uses_.push_back(0);
    }
    ++condition_uses_[known->second.number()];
    // Reasons quote the text as it was written, so texts that differ in spaces are both kept.
    if (known->second.text() == compiled.text()) {
        return known->second;
    }
    compiled.set_number(known->second.number());
    return compiled;
}

void ProgramCompiler::place_answers() {
    program_->answer_places.assign(condition_uses_.size(), 0);
    program_->answer_count = 1;
    for (std::size_t number = 1; number < condition_uses_.size(); ++number) {
        if (condition_uses_[number] > 1) {
            program_->answer_places[number] = program_->answer_count++;
        }
    }
}

std::vector<Kind> ProgramCompiler::kinds_of(const std::vector<Text>& names) const {
    std::vector<Kind> kinds;
    if (names.empty()) {
        for (Kind kind = 0; kind < program_->kinds.size(); ++kind) {
            kinds.push_back(kind);
        }
        return kinds;
    }
    for (const Text& name : names) {
        kinds.push_back(program_->kind_of_name(name.text));
    }
    return kinds;
}

customer::Limit ProgramCompiler::limit(const std::string& of, const LimitSpec& spec) {
    if (spec.times > customer::kLimitTimesMax) {
        diagnostics_.error(
            spec.at,
            "a limit keeps the time of each use and counts to at most " +
                std::to_string(customer::kLimitTimesMax) + ", not " + std::to_string(spec.times)
        );
    }
    limit_bytes_max_ += customer::kLimitHeaderBytes + spec.times * sizeof(std::int64_t);
    // Without a span, for ever: longer than anything lives.
    constexpr Duration kForEver(std::int64_t{1} << 60);
    return {
        hash_bytes(of),
        spec.times,
        spec.per.value_or(kForEver),
        spec.calendar,
        spec.calendar == customer::Calendar::None ? nullptr : program_->zone};
}

std::shared_ptr<const Table> ProgramCompiler::table(const DecisionRef& ref) {
    if (ref.empty()) {
        return nullptr;
    }
    const std::string name = ref.file.text + "#" + ref.decision.text;
    const auto known = tables_.find(name);
    if (known != tables_.end()) {
        return known->second;
    }
    return tables_[name] = Table::compile(workspace_, ref, general_, diagnostics_);
}

void ProgramCompiler::mark_segments() {
    if (workspace_.segments.empty()) {
        return;
    }
    // What a condition reads may change under it: a feature, by its definition.
    std::uint64_t mark = program_->layout.hash;
    for (const SegmentSpec& segment : workspace_.segments) {
        mark = hash_combine(mark, hash_bytes(segment.name.text));
        mark = hash_combine(mark, hash_bytes(segment.when.text));
        mark = hash_combine(
            mark, static_cast<std::uint64_t>(segment.for_at_least.value_or(Duration(0)).count())
        );
    }
    for (const Feature& feature : program_->features) {
        mark = hash_combine(hash_combine(mark, hash_bytes(feature.name)), feature.section);
    }
    program_->layout.segments = std::max(static_cast<std::uint32_t>(mark >> 32U), 2U);
}

void ProgramCompiler::compile_identity() {
    program_->identity = Identity::compile(workspace_, diagnostics_);
    if (const auto& merges = program_->identity.merges) {
        limit_bytes_max_ += customer::kLimitHeaderBytes + merges->times * sizeof(std::int64_t);
    }
}

void ProgramCompiler::want_whole_parts() {
    // Everything that runs outside a kind's own scope may read the whole of `properties` and
    // `context`; a kind whose events trigger nothing of the sort does not pay for it.
    schema::Wants& wants = program_->wants;
    wants.context = context_;
    wants.properties_of.assign(program_->types.size(), false);
    const auto reads_whole = [](const std::optional<feel::Expression>& expression) {
        return expression &&
               std::binary_search(
                   expression->slots().begin(), expression->slots().end(), kPropertiesSlot
               );
    };
    for (Kind kind = 0; kind < program_->kinds.size(); ++kind) {
        const KindPlan& plan = program_->kinds[kind];
        bool whole = !plan.campaigns.empty();
        for (const FeatureUse& use : plan.features) {
            whole = whole || reads_whole(use.where) || reads_whole(use.of) || reads_whole(use.by);
        }
        for (const RuleUse& use : plan.rules) {
            whole = whole || reads_whole(use.when) || !program_->rules[use.rule].campaigns.empty();
        }
        for (const StepUse& use : plan.steps) {
            whole = whole || reads_whole(use.where) || reads_whole(use.same) ||
                    !program_->patterns[use.pattern].campaigns.empty();
        }
        if (kind < program_->types.size()) {
            wants.properties_of[kind] =
                whole || whole_properties_ || hides_message_id(program_->types[kind]);
        } else {
            wants.properties = wants.properties || whole || whole_properties_;
        }
    }
}

void ProgramCompiler::bound_bytes() {
    std::size_t instances = 0;
    std::size_t ordered = 0;
    for (const Pattern& pattern : program_->patterns) {
        instances += pattern.instances_max;
        ordered += pattern.lateness.count() > 0 ? 1 : 0;
    }
    program_->customer_bytes_max = program_->layout.bytes_max(
        instances, 2 * program_->segments.size(), limit_bytes_max_, ordered
    );
    const std::size_t allowed = std::min<std::size_t>(
        workspace_.settings.limits.customer_bytes_max, customer::kBlobBytesMax
    );
    if (program_->customer_bytes_max > allowed) {
        diagnostics_.error(
            Location{},
            "a customer can cost " + std::to_string(program_->customer_bytes_max) +
                " bytes, more than the " + std::to_string(allowed) +
                " that limits.customer_bytes_max allows",
            "lower `keep:`, shorten windows, or remove features that nothing reads"
        );
    }
}

}  // namespace attune::program
