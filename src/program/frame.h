#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "customer/blob.h"
#include "feel/evaluation.h"
#include "program/blame.h"
#include "program/program.h"
#include "schema/event.h"

namespace attune::program {

/// The name of a customer in answers, logs and effects: "c" and the sixteen hex digits of its id.
[[nodiscard]] std::string customer_text(std::uint64_t customer);
/// The id that such a name stands for.
[[nodiscard]] std::optional<std::uint64_t> customer_number(std::string_view text);

/// What expressions see: one customer as of one moment, and the event that is being applied, if
/// any.
///
/// Slots are filled when the first expression that reads them is evaluated, so a feature that
/// nobody asks for costs nothing. One thread; reused from event to event without allocating.
class Frame {
public:
    /// `program` must outlive the frame.
    explicit Frame(const Program& program);
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;
    Frame(Frame&&) = delete;
    Frame& operator=(Frame&&) = delete;
    ~Frame() = default;

    /// Looks at another customer, moment or event. The three must stay as they are until the next
    /// `bind`, but for changes told by `state_changed`. Results of earlier evaluations become
    /// invalid.
    void bind(
        std::uint64_t customer,
        const customer::Blob& blob,
        Timestamp at,
        const schema::Event* event = nullptr
    );

    /// The blob was changed, or `at` moves on: what was read from it is read again. Earlier results
    /// stay valid.
    void state_changed();
    void state_changed(Timestamp at);

    /// Gives one of the slots that have no source of their own (context, offer, table) a value.
    void set(feel::Slot slot, const Value& value);

    /// The value; of a condition that stands in several places it is evaluated once for each state
    /// of the blob, unless it warns.
    [[nodiscard]] Value evaluate(const feel::Expression& expression) {
        const std::uint32_t place = program_.answer_places[expression.number()];
        return place == 0 ? evaluate_now(expression) : evaluate_once(expression, place);
    }
    [[nodiscard]] bool holds(const feel::Expression& expression) {
        return evaluate(expression).is_true();
    }

    /// The value in a slot, read now if need be.
    [[nodiscard]] Value value(feel::Slot slot);

    /// Makes sure that all of them are there, for templates and tables that evaluate by themselves.
    void fill(std::span<const feel::Slot> slots) {
        for (const feel::Slot slot : slots) {
            if (filled_[slot] < epoch_) {
                read(slot);
            }
        }
    }
    [[nodiscard]] feel::Evaluation& evaluation() {
        evaluation_.restart();
        return evaluation_;
    }

    [[nodiscard]] const Program& program() const { return program_; }
    [[nodiscard]] const customer::Blob& blob() const { return *blob_; }
    [[nodiscard]] std::uint64_t customer() const { return customer_; }
    [[nodiscard]] Timestamp at() const { return at_; }
    [[nodiscard]] Arena& arena() { return arena_; }
    [[nodiscard]] feel::Warnings& warnings() { return warnings_; }

    /// What is evaluated from here on is for this definition, and so are its warnings.
    void work_for(Definition definition) { blames_.work_for(definition, warnings_); }
    /// Who has caused how many warnings since the last time; clears both.
    [[nodiscard]] std::vector<Blame> take_blames() {
        // Nearly always there are none.
        return warnings_.count() == 0 ? std::vector<Blame>() : blames_.take(warnings_);
    }

private:
    /// What a condition gave, and in which epoch.
    struct Answer {
        std::uint64_t epoch = 0;
        Value value;
    };

    [[nodiscard]] Value evaluate_now(const feel::Expression& expression) {
        fill(expression.slots());
        evaluation_.restart();
        return expression.evaluate(evaluation_);
    }
    [[nodiscard]] Value evaluate_once(const feel::Expression& expression, std::uint32_t place) {
        Answer& answer = answers_[place];
        if (answer.epoch == epoch_) {
            return answer.value;
        }
        const std::uint64_t warned = warnings_.count();
        const Value value = evaluate_now(expression);
        // Each place that a warning comes from is told of it.
        if (warnings_.count() == warned) {
            answer = {epoch_, value};
        }
        return value;
    }

    void read(feel::Slot slot);
    [[nodiscard]] Value read_value(feel::Slot slot);
    [[nodiscard]] Value read_feature(std::uint32_t number);
    [[nodiscard]] Value read_user_id();
    [[nodiscard]] Value read_segments();
    [[nodiscard]] Value read_experiments();
    void own(feel::Slot slot, const Value& value);

    static constexpr std::uint64_t kKept = ~std::uint64_t{0};

    const Program& program_;
    Arena arena_;
    feel::Warnings warnings_;
    Blames blames_;
    std::vector<Value> slots_;
    /// The epoch in which a slot was read; kKept for what does not come from the blob.
    std::vector<std::uint64_t> filled_;
    std::vector<Answer> answers_;
    std::vector<feel::Slot> given_;  ///< Slots with kKept, to be taken back by the next bind.
    std::uint64_t epoch_ = 1;
    feel::Evaluation evaluation_;
    const customer::Blob* blob_ = nullptr;
    const schema::Event* event_ = nullptr;
    std::uint64_t customer_ = 0;
    Timestamp at_;
};

}  // namespace attune::program
