#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "program/program.h"

namespace attune::program {

/// Turns a workspace into a Program; only Program::compile() uses it. One method for each section,
/// in the order in which they depend on each other; all of them run, so that every error is told at
/// once.
class ProgramCompiler {
public:
    ProgramCompiler(Workspace workspace, Diagnostics& diagnostics);

    [[nodiscard]] std::shared_ptr<const Program> compile();

private:
    void compile_types();
    void compile_zone();
    void collect_kinds();
    void number_slots();
    void compile_features();
    void compile_feature(const FeatureSpec& spec, std::uint32_t index);
    void compile_feature_uses(const FeatureSpec& spec, std::uint32_t index);
    void compile_segments();
    void compile_patterns();
    void compile_pattern(const PatternSpec& spec);
    void compile_rules();
    void compile_offers();
    void compile_placements();
    void compile_experiments();
    void compile_campaigns();
    void compile_campaign(const CampaignSpec& spec);
    void compile_quiet_hours(const CampaignSpec& spec, Campaign& campaign);
    void compile_contact_limits();
    void attach_campaign(const Trigger& trigger, std::uint32_t campaign);
    std::optional<Action> compile_action(const ActionSpec& spec);
    std::optional<EmailAction> compile_email(const ActionSpec& spec);
    std::optional<MessageAction> compile_message(const ActionSpec& spec);
    std::optional<WebhookAction> compile_webhook(const ActionSpec& spec);
    void compile_identity();
    void mark_segments();
    void check_unread();
    void want_whole_parts();
    void bound_bytes();

    Kind add_kind(const std::string& name);
    void add_names(feel::Scope& scope) const;
    [[nodiscard]] std::optional<feel::Expression> expression(
        const Text& text, const feel::Scope& scope
    );
    [[nodiscard]] std::optional<feel::Expression> condition(
        const Text& text, const feel::Scope& scope
    );
    /// The same condition as one compiled before, if there is an equal one, else this one,
    /// numbered.
    [[nodiscard]] feel::Expression shared(feel::Expression compiled, const feel::Scope& scope);
    void place_answers();
    /// The events that `names` stand for; all kinds if there are none.
    [[nodiscard]] std::vector<Kind> kinds_of(const std::vector<Text>& names) const;
    [[nodiscard]] customer::Limit limit(const std::string& of, const LimitSpec& spec);
    [[nodiscard]] std::shared_ptr<const Table> table(const DecisionRef& ref);

    Workspace workspace_;
    Diagnostics& diagnostics_;
    std::shared_ptr<Program> program_;
    feel::Scope general_;  ///< What every expression may use, whatever the event.
    std::vector<std::unique_ptr<feel::Scope>>
        by_kind_;  ///< The same for one kind of event, with its properties.
    std::map<std::string, std::shared_ptr<const Table>> tables_;
    /// By scope and canonical text; scopes live as long as the compiler.
    std::map<std::pair<const feel::Scope*, std::string>, feel::Expression> conditions_;
    std::vector<std::uint32_t> condition_uses_{0};  ///< By number.
    std::size_t limit_bytes_max_ = 0;
    bool whole_properties_ = false;  ///< Somebody reads `properties` where the kind is not known.
    bool context_ = false;
};

/// What a workspace names like a slot of its own would be ambiguous; the word that is taken, or
/// empty.
[[nodiscard]] std::string_view reserved_name(std::string_view name);

}  // namespace attune::program
