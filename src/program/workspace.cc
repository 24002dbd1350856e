#include "program/workspace.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/closest.h"
#include "program/workspace_bind.h"
#include "program/workspace_check.h"
#include "program/workspace_files.h"
#include "program/workspace_names.h"
#include "program/workspace_offers.h"
#include "program/workspace_shape.h"
#include "program/yaml_tree.h"

namespace attune::program {

namespace {

template <typename Spec>
void sort_by_name(std::vector<Spec>& specs) {
    std::stable_sort(specs.begin(), specs.end(), [](const Spec& lhs, const Spec& rhs) {
        return lhs.name.text < rhs.name.text;
    });
}

/// The position of a name in a list that is sorted by name.
template <typename Spec>
std::optional<std::uint32_t> index_of(const std::vector<Spec>& specs, std::string_view name) {
    const auto found = std::lower_bound(
        specs.begin(),
        specs.end(),
        name,
        [](const Spec& spec, std::string_view wanted) { return spec.name.text < wanted; }
    );
    if (found == specs.end() || found->name.text != name) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(found - specs.begin());
}

/// Reads files one after the other into one Workspace, then resolves what they say of each other.
class Loading {
public:
    Loading(WorkspaceFiles& files, Diagnostics& diagnostics, const WorkspaceLimits& limits)
        : files_(files),
          diagnostics_(diagnostics),
          limits_(limits),
          checker_(diagnostics),
          names_(diagnostics),
          binding_{
              diagnostics,
              [this](const Text& path) { return files_.read(path, diagnostics_); },
              [this](const FileText& file) { return files_.source_of(file, diagnostics_); },
              [this](const std::string& path, std::string_view ending) {
                  return files_.beside(path, ending);
              }} {}

    void read(const FileText& file);
    Workspace finish();

private:
    void read_document(const yaml::Node& root);
    void read_settings(const yaml::Node& node);
    void read_section(Section section, const yaml::Node& node);
    void bind(Section section, const Text& name, const yaml::Node& node);
    void sort();
    void resolve_placements();
    void resolve_offers(PlacementSpec& placement);
    void check_experiments();
    void resolve_campaigns();
    void resolve_trigger(Trigger& trigger, const CampaignSpec& campaign);
    void resolve_decision(CampaignSpec& campaign);
    void resolve_template(ActionSpec& action, const CampaignSpec& campaign);

    WorkspaceFiles& files_;
    Diagnostics& diagnostics_;
    const WorkspaceLimits& limits_;
    ShapeChecker checker_;
    Names names_;
    Binding binding_;
    Workspace workspace_;
    std::map<std::string, Location> settings_;
    /// What a placement's `offers` and `fallback` say, by its name, until all offers are known.
    struct PlacementOffers {
        std::optional<std::vector<Text>> names;
        Text fallback;
    };
    void keep_unread(Section section, const Text& name, const yaml::Node& node);

    std::map<std::string, PlacementOffers> placement_offers_;
    std::vector<CampaignSpec> unread_campaigns_;  ///< For the names in them.
    /// Every file could be read to its end; otherwise a name that is not there may be in the rest.
    bool whole_ = true;
};

void Loading::read(const FileText& file) {
    const std::uint32_t source = files_.source_of(file, diagnostics_);
    const yaml::Limits limits{limits_.nodes_max, limits_.depth_max};
    const yaml::Tree tree = yaml::parse(source, diagnostics_, limits);
    whole_ = whole_ && tree.whole();
    for (const yaml::Node* document : tree.documents()) {
        read_document(*document);
    }
}

void Loading::read_document(const yaml::Node& root) {
    if (root.kind == yaml::Node::Kind::Null) {
        return;  // A file of comments.
    }
    const std::string subject = "the file";
    if (root.kind != yaml::Node::Kind::Map) {
        diagnostics_.error(
            root.text.at,
            "cannot read " + subject + ": must be a mapping of sections, got " +
                std::string(yaml::describe(root)),
            "begin with `features:`, `events:` or another section"
        );
        return;
    }
    for (const auto& [key, node] : root.entries) {
        std::size_t index = 0;
        while (index < kSectionCount && key_of(static_cast<Section>(index)) != key.text) {
            ++index;
        }
        if (index < kSectionCount) {
            read_section(static_cast<Section>(index), *node);
            continue;
        }
        std::vector<std::string_view> known;
        std::string all;
        for (const Key& section : file_shape().keys) {
            known.push_back(section.name);
            all.append(all.empty() ? "" : ", ").append(section.name);
        }
        const std::string_view near = closest(key.text, known);
        diagnostics_.error(
            key.at,
            "cannot read " + subject + ": unknown section \"" + key.text + "\"",
            near.empty() ? "known are " + all : "did you mean \"" + std::string(near) + "\"?"
        );
    }
}

void Loading::read_settings(const yaml::Node& node) {
    if (!checker_.check(node, shape_of(Section::Workspace), {"the workspace's settings", ""})) {
        return;
    }
    for (const auto& [key, value] : node.entries) {
        const auto [existing, added] = settings_.emplace(key.text, key.at);
        if (!added) {
            diagnostics_.error(
                key.at,
                "cannot read the workspace's settings: \"" + key.text + "\" is set at " +
                    diagnostics_.to_string(existing->second) + " already"
            );
        }
    }
    bind_settings(Fields(node), workspace_.settings);
}

void Loading::read_section(Section section, const yaml::Node& node) {
    if (node.kind == yaml::Node::Kind::Null) {
        return;  // `features:` with nothing below it yet.
    }
    if (section == Section::Workspace) {
        read_settings(node);
        return;
    }
    if (node.kind != yaml::Node::Kind::Map) {
        diagnostics_.error(
            node.text.at,
            "cannot read section \"" + std::string(key_of(section)) +
                "\": must be a mapping of names, got " + std::string(yaml::describe(node))
        );
        return;
    }
    if (node.entries.size() > limits_.names_max) {
        diagnostics_.error(
            node.text.at,
            "cannot read section \"" + std::string(key_of(section)) + "\": more than " +
                std::to_string(limits_.names_max) + " names"
        );
        return;
    }
    for (const auto& [name, value] : node.entries) {
        const Subject subject{std::string(one_of(section)) + " \"" + name.text + "\"", ""};
        static_cast<void>(checker_.take_fragments());
        const bool fits = checker_.check(*value, shape_of(section), subject);
        // A name whose value is wrong is there all the same: what refers to it is not wrong too.
        const bool declared = names_.declare(section, name, limits_.name_bytes_max);
        if (declared && fits) {
            bind(section, name, *value);
        } else if (declared) {
            keep_unread(section, name, *value);
        }
    }
}

/// Of a definition that does not fit: its name, and what of it can be checked all the same.
void Loading::keep_unread(Section section, const Text& name, const yaml::Node& node) {
    Unread& unread = workspace_.unread;
    if (section == Section::Features) {
        unread.features.push_back(name.text);
    }
    if (section == Section::Experiments) {
        unread.experiments.push_back(name.text);
    }
    if (section == Section::Campaigns) {
        // What a binder says of what is not there follows from what has been said.
        Diagnostics unheard;
        Binding quiet{unheard, binding_.read_file, binding_.source_of, binding_.beside};
        unread_campaigns_.push_back(bind_campaign(name, node, quiet));
    }
    // Steps of patterns, tests and declarations of events have names of their own.
    constexpr std::array<Section, 6> kChecked{
        Section::Features,
        Section::Segments,
        Section::Rules,
        Section::Offers,
        Section::Campaigns,
        Section::Templates};
    if (std::find(kChecked.begin(), kChecked.end(), section) != kChecked.end()) {
        for (Unread::Fragment& fragment : checker_.take_fragments()) {
            unread.fragments.push_back(std::move(fragment));
        }
    }
}

void Loading::bind(Section section, const Text& name, const yaml::Node& node) {
    switch (section) {
    case Section::Workspace:
        break;
    case Section::Sources:
        workspace_.sources.push_back(bind_source(name, node));
        break;
    case Section::Events:
        workspace_.events.push_back(bind_event(name, node, binding_));
        break;
    case Section::Identifiers:
        workspace_.identifiers.push_back(bind_identifier(name, node));
        break;
    case Section::Features:
        workspace_.features.push_back(bind_feature(name, node, binding_));
        break;
    case Section::Segments:
        workspace_.segments.push_back(bind_segment(name, node));
        break;
    case Section::Patterns:
        workspace_.patterns.push_back(bind_pattern(name, node, binding_));
        break;
    case Section::Rules:
        workspace_.rules.push_back(bind_rule(name, node, binding_));
        break;
    case Section::Offers:
        workspace_.offers.push_back(bind_offer(name, node, binding_));
        break;
    case Section::Placements: {
        const Fields fields(node);
        PlacementOffers& offers = placement_offers_[name.text];
        offers.fallback = fields.text("fallback");
        if (const yaml::Node* list = fields.find("offers");
            list != nullptr && list->kind == yaml::Node::Kind::List) {
            offers.names = fields.texts("offers");
        }
        workspace_.placements.push_back(bind_placement(name, node, binding_));
        break;
    }
    case Section::Experiments:
        workspace_.experiments.push_back(bind_experiment(name, node, binding_));
        break;
    case Section::Campaigns:
        workspace_.campaigns.push_back(bind_campaign(name, node, binding_));
        break;
    case Section::Templates:
        workspace_.templates.push_back(bind_template(name, node, binding_));
        break;
    case Section::Tests:
        workspace_.tests.push_back(bind_scenario(name, node, binding_));
        break;
    }
}

void Loading::sort() {
    sort_by_name(workspace_.sources);
    sort_by_name(workspace_.events);
    sort_by_name(workspace_.identifiers);
    sort_by_name(workspace_.features);
    sort_by_name(workspace_.segments);
    sort_by_name(workspace_.patterns);
    sort_by_name(workspace_.rules);
    sort_by_name(workspace_.offers);
    sort_by_name(workspace_.placements);
    sort_by_name(workspace_.experiments);
    sort_by_name(workspace_.campaigns);
    sort_by_name(workspace_.templates);
    sort_by_name(workspace_.tests);
}

void Loading::resolve_offers(PlacementSpec& placement) {
    const PlacementOffers& offers = placement_offers_[placement.name.text];
    placement.fallback = index_of(workspace_.offers, offers.fallback.text);
    if (offers.names) {
        for (const Text& name : *offers.names) {
            if (const auto index = index_of(workspace_.offers, name.text)) {
                placement.offers.push_back(*index);
            }
        }
        std::sort(placement.offers.begin(), placement.offers.end());
        const auto repeated = std::unique(placement.offers.begin(), placement.offers.end());
        placement.offers.erase(repeated, placement.offers.end());
        return;
    }
    const std::optional<TagFilter> filter = TagFilter::parse(placement.offers_text, diagnostics_);
    if (!filter) {
        return;
    }
    std::vector<std::string_view> known;
    for (std::size_t i = 0; i < workspace_.offers.size(); ++i) {
        const OfferSpec& offer = workspace_.offers[i];
        if (filter->matches(offer.tags)) {
            placement.offers.push_back(static_cast<std::uint32_t>(i));
        }
        for (const Text& tag : offer.tags) {
            known.push_back(tag.text);
        }
    }
    for (const Text& tag : filter->tags()) {
        if (std::find(known.begin(), known.end(), tag.text) == known.end()) {
            const std::string_view near = closest(tag.text, known);
            diagnostics_.warning(
                tag.at,
                "placement \"" + placement.name.text + "\": no offer has the tag \"" + tag.text +
                    "\"",
                near.empty() ? "" : "did you mean \"" + std::string(near) + "\"?"
            );
        }
    }
}

void Loading::resolve_placements() {
    for (PlacementSpec& placement : workspace_.placements) {
        resolve_offers(placement);
        if (placement.offers.empty() && diagnostics_.ok()) {
            diagnostics_.warning(
                placement.name.at,
                "placement \"" + placement.name.text + "\" has no offers to choose from"
            );
        }
    }
}

void Loading::resolve_trigger(Trigger& trigger, const CampaignSpec& campaign) {
    const std::string subject = "\"on\" of campaign \"" + campaign.name.text + "\"";
    if (trigger.kind != Trigger::Kind::Event) {
        names_.resolve({trigger.name, in(Section::Segments), subject});
        return;
    }
    const std::string& name = trigger.name.text;
    const bool pattern = names_.has(Section::Patterns, name);
    const bool rule = names_.has(Section::Rules, name);
    const bool event = names_.has(Section::Events, name) || builtin_event(name);
    if ((pattern ? 1 : 0) + (rule ? 1 : 0) + (event ? 1 : 0) > 1) {
        diagnostics_.error(
            trigger.name.at,
            "cannot read " + subject + ": \"" + name +
                "\" names more than one of event, pattern and rule"
        );
    }
    if (pattern || rule) {
        trigger.kind = pattern ? Trigger::Kind::Pattern : Trigger::Kind::Rule;
        return;
    }
    if (names_.has(Section::Segments, name)) {
        diagnostics_.error(
            trigger.name.at,
            "cannot read " + subject + ": \"" + name + "\" is a segment",
            "write `entered " + name + "` or `left " + name + "`"
        );
        return;
    }
    // Undeclared events may be triggers where they are accepted; all other names must exist.
    const Sections sections = in(Section::Events);
    names_.resolve({trigger.name, sections, subject});
}

void Loading::resolve_decision(CampaignSpec& campaign) {
    CampaignDecision& decide = campaign.decide;
    if (decide.name.empty() || decide.kind == CampaignDecision::Kind::Table) {
        return;
    }
    const std::string subject = "\"decide\" of campaign \"" + campaign.name.text + "\"";
    if (const auto placement = index_of(workspace_.placements, decide.name.text)) {
        decide.kind = CampaignDecision::Kind::Placement;
        decide.index = *placement;
        if (names_.has(Section::Offers, decide.name.text)) {
            diagnostics_.error(
                decide.name.at,
                "cannot read " + subject + ": \"" + decide.name.text +
                    "\" is a placement and an offer too; give one of them another name"
            );
        }
    } else if (const auto offer = index_of(workspace_.offers, decide.name.text)) {
        decide.kind = CampaignDecision::Kind::Offer;
        decide.index = *offer;
    } else {
        const auto sections = static_cast<Sections>(in(Section::Placements) | in(Section::Offers));
        names_.resolve({decide.name, sections, subject});
    }
}

void Loading::resolve_template(ActionSpec& action, const CampaignSpec& campaign) {
    const Text name = action.own_template.name;
    if (name.empty()) {
        return;
    }
    action.own_template.name = {};
    action.named_template = index_of(workspace_.templates, name.text);
    if (!action.named_template) {
        return;  // Said already: it is a reference.
    }
    const bool email = action.kind == ActionSpec::Kind::Email;
    const TemplateSpec& found = workspace_.templates[*action.named_template];
    if (email != (found.kind == TemplateSpec::Kind::Email)) {
        diagnostics_.error(
            name.at,
            "cannot use template \"" + name.text + "\" in campaign \"" + campaign.name.text +
                "\": it is for " + (email ? "in-app messages" : "e-mails")
        );
    }
}

/// Two experiments of one group that have customers in common.
void Loading::check_experiments() {
    const std::vector<ExperimentSpec>& all = workspace_.experiments;
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const bool same_group = !all[i].group.empty() && all[i].group.text == all[j].group.text;
            if (!same_group || all[i].from >= all[j].to || all[j].from >= all[i].to) {
                continue;
            }
            diagnostics_.error(
                all[i].group.at,
                "cannot read experiment \"" + all[i].name.text +
                    "\": it has customers in common "
                    "with \"" +
                    all[j].name.text + "\", which is of group \"" + all[i].group.text + "\" too",
                "let it begin `from:` where the other ends"
            );
        }
    }
}

void Loading::resolve_campaigns() {
    for (CampaignSpec& campaign : workspace_.campaigns) {
        for (Trigger& trigger : campaign.on) {
            resolve_trigger(trigger, campaign);
        }
        resolve_decision(campaign);
        for (ActionSpec& action : campaign.actions) {
            resolve_template(action, campaign);
        }
    }
    for (CampaignSpec& campaign : unread_campaigns_) {
        for (Trigger& trigger : campaign.on) {
            resolve_trigger(trigger, campaign);
        }
        resolve_decision(campaign);
    }
}

Workspace Loading::finish() {
    sort();
    if (workspace_.settings.undeclared == schema::Undeclared::Accept) {
        names_.allow_undeclared_events();
    }
    if (whole_) {
        for (const Reference& reference : checker_.references()) {
            names_.resolve(reference);
        }
        resolve_placements();
        check_experiments();
        resolve_campaigns();
    } else {
        diagnostics_.warning(
            {},
            "names that are not found were passed over: they may stand in a file that cannot be "
            "read to its end"
        );
        diagnostics_.forgive_unknown_names();
    }
    workspace_.files = files_.take_used();
    return std::move(workspace_);
}

}  // namespace

const FileText* Workspace::file(std::string_view path) const {
    const auto found = std::find_if(files.begin(), files.end(), [&](const FileText& file) {
        return file.path == path;
    });
    return found == files.end() ? nullptr : &*found;
}

Result<Workspace> load_workspace(
    const std::string& folder, Diagnostics& diagnostics, const WorkspaceLimits& limits
) {
    Result<std::unique_ptr<WorkspaceFiles>> files = WorkspaceFiles::open(folder, limits);
    if (!files) {
        return files.error();
    }
    Loading loading(*files.value(), diagnostics, limits);
    for (const std::string& path : files.value()->yaml_paths()) {
        if (const FileText* file = files.value()->read({path, {}}, diagnostics)) {
            loading.read(*file);
        }
    }
    Workspace workspace = loading.finish();
    workspace.folder = files.value()->folder();
    return workspace;
}

Workspace read_workspace(
    std::vector<FileText> given, Diagnostics& diagnostics, const WorkspaceLimits& limits
) {
    const std::unique_ptr<WorkspaceFiles> files =
        WorkspaceFiles::in_memory(std::move(given), limits);
    Loading loading(*files, diagnostics, limits);
    for (const std::string& path : files->yaml_paths()) {
        if (const FileText* file = files->read({path, {}}, diagnostics)) {
            loading.read(*file);
        }
    }
    return loading.finish();
}

}  // namespace attune::program
