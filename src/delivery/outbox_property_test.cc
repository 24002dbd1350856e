// The outbox inside a small model of the server: a log with a durable end, a store that is written
// behind, and crashes that lose all but the two.

#include <map>
#include <set>
#include <variant>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "delivery/outbox.h"

namespace attune::delivery {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

enum class Act { Add, Sync, Start, Deliver, Fail, Refuse, Replay, Save, Crash };

struct Step {
    Act act = Act::Add;
    unsigned pick = 0;  ///< Which customer, which delivery, how much time: as the act needs.
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
    static constexpr const char* kNames[] = {
        "add", "sync", "start", "deliver", "fail", "refuse", "replay", "save", "crash"};
    return out << kNames[static_cast<int>(step.act)] << ' ' << step.pick;
}

rc::Gen<Step> any_step() {
    return rc::gen::build<Step>(
        rc::gen::set(
            &Step::act,
            rc::gen::weightedElement<Act>(
                {{6, Act::Add},
                 {4, Act::Sync},
                 {6, Act::Start},
                 {5, Act::Deliver},
                 {3, Act::Fail},
                 {1, Act::Refuse},
                 {1, Act::Replay},
                 {2, Act::Save},
                 {1, Act::Crash}}
            )
        ),
        rc::gen::set(&Step::pick, rc::gen::inRange(0U, 64U))
    );
}

class World {
public:
    explicit World(Outbox::Options options) : options_(options), outbox_(options) {}

    void carry_out(const Step& step) {
        switch (step.act) {
        case Act::Add:
            return add(step.pick);
        case Act::Sync:
            return sync();
        case Act::Start:
            return start(seconds(step.pick), 1 + step.pick % 4);
        case Act::Deliver:
            return finish(step.pick, Outcome::delivered());
        case Act::Fail:
            return finish(step.pick, Outcome::retry("down"));
        case Act::Refuse:
            return finish(step.pick, Outcome::permanent("no"));
        case Act::Replay:
            return replay();
        case Act::Save:
            return save();
        case Act::Crash:
            return crash();
        }
    }

    /// The world gets well: whatever is still owed goes out at last.
    void run_to_the_end() {
        sync();
        for (int round = 0; round < 10'000 && outbox_.gauges().pending > 0; ++round) {
            const std::optional<Timestamp> next = outbox_.next_due();
            start(next && *next > now_ ? *next - now_ : Duration(0), 100);
            while (!in_flight_.empty()) {
                finish(0, Outcome::delivered());
            }
            sync();
        }
    }

    void expect_nothing_owed_was_lost() const {
        RC_ASSERT(outbox_.gauges().pending == 0U);
        for (std::size_t i = 0; i < durable_; ++i) {
            if (const auto* delivery = std::get_if<Delivery>(&log_[i])) {
                RC_ASSERT(received_.count(delivery->id) + settled_.count(delivery->id) > 0U);
            }
        }
    }

    void expect_repeats_only_across_crashes() const {
        for (const auto& [id, times] : received_) {
            RC_ASSERT(times <= 1 + crashes_);
        }
    }

    /// Ends all attempts and writes everything: a moment at which a restart costs nothing.
    void come_to_rest() {
        while (!in_flight_.empty()) {
            finish(0, Outcome::retry("down"));
        }
        sync();
        save();
    }

    [[nodiscard]] Outbox restarted() const {
        Outbox outbox(options_);
        // The store hands records out in the order of their keys, which is not their age.
        for (const auto& [id, record] : store_) {
            RC_ASSERT(outbox.restore(record).ok());
        }
        for (std::size_t i = store_position_; i < durable_; ++i) {
            fold(outbox, i);
        }
        outbox.release(durable_);
        return outbox;
    }

    Outbox& outbox() { return outbox_; }
    [[nodiscard]] Timestamp now() const { return now_; }

private:
    void add(unsigned pick) {
        const std::string customer = std::to_string(pick % 3);
        const bool webhook = pick % 2 == 0;
        log_.emplace_back(Delivery{
            .id = "d" + std::to_string(++ids_),
            .customer = customer,
            .channel = webhook ? ChannelKind::Webhook : ChannelKind::Email,
            .destination = webhook ? "https://" + std::to_string(pick % 5) : "smtp",
            .order = pick % 4 < 2 ? customer : "",
            .created_at = now_,
            .payload = "p"});
        fold(outbox_, log_.size() - 1);
    }

    // Positions count from 1: position p is entry p - 1, and "durable up to n" covers n entries.
    void fold(Outbox& outbox, std::size_t index) const {
        if (const auto* delivery = std::get_if<Delivery>(&log_[index])) {
            outbox.add(*delivery, index + 1);
        } else {
            outbox.apply_mark(std::get<Mark>(log_[index]), index + 1);
        }
    }

    void append_marks() {
        for (Mark& mark : outbox_.take_marks()) {
            log_.emplace_back(std::move(mark));
            fold(outbox_, log_.size() - 1);
        }
    }

    void sync() {
        append_marks();
        for (std::size_t i = durable_; i < log_.size(); ++i) {
            if (const auto* mark = std::get_if<Mark>(&log_[i])) {
                mark->kind == Mark::Kind::Replayed ? void(settled_.erase(mark->id))
                                                   : void(settled_.insert(mark->id));
            }
        }
        durable_ = log_.size();
        outbox_.release(durable_);
    }

    void start(Duration later, std::size_t capacity) {
        now_ = now_ + later;
        const std::vector<Delivery> started = outbox_.due(now_, capacity);
        RC_ASSERT(started.size() <= capacity);
        for (const Delivery& delivery : started) {
            RC_ASSERT(in_flight_.insert(delivery.id).second);
            expect_may_start(delivery);
        }
    }

    void expect_may_start(const Delivery& started) const {
        for (std::size_t i = 0; i < log_.size(); ++i) {
            const auto* delivery = std::get_if<Delivery>(&log_[i]);
            if (delivery != nullptr && delivery->id == started.id) {
                RC_ASSERT(i < durable_);
                return;
            }
            if (delivery != nullptr && !started.order.empty() && delivery->order == started.order &&
                delivery->destination == started.destination) {
                RC_ASSERT(passed(delivery->id) || replayed_.count(started.id) != 0);
            }
        }
        RC_FAIL("offered what was never added");
    }

    /// Does not stand before others of its order key: settled, or replayed without a place.
    [[nodiscard]] bool passed(const std::string& id) const {
        return settled_.count(id) + replayed_.count(id) != 0;
    }

    void finish(unsigned pick, const Outcome& outcome) {
        if (in_flight_.empty()) {
            return;
        }
        const auto chosen =
            std::next(in_flight_.begin(), static_cast<std::ptrdiff_t>(pick % in_flight_.size()));
        received_[*chosen] += outcome.kind == Outcome::Kind::Delivered ? 1U : 0U;
        outbox_.finished(*chosen, outcome, now_);
        in_flight_.erase(chosen);
    }

    void replay() {
        const std::vector<DeadLetter> letters = outbox_.dead_letters(1);
        if (!letters.empty()) {
            replayed_.insert(letters[0].delivery.id);
            RC_ASSERT(outbox_.replay(letters[0].delivery.id, now_).ok());
        }
    }

    void save() {
        sync();
        for (OutboxChange& change : outbox_.take_changes()) {
            if (change.record) {
                store_[change.id] = std::move(*change.record);
            } else {
                store_.erase(change.id);
            }
        }
        store_position_ = log_.size();
    }

    void crash() {
        ++crashes_;
        log_.resize(durable_);
        in_flight_.clear();
        outbox_ = restarted();
    }

    Outbox::Options options_;
    Outbox outbox_;
    Timestamp now_{1'000'000};
    unsigned ids_ = 0;
    unsigned crashes_ = 0;
    std::vector<std::variant<Delivery, Mark>> log_;
    std::size_t durable_ = 0;
    std::map<std::string, std::string> store_;
    std::size_t store_position_ = 0;
    std::set<std::string> in_flight_;
    std::set<std::string> settled_;   // by a durable mark
    std::set<std::string> replayed_;  // ever
    std::map<std::string, unsigned> received_;
};

Policy hasty() {
    Policy policy;
    policy.attempts_max = 3;
    policy.backoff_first = seconds(1);
    policy.concurrency_max = 2;
    policy.breaker_failures_max = 2;
    policy.retry_burst_max = 3;
    policy.retries_per_minute_min = 2;
    return policy;
}

/// Nothing limits it but the schedule of each delivery: no state outside the records.
Policy unlimited() {
    Policy policy = hasty();
    policy.concurrency_max = 1'000;
    policy.breaker_failures_max = 1'000'000;
    policy.retry_burst_max = 1'000'000;
    return policy;
}

TEST(OutboxProperty, NothingIsLostOrReorderedOrSentTwiceAtOnceAcrossCrashes) {
    EXPECT_TRUE(rc::check([] {
        const auto steps = *rc::gen::container<std::vector<Step>>(any_step());
        World world({.email = hasty(), .webhook = hasty()});
        for (const Step& step : steps) {
            world.carry_out(step);
        }
        world.run_to_the_end();
        world.expect_nothing_owed_was_lost();
        world.expect_repeats_only_across_crashes();
    }));
}

TEST(OutboxProperty, ADeadLetterThatHoldsItsKeyLosesNothingEither) {
    Policy holding = hasty();
    holding.dead_letter_holds_order = true;
    EXPECT_TRUE(rc::check([&] {
        const auto steps = *rc::gen::container<std::vector<Step>>(any_step());
        World world({.email = holding, .webhook = holding});
        for (const Step& step : steps) {
            world.carry_out(step);
        }
        do {
            world.run_to_the_end();
            world.carry_out({Act::Replay, 0});
        } while (world.outbox().gauges().dead_letters > 0 && !world.outbox().dead_letters(1).empty()
        );
        world.run_to_the_end();
        world.expect_nothing_owed_was_lost();
    }));
}

/// The attempts that follow when an outbox is left to itself, all of them failing.
std::vector<std::string> future_of(Outbox& outbox, Timestamp now, std::uint64_t position) {
    std::vector<std::string> attempts;
    while (outbox.next_due() && attempts.size() < 10'000) {
        now = std::max(now, *outbox.next_due());
        for (const Delivery& delivery : outbox.due(now, 1'000)) {
            attempts.push_back(to_string(now) + " " + delivery.id);
            outbox.finished(delivery.id, Outcome::retry("down"), now);
        }
        for (const Mark& mark : outbox.take_marks()) {
            outbox.apply_mark(mark, ++position);
        }
        outbox.release(position);
    }
    return attempts;
}

TEST(OutboxProperty, ARestartFromSavedRecordsEqualsNoRestart) {
    EXPECT_TRUE(rc::check([] {
        const auto steps = *rc::gen::container<std::vector<Step>>(any_step());
        World world({.email = unlimited(), .webhook = unlimited()});
        for (const Step& step : steps) {
            world.carry_out(step);
        }
        world.come_to_rest();
        Outbox restarted = world.restarted();
        RC_ASSERT(restarted.records() == world.outbox().records());
        RC_ASSERT(
            future_of(restarted, world.now(), 10'000) ==
            future_of(world.outbox(), world.now(), 10'000)
        );
        RC_ASSERT(restarted.records() == world.outbox().records());
    }));
}

}  // namespace
}  // namespace attune::delivery
