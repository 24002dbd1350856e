#include <algorithm>

#include "program/workspace_bind.h"

// Settings, sources, events and features.

namespace attune::program {

namespace {

/// In the order of Aggregate.
std::span<const std::string_view> aggregate_names() {
    return shape_of(Section::Features).exactly_one;
}

std::optional<schema::PropertyType> parse_type(std::string_view text) {
    constexpr auto kLast = static_cast<int>(schema::PropertyType::Timestamp);
    for (int i = 0; i <= kLast; ++i) {
        const auto type = static_cast<schema::PropertyType>(i);
        if (to_string(type) == text) {
            return type;
        }
    }
    return std::nullopt;
}

std::optional<std::uint32_t> to_length(std::optional<std::int64_t> number) {
    return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

/// One property, reporting limits that its type cannot have.
class PropertyBinder {
public:
    PropertyBinder(const Text& name, const Text& event, Binding& binding)
        : name_(name), event_(event), binding_(binding) {}

    schema::Property bind(const yaml::Node& node);

private:
    void error(Location at, const std::string& why) {
        binding_.diagnostics.error(
            at,
            "cannot read property \"" + name_.text + "\" of event \"" + event_.text + "\": " + why
        );
    }
    void bind_bounds(const Fields& fields, schema::Property& property);
    void bind_lengths(const Fields& fields, schema::Property& property);
    void bind_text_rules(const Fields& fields, schema::Property& property);
    void refuse_unless(
        bool fits,
        const Fields& fields,
        std::initializer_list<std::string_view> keys,
        std::string_view what
    );

    const Text& name_;
    const Text& event_;
    Binding& binding_;
};

void PropertyBinder::refuse_unless(
    bool fits,
    const Fields& fields,
    std::initializer_list<std::string_view> keys,
    std::string_view what
) {
    for (const std::string_view key : keys) {
        const yaml::Node* node = fits ? nullptr : fields.find(key);
        if (node != nullptr) {
            error(
                node->text.at, "\"" + std::string(key) + "\" is for " + std::string(what) + " only"
            );
        }
    }
}

void PropertyBinder::bind_bounds(const Fields& fields, schema::Property& property) {
    const auto decimal = [&](std::string_view key) {
        return Decimal::parse(fields.text(key).text);
    };
    property.minimum_exclusive = fields.has("above");
    property.maximum_exclusive = fields.has("below");
    property.minimum = decimal(property.minimum_exclusive ? "above" : "min");
    property.maximum = decimal(property.maximum_exclusive ? "below" : "max");
    if (fields.has("above") && fields.has("min")) {
        error(fields.at(), "it has both \"above\" and \"min\"");
    }
    if (fields.has("below") && fields.has("max")) {
        error(fields.at(), "it has both \"below\" and \"max\"");
    }
    if (property.minimum && property.maximum && *property.minimum > *property.maximum) {
        error(fields.at(), "its least number is greater than its greatest");
    }
}

void PropertyBinder::bind_lengths(const Fields& fields, schema::Property& property) {
    property.length_min = to_length(fields.integer("min_length"));
    property.length_max = to_length(fields.integer("max_length"));
    if (property.length_min && property.length_max && *property.length_min > *property.length_max) {
        error(fields.at(), "its least length is greater than its greatest");
    }
}

void PropertyBinder::bind_text_rules(const Fields& fields, schema::Property& property) {
    if (const Text pattern = fields.text("pattern"); !pattern.empty()) {
        Result<schema::Pattern> compiled = schema::Pattern::compile(pattern.text);
        if (compiled) {
            property.pattern = std::move(compiled).value();
        } else {
            error(pattern.at, compiled.error().message);
        }
    }
    property.format = schema::parse_format(fields.text("format").text);
}

schema::Property PropertyBinder::bind(const yaml::Node& node) {
    schema::Property property;
    property.name = name_.text;
    if (node.kind == yaml::Node::Kind::Scalar) {
        property.type = parse_type(node.text.text).value_or(schema::PropertyType::Any);
        return property;
    }
    using Type = schema::PropertyType;
    const Fields fields(node);
    property.type = parse_type(fields.text("type").text).value_or(Type::Any);
    property.required = fields.boolean("required").value_or(false);
    const Type type = property.type;
    refuse_unless(
        type == Type::Number || type == Type::Integer,
        fields,
        {"min", "max", "above", "below"},
        "numbers"
    );
    refuse_unless(
        type == Type::String || type == Type::Array,
        fields,
        {"min_length", "max_length"},
        "strings and arrays"
    );
    refuse_unless(type == Type::String, fields, {"pattern", "format"}, "strings");
    bind_bounds(fields, property);
    bind_lengths(fields, property);
    bind_text_rules(fields, property);
    Arena arena(1024);
    for (const yaml::Node* value : fields.items("enum")) {
        property.values.push_back(
            std::make_shared<const OwnedValue>(to_value(to_data(*value), arena))
        );
    }
    return property;
}

void bind_schema_file(const Text& path, EventSpec& spec, Binding& binding) {
    const FileText* file = binding.read_file(path);
    if (file == nullptr) {
        return;
    }
    std::vector<schema::SchemaProblem> problems;
    spec.type.schema = schema::JsonSchema::compile(file->text, problems);
    const Location at{binding.source_of(*file), 0, 0};
    for (schema::SchemaProblem& problem : problems) {
        const std::string where = problem.pointer.empty() ? "" : " at " + problem.pointer;
        binding.diagnostics.error(
            at, "cannot read the JSON Schema" + where + ": " + problem.message, problem.hint
        );
    }
}

/// What an aggregate needs and what it cannot have.
struct AggregateRules {
    bool of_needed = false;
    bool of_allowed = true;
    bool keep_allowed = false;
    bool half_life_allowed = false;
    bool window_allowed = true;
};

AggregateRules rules_of(Aggregate aggregate) {
    switch (aggregate) {
    case Aggregate::Count:
        return {.of_allowed = false, .half_life_allowed = true};
    case Aggregate::Sum:
        return {.of_needed = true, .half_life_allowed = true};
    case Aggregate::Min:
    case Aggregate::Max:
    case Aggregate::Avg:
    case Aggregate::Stddev:
    case Aggregate::Distinct:
        return {.of_needed = true};
    case Aggregate::Last:
        return {.of_needed = true, .keep_allowed = true};
    case Aggregate::First:
        // Of a window, the next first value would have to be kept for the day on which the first
        // one leaves it.
        return {.of_needed = true, .keep_allowed = true, .window_allowed = false};
    case Aggregate::Top:
        return {
            .of_needed = true,
            .keep_allowed = true,
            .half_life_allowed = true,
            .window_allowed = false};
    case Aggregate::Since:
        return {.of_allowed = false, .window_allowed = false};
    case Aggregate::Rate:
        return {.of_allowed = false, .half_life_allowed = true};
    case Aggregate::Ratio:
        return {.of_allowed = false, .window_allowed = false};
    case Aggregate::Set:
        return {.of_needed = true, .keep_allowed = true};
    case Aggregate::Session:
        return {.window_allowed = false};
    case Aggregate::Quantile:
        return {.of_needed = true};
    }
    return {};
}

void check_feature(const FeatureSpec& spec, const Fields& fields, Binding& binding) {
    const AggregateRules rules = rules_of(spec.aggregate);
    const std::string aggregate(to_string(spec.aggregate));
    const auto refuse = [&](bool wrong, std::string_view key, const std::string& why) {
        const yaml::Node* node = fields.find(key);
        if (wrong) {
            binding.diagnostics.error(
                node == nullptr ? spec.at : node->text.at,
                "cannot read feature \"" + spec.name.text + "\": " + why
            );
        }
    };
    const auto no_use = [&](std::string_view key) {
        return "\"" + std::string(key) + "\" has no meaning for " + aggregate;
    };
    const bool grouped = !spec.by.empty();
    const bool windowed = spec.window || spec.calendar != customer::Calendar::None;
    const bool countable = rules.window_allowed && !rules.keep_allowed;
    const bool numbers =
        countable && spec.aggregate != Aggregate::Distinct && spec.aggregate != Aggregate::Quantile;
    refuse(
        rules.of_needed && spec.of.empty(),
        "of",
        aggregate + " needs `of`: what to take from the event"
    );
    refuse(!rules.of_allowed && fields.has("of"), "of", no_use("of"));
    refuse(!rules.keep_allowed && spec.keep && !grouped && !spec.exact, "keep", no_use("keep"));
    refuse(!rules.half_life_allowed && spec.half_life, "half_life", no_use("half_life"));
    refuse(!rules.window_allowed && windowed, "window", no_use("window"));
    refuse(fields.has("gap") && spec.aggregate != Aggregate::Session, "gap", no_use("gap"));
    refuse(fields.has("at") && spec.aggregate != Aggregate::Quantile, "at", no_use("at"));
    refuse(grouped && !countable, "by", no_use("by"));
    refuse(spec.exact && !numbers, "exact", no_use("exact"));
    refuse(
        spec.exact && !windowed, "exact", "`exact` is about the end of a window, and it has none"
    );
    refuse(
        spec.exact && spec.calendar != customer::Calendar::None,
        "exact",
        "a window of the calendar is exact already"
    );
    refuse(spec.exact && grouped, "exact", "it has both `by` and `exact`; one is enough");
    refuse(
        spec.aggregate == Aggregate::Rate && spec.calendar != customer::Calendar::None,
        "window",
        "a rate needs a window of one length, such as 7d"
    );
    refuse(
        spec.half_life && windowed,
        "half_life",
        "it has both `window` and `half_life`; one is enough"
    );
    refuse(
        spec.aggregate == Aggregate::Rate && !spec.half_life && !windowed,
        "rate",
        "rate needs `window` or `half_life`"
    );
    refuse(grouped && !spec.keep, "by", "`by` needs `keep`: at most so many keys per customer");
    refuse(
        spec.exact && !spec.keep,
        "exact",
        "`exact` needs `keep`: at most so many events per customer"
    );
    refuse(
        spec.aggregate == Aggregate::Ratio && (fields.has("where") || grouped),
        grouped ? "by" : "where",
        "a ratio is of two features and looks at no event"
    );
}

}  // namespace

std::string_view to_string(Aggregate aggregate) {
    return aggregate_names()[static_cast<std::size_t>(aggregate)];
}

void bind_settings(const Fields& fields, Settings& settings) {
    settings.name = fields.has("name") ? fields.text("name") : settings.name;
    settings.zone = fields.has("zone") ? fields.text("zone") : settings.zone;
    if (fields.text("undeclared").text == "quarantine") {
        settings.undeclared = schema::Undeclared::Quarantine;
    }
    settings.webhook_secret = fields.text("webhook_secret");
    if (const yaml::Node* node = fields.find("limits")) {
        const Fields limits(*node);
        const auto set = [&](std::string_view key, std::uint32_t& limit) {
            limit = static_cast<std::uint32_t>(limits.integer(key).value_or(limit));
        };
        set("customer_bytes", settings.limits.customer_bytes_max);
        set("pattern_instances", settings.limits.pattern_instances_max);
        set("recent_ids", settings.limits.recent_ids_max);
        if (const auto merges = limits.integer("merges_per_day")) {
            settings.limits.merges_per_day_max = static_cast<std::uint32_t>(*merges);
        }
    }
    settings.late_after = fields.duration("late_after");
    if (const yaml::Node* node = fields.find("contact_limits")) {
        const Fields contact(*node);
        settings.contact_limits = {
            contact.limit("email"),
            contact.limit("message"),
            contact.limit("webhook"),
            contact.limit("any")};
    }
    if (const yaml::Node* node = fields.find("email")) {
        const Fields email(*node);
        settings.email = {
            email.text("from"), email.text("server"), email.text("user"), email.text("password")};
    }
}

SourceSpec bind_source(const Text& name, const yaml::Node& node) {
    const Fields fields(node);
    return {name, fields.text("kind"), fields.text("write_key")};
}

EventSpec bind_event(const Text& name, const yaml::Node& node, Binding& binding) {
    EventSpec spec;
    spec.name = name;
    spec.type.name = name.text;
    const Fields fields(node);
    spec.description = fields.text("description");
    spec.type.additional = fields.boolean("additional").value_or(true);
    if (const yaml::Node* properties = fields.find("properties")) {
        for (const auto& [property, value] : properties->entries) {
            spec.type.properties.push_back(PropertyBinder(property, name, binding).bind(*value));
            spec.property_locations.push_back(property.at);
        }
    }
    if (spec.type.properties.size() > schema::EventTypes::kPropertiesMax) {
        binding.diagnostics.error(
            name.at,
            "cannot read event \"" + name.text + "\": it has more than " +
                std::to_string(schema::EventTypes::kPropertiesMax) + " properties"
        );
    }
    spec.schema_file = fields.text("schema");
    if (!spec.schema_file.empty()) {
        bind_schema_file(spec.schema_file, spec, binding);
    }
    return spec;
}

IdentifierSpec bind_identifier(const Text& name, const yaml::Node& node) {
    IdentifierSpec spec;
    spec.name = name;
    const Fields fields(node);
    spec.description = fields.text("description");
    spec.from = fields.texts("from");
    spec.on = fields.texts("on");
    const std::string form = fields.has("form") ? fields.text("form").text : name.text;
    spec.form = form == "email"   ? IdentifierForm::Email
                : form == "phone" ? IdentifierForm::Phone
                                  : IdentifierForm::Text;
    const std::string merge = fields.text("merge").text;
    spec.merge = merge == "users"   ? MergeRule::Users
                 : merge == "never" ? MergeRule::Never
                                    : MergeRule::Anonymous;
    if (const auto times = fields.integer("per_customer")) {
        spec.per_customer_max = static_cast<std::uint32_t>(*times);
    }
    spec.ignore = fields.texts("ignore");
    return spec;
}

FeatureSpec bind_feature(const Text& name, const yaml::Node& node, Binding& binding) {
    FeatureSpec spec;
    spec.name = name;
    spec.at = node.text.at;
    const Fields fields(node);
    std::string_view key;
    for (std::size_t i = 0; i < aggregate_names().size(); ++i) {
        if (fields.has(aggregate_names()[i])) {
            key = aggregate_names()[i];
            spec.aggregate = static_cast<Aggregate>(i);
        }
    }
    if (spec.aggregate == Aggregate::Ratio) {
        const std::vector<Text> pair = fields.texts(key);
        if (pair.size() == 2) {
            spec.numerator = pair[0];
            spec.denominator = pair[1];
        } else {
            binding.diagnostics.error(
                spec.at, "cannot read feature \"" + name.text + "\": a ratio needs two features"
            );
        }
    } else {
        spec.events = fields.texts(key);
    }
    spec.description = fields.text("description");
    spec.of = fields.text("of");
    spec.where = fields.text("where");
    spec.by = fields.text("by");
    spec.window = fields.duration("window");
    spec.calendar = parse_calendar(fields.text("window").text);
    spec.gap = fields.duration("gap");
    spec.at_share = fields.share("at");
    spec.half_life = fields.duration("half_life");
    spec.exact = fields.boolean("exact").value_or(false);
    if (const auto keep = fields.integer("keep")) {
        spec.keep = static_cast<std::uint32_t>(*keep);
    }
    if (!key.empty()) {
        check_feature(spec, fields, binding);
    }
    return spec;
}

}  // namespace attune::program
