#include "decisions/decision.h"
#include "value/json.h"
#include "value/json_writer.h"

namespace attune::decisions {

namespace {

void write_candidate(
    const program::Program& program, const Candidate& candidate, std::string& out
) {
    json::ObjectWriter object(out);
    object.text("offer", program.offers[candidate.offer].name);
    object.text("outcome", to_string(candidate.outcome));
    object.text("stage", to_string(candidate.stage));
    object.text("reason", candidate.reason);
    if (candidate.outcome != Candidate::Outcome::Rejected) {
        object.raw("score", candidate.score.to_string());
    }
    std::string& features = object.member("features");
    json::ObjectWriter read(features);
    for (const auto& [name, value] : candidate.features) {
        json::write(value, read.member(name));
    }
    read.close();
    std::string rows = "[";
    for (const std::uint32_t row : candidate.rows) {
        rows += (rows.size() > 1 ? "," : "") + std::to_string(row);
    }
    object.raw("rows", rows + "]");
    if (!candidate.warnings.empty()) {
        std::string warnings;
        for (const std::string& warning : candidate.warnings) {
            warnings += warnings.empty() ? '[' : ',';
            json::write_string(warning, warnings);
        }
        object.raw("warnings", warnings + "]");
    }
    object.close();
}

/// The variants that the customer is in, so that what came of the decision can be compared.
void write_experiments(
    const program::Program& program, std::uint64_t customer, json::ObjectWriter& object
) {
    if (program.experiments.empty()) {
        return;
    }
    json::ObjectWriter variants(object.member("experiments"));
    for (const program::Experiment& experiment : program.experiments) {
        if (const auto variant = program::variant_of(experiment, customer)) {
            variants.text(experiment.name, *variant);
        }
    }
    variants.close();
}

std::string number_text(double number) {
    const auto decimal = Decimal::from_double(number);
    return decimal ? decimal->to_string() : "0";
}

}  // namespace

std::string_view to_string(Stage stage) {
    switch (stage) {
    case Stage::Validity:
        return "validity";
    case Stage::Consent:
        return "consent";
    case Stage::Limit:
        return "limit";
    case Stage::Eligibility:
        return "eligibility";
    case Stage::Rank:
        return "rank";
    }
    return "rank";
}

std::string_view to_string(Candidate::Outcome outcome) {
    switch (outcome) {
    case Candidate::Outcome::Chosen:
        return "chosen";
    case Candidate::Outcome::Outranked:
        return "outranked";
    case Candidate::Outcome::Rejected:
        return "rejected";
    }
    return "rejected";
}

std::string decision_text(std::uint64_t id) {
    return "d" + program::hash_text(id);
}

std::string to_json(const program::Program& program, const Decision& decision, bool explain) {
    std::string out;
    json::ObjectWriter object(out);
    object.text("id", decision_text(decision.id));
    object.text("customer", program::customer_text(decision.customer));
    object.text("placement", program.placements[decision.placement].name);
    object.text("at", to_string(decision.at));
    if (decision.offer) {
        object.text("offer", program.offers[*decision.offer].name);
        json::write(decision.content, object.member("content"));
    } else {
        object.raw("offer", "null");
        object.raw("content", "null");
    }
    object.text("reason", decision.reason);
    object.raw("score", decision.score.to_string());
    object.raw("propensity", number_text(decision.propensity));
    write_experiments(program, decision.customer, object);
    if (explain) {
        std::string& list = object.member("candidates");
        list += '[';
        bool first = true;
        for (const Candidate& candidate : decision.candidates) {
            list += first ? "" : ",";
            first = false;
            write_candidate(program, candidate, list);
        }
        list += ']';
    }
    object.close();
    return out;
}

}  // namespace attune::decisions
