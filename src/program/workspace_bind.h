#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "program/diagnostics.h"
#include "program/workspace.h"
#include "program/workspace_check.h"
#include "program/workspace_scalars.h"
#include "program/yaml_tree.h"

// From checked YAML to specs. What did not fit has been reported by ShapeChecker and reads as
// absent here; the binders report only what no single value shows.

namespace attune::program {

/// The members of a mapping, by type; absent where the file has none or another type.
class Fields {
public:
    explicit Fields(const yaml::Node& node) : node_(node) {}

    [[nodiscard]] const yaml::Node* find(std::string_view key) const { return node_.find(key); }
    [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
    [[nodiscard]] const yaml::Node& node() const { return node_; }
    [[nodiscard]] Location at() const { return node_.text.at; }

    [[nodiscard]] Text text(std::string_view key) const;
    [[nodiscard]] std::optional<Text> optional_text(std::string_view key) const;
    [[nodiscard]] std::optional<Duration> duration(std::string_view key) const;
    [[nodiscard]] std::optional<Timestamp> moment(std::string_view key) const;
    [[nodiscard]] std::optional<bool> boolean(std::string_view key) const;
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) const;
    [[nodiscard]] std::optional<double> number(std::string_view key) const;
    [[nodiscard]] std::optional<double> share(std::string_view key) const;
    [[nodiscard]] Data data(std::string_view key) const;
    /// One name or a list of them.
    [[nodiscard]] std::vector<Text> texts(std::string_view key) const;
    [[nodiscard]] std::vector<const yaml::Node*> items(std::string_view key) const;
    [[nodiscard]] std::optional<LimitSpec> limit(std::string_view key) const;

private:
    [[nodiscard]] const yaml::Node* scalar(std::string_view key) const;

    const yaml::Node& node_;
};

/// What binders share: where problems go, and how files that are referred to are read.
struct Binding {
    Diagnostics& diagnostics;
    /// The text of a file of the workspace and its index as a source; reports if there is none.
    std::function<const FileText*(const Text& path)> read_file;
    std::function<std::uint32_t(const FileText&)> source_of;
    /// The paths of the files in the same folder that end with `ending`.
    std::function<std::vector<std::string>(const std::string& path, std::string_view ending)>
        beside;
};

void bind_settings(const Fields& fields, Settings& settings);
[[nodiscard]] SourceSpec bind_source(const Text& name, const yaml::Node& node);
[[nodiscard]] EventSpec bind_event(const Text& name, const yaml::Node& node, Binding& binding);
[[nodiscard]] IdentifierSpec bind_identifier(const Text& name, const yaml::Node& node);
[[nodiscard]] FeatureSpec bind_feature(const Text& name, const yaml::Node& node, Binding& binding);
[[nodiscard]] SegmentSpec bind_segment(const Text& name, const yaml::Node& node);
[[nodiscard]] PatternSpec bind_pattern(const Text& name, const yaml::Node& node, Binding& binding);
[[nodiscard]] RuleSpec bind_rule(const Text& name, const yaml::Node& node, Binding& binding);
[[nodiscard]] OfferSpec bind_offer(const Text& name, const yaml::Node& node, Binding& binding);
/// `offers` stays empty: they are chosen once all are known.
[[nodiscard]] PlacementSpec bind_placement(
    const Text& name, const yaml::Node& node, Binding& binding
);
[[nodiscard]] ExperimentSpec bind_experiment(
    const Text& name, const yaml::Node& node, Binding& binding
);
[[nodiscard]] CampaignSpec bind_campaign(
    const Text& name, const yaml::Node& node, Binding& binding
);
[[nodiscard]] TemplateSpec bind_template(
    const Text& name, const yaml::Node& node, Binding& binding
);
[[nodiscard]] Scenario bind_scenario(const Text& name, const yaml::Node& node, Binding& binding);

/// "file.dmn#Decision", whose file must exist; empty for any other text.
[[nodiscard]] DecisionRef bind_decision_ref(const Text& text, Binding& binding);

}  // namespace attune::program
