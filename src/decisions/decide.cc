#include <algorithm>
#include <limits>

#include "base/hash.h"
#include "decisions/decision.h"
#include "program/experiment.h"
#include "program/table.h"

namespace attune::decisions {

namespace {

using program::draw;
using program::Frame;
using program::Offer;
using program::Placement;
using Section = program::Definition::Section;

/// What was warned of since it was made, as text.
class WarningsSince {
public:
    explicit WarningsSince(Frame& frame) : frame_(frame), from_(frame.warnings().kept().size()) {}

    void append_to(std::vector<std::string>& texts) const {
        for (const feel::Warning& warning : frame_.warnings().kept().subspan(from_)) {
            texts.push_back(to_string(warning));
        }
    }

private:
    Frame& frame_;
    std::size_t from_;
};

Candidate rejected(Candidate candidate, Stage stage, std::string reason) {
    candidate.outcome = Candidate::Outcome::Rejected;
    candidate.stage = stage;
    candidate.reason = std::move(reason);
    return candidate;
}

bool consented(Frame& frame, const std::string& purpose) {
    return purpose.empty() || frame.value(program::kConsentSlot).get(purpose).is_true();
}

std::string limit_text(const customer::Limit& limit) {
    constexpr Duration kForEver(std::int64_t{1} << 59);
    const std::string times = std::to_string(limit.times) + (limit.times == 1 ? " time" : " times");
    switch (limit.calendar) {
    case customer::Calendar::Day:
        return times + " a day";
    case customer::Calendar::Week:
        return times + " a week";
    case customer::Calendar::Month:
        return times + " a month";
    case customer::Calendar::Year:
        return times + " a year";
    case customer::Calendar::None:
        break;
    }
    return limit.per > kForEver ? times + " in all" : times + " in " + attune::to_string(limit.per);
}

void explain_features(Frame& frame, std::span<const feel::Slot> slots, Candidate& candidate) {
    const program::Program& program = frame.program();
    for (const feel::Slot slot : slots) {
        if (slot >= program.feature_slot_base && slot < program.property_slot_base) {
            const std::string& name = program.features[slot - program.feature_slot_base].name;
            const auto known = std::find_if(
                candidate.features.begin(),
                candidate.features.end(),
                [&](const auto& one) { return one.first == name; }
            );
            if (known == candidate.features.end()) {
                candidate.features.emplace_back(name, frame.value(slot));
            }
        }
    }
}

std::optional<std::string> outside_validity(const Offer& offer, Timestamp at) {
    if (offer.valid_from && at < *offer.valid_from) {
        return "not valid before " + to_string(*offer.valid_from);
    }
    if (offer.valid_to && at >= *offer.valid_to) {
        return "not valid from " + to_string(*offer.valid_to) + " on";
    }
    return std::nullopt;
}

Decimal score_of(Frame& frame, const Offer& offer) {
    if (offer.score) {
        const Value score = frame.evaluate(*offer.score);
        return score.is(Value::Kind::Number) ? score.as_number() : Decimal(0);
    }
    return Decimal::from_double(offer.priority).value_or(Decimal(0));
}

/// Puts what a placement's table says before the offers' own scores: a name, or a list of names,
/// best first.
class TableRank {
public:
    TableRank(Frame& frame, const Placement& placement) {
        if (placement.rank == program::Rank::Table && placement.table) {
            const auto number = &placement - frame.program().placements.data();
            frame.work_for({Section::Placement, static_cast<std::uint32_t>(number)});
            answer_ = placement.table->evaluate(frame);
        }
    }

    /// Lower is better; offers that the table does not name come last.
    [[nodiscard]] std::size_t place(const std::string& offer) const {
        if (answer_.is(Value::Kind::String)) {
            return answer_.as_string() == offer ? 0 : kUnnamed;
        }
        if (answer_.is(Value::Kind::List)) {
            const auto names = answer_.as_list();
            for (std::size_t i = 0; i < names.size(); ++i) {
                if (names[i].is(Value::Kind::String) && names[i].as_string() == offer) {
                    return i;
                }
            }
        }
        return kUnnamed;
    }

private:
    static constexpr std::size_t kUnnamed = std::numeric_limits<std::size_t>::max();
    Value answer_;
};

std::vector<std::size_t> standing(const std::vector<Candidate>& candidates) {
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (candidates[i].outcome != Candidate::Outcome::Rejected) {
            left.push_back(i);
        }
    }
    return left;
}

std::size_t best_of(
    Frame& frame,
    const Placement& placement,
    const std::vector<Candidate>& candidates,
    const std::vector<std::size_t>& left
) {
    const TableRank table(frame, placement);
    const auto& offers = frame.program().offers;
    const auto better = [&](std::size_t lhs, std::size_t rhs) {
        const Candidate& one = candidates[lhs];
        const Candidate& other = candidates[rhs];
        const std::size_t one_place = table.place(offers[one.offer].name);
        const std::size_t other_place = table.place(offers[other.offer].name);
        if (one_place != other_place) {
            return one_place < other_place;
        }
        if (one.score != other.score) {
            return one.score > other.score;
        }
        return offers[one.offer].priority > offers[other.offer].priority;
    };
    return *std::min_element(left.begin(), left.end(), better);
}

/// Picks one of those left, sometimes another than the best, and states the chance of it.
std::size_t choose(
    Frame& frame,
    const Placement& placement,
    Decision& decision,
    const std::vector<std::size_t>& left
) {
    const std::size_t best = best_of(frame, placement, decision.candidates, left);
    const double share = placement.explore / static_cast<double>(left.size());
    decision.propensity = 1 - placement.explore + share;
    // One draw for both questions: where it lies within the explored share says which offer it is.
    const double drawn = draw(decision.id);
    if (drawn < placement.explore) {
        const auto at =
            static_cast<std::size_t>(drawn / placement.explore * static_cast<double>(left.size()));
        const std::size_t chosen = left[std::min(at, left.size() - 1)];
        if (chosen != best) {
            decision.propensity = share;
            decision.reason = "explored: chosen at random from " + std::to_string(left.size());
        }
        return chosen;
    }
    return best;
}

void finish(Frame& frame, Decision& decision, std::size_t chosen) {
    for (std::size_t i = 0; i < decision.candidates.size(); ++i) {
        Candidate& candidate = decision.candidates[i];
        if (i == chosen) {
            candidate.outcome = Candidate::Outcome::Chosen;
            candidate.reason =
                decision.reason.empty() ? "best score of those allowed" : decision.reason;
        } else if (candidate.outcome != Candidate::Outcome::Rejected) {
            candidate.outcome = Candidate::Outcome::Outranked;
            candidate.reason = "another offer ranks higher";
        }
    }
    const Candidate& winner = decision.candidates[chosen];
    decision.offer = winner.offer;
    decision.score = winner.score;
    decision.reason = winner.reason;
    const WarningsSince warnings(frame);
    decision.content = render_content(frame, winner);
    warnings.append_to(decision.candidates[chosen].warnings);
}

/// Why the placement as a whole gives nothing, if so.
std::optional<std::string> placement_refuses(Frame& frame, const Placement& placement) {
    if (placement.holdout > 0 &&
        draw(hash_combine(frame.customer(), placement.id)) < placement.holdout) {
        return "the customer is in the holdout of this placement";
    }
    if (placement.limit && !customer::allowed(frame.blob(), *placement.limit, frame.at())) {
        return "the placement's limit of " + limit_text(*placement.limit) + " is used up";
    }
    return std::nullopt;
}

}  // namespace

namespace {

Candidate judge_offer(Frame& frame, std::uint32_t number, bool explain) {
    const Offer& offer = frame.program().offers[number];
    Candidate candidate;
    candidate.offer = number;
    if (explain && offer.eligible) {
        explain_features(frame, offer.eligible->slots(), candidate);
    }
    if (auto reason = outside_validity(offer, frame.at())) {
        return rejected(std::move(candidate), Stage::Validity, std::move(*reason));
    }
    if (!consented(frame, offer.consent)) {
        return rejected(
            std::move(candidate),
            Stage::Consent,
            "the customer has not agreed to \"" + offer.consent + "\""
        );
    }
    if (offer.limit && !customer::allowed(frame.blob(), *offer.limit, frame.at())) {
        return rejected(
            std::move(candidate),
            Stage::Limit,
            "the offer's limit of " + limit_text(*offer.limit) + " is used up"
        );
    }
    if (offer.eligible && !frame.holds(*offer.eligible)) {
        return rejected(
            std::move(candidate),
            Stage::Eligibility,
            "not true: " + std::string(offer.eligible->text())
        );
    }
    if (offer.table) {
        candidate.table = offer.table->evaluate(frame, explain ? &candidate.rows : nullptr);
        if (candidate.table.null() || candidate.table.is_false()) {
            return rejected(
                std::move(candidate),
                Stage::Eligibility,
                "decision " + offer.table->name() + " gives nothing"
            );
        }
    }
    candidate.outcome = Candidate::Outcome::Outranked;
    candidate.stage = Stage::Rank;
    candidate.score = score_of(frame, offer);
    if (explain && offer.score) {
        explain_features(frame, offer.score->slots(), candidate);
    }
    return candidate;
}

}  // namespace

Candidate judge(Frame& frame, std::uint32_t offer, bool explain) {
    frame.work_for({Section::Offer, offer});
    const WarningsSince warnings(frame);
    Candidate candidate = judge_offer(frame, offer, explain);
    if (explain) {
        warnings.append_to(candidate.warnings);
    }
    return candidate;
}

Value render_content(Frame& frame, const Candidate& candidate) {
    const Offer& offer = frame.program().offers[candidate.offer];
    frame.work_for({Section::Offer, candidate.offer});
    frame.set(program::kTableSlot, candidate.table);
    frame.fill(offer.content.slots());
    return offer.content.render(frame.evaluation());
}

Decision decide(Frame& frame, const Question& question) {
    const Placement& placement = frame.program().placements[question.placement];
    Decision decision;
    decision.id = question.id;
    decision.customer = frame.customer();
    decision.placement = question.placement;
    decision.at = frame.at();
    if (auto reason = placement_refuses(frame, placement)) {
        decision.reason = std::move(*reason);
        return decision;
    }
    for (const std::uint32_t offer : placement.offers) {
        decision.candidates.push_back(judge(frame, offer, question.explain));
    }
    const std::vector<std::size_t> left = standing(decision.candidates);
    if (!left.empty()) {
        finish(frame, decision, choose(frame, placement, decision, left));
    } else if (placement.fallback) {
        decision.candidates.push_back(
            {*placement.fallback, Candidate::Outcome::Chosen, Stage::Rank, "", {}, {}, {}, {}, {}}
        );
        decision.reason = "fallback: no other offer is allowed";
        finish(frame, decision, decision.candidates.size() - 1);
    } else {
        decision.reason =
            decision.candidates.empty() ? "the placement has no offers" : "no offer is allowed";
    }
    const bool offer_counts =
        decision.offer && frame.program().offers[*decision.offer].limit.has_value();
    decision.counts = decision.offer && (placement.limit || placement.explore > 0 || offer_counts);
    return decision;
}

void count(
    const program::Program& program,
    std::uint32_t placement,
    std::optional<std::uint32_t> offer,
    Timestamp at,
    customer::Blob& blob
) {
    if (!offer) {
        return;
    }
    if (program.placements[placement].limit) {
        customer::use(blob, *program.placements[placement].limit, at);
    }
    if (program.offers[*offer].limit) {
        customer::use(blob, *program.offers[*offer].limit, at);
    }
}

}  // namespace attune::decisions
