#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "customer/blob.h"
#include "customer/instances.h"
#include "decisions/decision.h"
#include "engine/effects.h"
#include "program/frame.h"
#include "program/program.h"
#include "schema/event.h"

namespace attune::engine {

/// One customer as the fold sees it.
struct Subject {
    std::uint64_t id = 0;
    customer::Blob& blob;
};

/// step(program, state, event, now) -> (state', effects): the state of one customer after one more
/// event, or after time has passed.
///
/// Deterministic, byte for byte: no clock, no thread, no file, no random number. `now` never goes
/// back for a customer. Before anything is applied, all that is due before `now` happens, at its
/// own time: so it does not matter when somebody got round to it. One thread; holds scratch memory
/// only, so one Fold serves all customers of a thread.
class Fold {
public:
    enum class Verdict : std::uint8_t { Accepted, Duplicate };

    /// `program` must outlive the fold.
    explicit Fold(const program::Program& program);

    /// Applies an event that belongs to `subject`.
    Verdict apply(Subject subject, const schema::Event& event, Timestamp now, Effects& effects);

    /// Lets time pass up to `now`: patterns whose deadline lies before it fire, segments that
    /// change by time alone are entered and left.
    void advance(Subject subject, Timestamp now, Effects& effects);

    /// The next moment at which `advance` would do something, or customer::kNever.
    [[nodiscard]] Timestamp next_wake(const customer::Blob& blob) const;

    /// Segments are judged anew, as after a merge or when a program is new to the customer: as of
    /// the customer's present, so that a late event is not judged with the windows of its own time.
    /// The frame is bound to the customer.
    void judge_segments(Subject subject, Effects& effects);

    /// Whether the customer has been judged by the program's segments.
    [[nodiscard]] bool judged(const customer::Blob& blob) const {
        return blob.judged_by() == program_.layout.segments;
    }

    /// Adds the warnings of what was evaluated, here or by others in this fold's frame, to the
    /// counts.
    void count_warnings(Effects& effects);

    [[nodiscard]] const program::Program& program() const { return program_; }
    [[nodiscard]] program::Frame& frame() { return frame_; }

    /// Zeroes for every rule, pattern, segment and campaign of the program.
    [[nodiscard]] static Counts zero_counts(const program::Program& program);

private:
    void apply_identity(customer::Blob& blob, const schema::Event& event);
    void apply_features(customer::Blob& blob, const program::KindPlan& plan, Timestamp at);
    void apply_message_event(customer::Blob& blob, const schema::Event& event);
    void apply_rules(
        Subject subject, const program::KindPlan& plan, std::uint64_t cause, Effects& effects
    );

    // pattern_fold.cc
    void apply_patterns(
        Subject subject,
        const program::KindPlan& plan,
        Timestamp at,
        std::uint64_t cause,
        Effects& effects
    );
    /// That an event is one of these steps of a pattern, with that key.
    struct Match {
        std::uint32_t pattern = 0;
        std::uint64_t steps = 0;  ///< A bit each.
        std::uint64_t key = 0;
    };
    void match_patterns(const program::KindPlan& plan);
    void break_strict(std::vector<customer::Instance>& live) const;
    void step_pattern(
        const Match& match, Timestamp at, std::vector<customer::Instance>& live, Effects& effects
    );
    /// Lets those of the matches wait whose pattern is judged in the order of time.
    void let_wait(Subject subject, Timestamp at, std::uint64_t cause, Effects& effects);
    /// Judges the events whose turn it is.
    void judge_waiting(Subject subject, Timestamp due, Effects& effects);
    void pass_deadlines(Subject subject, Timestamp deadline, Effects& effects);
    void fire(
        Subject subject, std::uint32_t pattern, Timestamp at, std::uint64_t cause, Effects& effects
    );

    // segment_fold.cc
    /// Judges the customer by segments that are new, as of `now`: who belongs to one enters it, and
    /// no campaign runs, or publishing a segment would write to all who have long been in it.
    void catch_up(Subject subject, Timestamp now, Effects& effects);
    void judge_segment(Subject subject, std::uint32_t segment, Timestamp at, Effects& effects);
    void change_membership(
        Subject subject, std::uint32_t segment, bool entered, Timestamp at, Effects& effects
    );
    [[nodiscard]] Timestamp next_segment_change(const customer::Blob& blob) const;

    // campaign_fold.cc
    void run_campaigns(
        Subject subject,
        const std::vector<std::uint32_t>& campaigns,
        std::uint64_t cause,
        Effects& effects
    );
    /// When the customer's quiet hours end, if it is in them.
    [[nodiscard]] std::optional<Timestamp> quiet_until(const program::Quiet& quiet);
    void release_held(Subject subject, Timestamp at, Effects& effects);
    [[nodiscard]] bool contact_allowed(Subject subject, program::ActionSpec::Kind channel) const;
    void run_actions(Subject subject, std::uint32_t number, std::uint64_t run, Effects& effects);
    void run_campaign(Subject subject, std::uint32_t number, std::uint64_t cause, Effects& effects);
    bool choose_offer(
        Subject subject, const program::Campaign& campaign, std::uint64_t run, Effects& effects
    );
    bool act(
        Subject subject,
        std::uint32_t campaign,
        const program::Action& action,
        std::uint64_t id,
        Effects& effects
    );
    bool send_message(
        Subject subject,
        std::uint32_t campaign,
        const program::MessageAction& action,
        std::uint64_t id,
        Effects& effects
    );
    [[nodiscard]] std::string render(const program::Template& text);

    const program::Program& program_;
    program::Frame frame_;
    bool quiet_ = false;                    ///< Changes of membership are noted, and start nothing.
    std::vector<Match> matches_;            ///< Scratch: steps that the event at hand is.
    std::vector<customer::Instance> live_;  ///< Scratch: as the event at hand leaves them.
    std::vector<customer::Instance> before_;  ///< Scratch: as it found them.
    std::vector<std::uint32_t> fired_;        ///< Scratch: patterns that fired in the step at hand.
};

}  // namespace attune::engine
