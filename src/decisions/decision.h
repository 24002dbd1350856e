#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "customer/blob.h"
#include "program/frame.h"
#include "program/program.h"
#include "value/decimal.h"
#include "value/value.h"

namespace attune::decisions {

/// Where an offer stopped, in the order in which it is asked.
enum class Stage : std::uint8_t { Validity, Consent, Limit, Eligibility, Rank };

[[nodiscard]] std::string_view to_string(Stage stage);

/// What became of one offer of a placement.
struct Candidate {
    enum class Outcome : std::uint8_t { Chosen, Outranked, Rejected };

    std::uint32_t offer = 0;  ///< Into the program's offers.
    Outcome outcome = Outcome::Rejected;
    Stage stage = Stage::Rank;
    std::string reason;
    Decimal score;
    std::vector<std::pair<std::string, Value>>
        features;                       ///< Those that its expressions read; only with `explain`.
    std::vector<std::uint32_t> rows;    ///< Rows of its decision table that matched.
    Value table;                        ///< What the table gave.
    std::vector<std::string> warnings;  ///< Nulls that its expressions made by an error.
};

[[nodiscard]] std::string_view to_string(Candidate::Outcome outcome);

/// The offer chosen for a customer and a placement, or none, with the reasons. Values live in the
/// frame's arena.
struct Decision {
    std::uint64_t id = 0;
    std::uint64_t customer = 0;
    std::uint32_t placement = 0;
    Timestamp at;
    std::optional<std::uint32_t> offer;
    Value content;  ///< Rendered for the customer.
    std::string reason;
    Decimal score;
    double propensity = 1;  ///< The chance with which this offer was chosen.
    bool counts =
        false;  ///< It uses a limit up or has drawn at random, and so belongs into the log.
    std::vector<Candidate> candidates;
};

struct Question {
    std::uint32_t placement = 0;
    /// Names the decision and is the seed of its draw: the same question gives the same answer.
    std::uint64_t id = 0;
    bool explain = false;
};

/// Decides for the customer in `frame`, as of its moment: candidates, eligible, allowed, scored,
/// explored, chosen. Changes nothing; `count()` does.
[[nodiscard]] Decision decide(program::Frame& frame, const Question& question);

/// Judges one offer outside a placement, as a campaign does that names it.
[[nodiscard]] Candidate judge(program::Frame& frame, std::uint32_t offer, bool explain);

/// The offer's content for the customer in `frame`.
[[nodiscard]] Value render_content(program::Frame& frame, const Candidate& candidate);

/// Notes the use of the limits of a placement and its chosen offer.
void count(
    const program::Program& program,
    std::uint32_t placement,
    std::optional<std::uint32_t> offer,
    Timestamp at,
    customer::Blob& blob
);

/// "d" and sixteen hex digits.
[[nodiscard]] std::string decision_text(std::uint64_t id);

/// The decision as an answer gives it and as it is kept (docs/formats/decision.md).
[[nodiscard]] std::string to_json(
    const program::Program& program, const Decision& decision, bool explain
);

}  // namespace attune::decisions
