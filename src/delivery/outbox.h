#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "delivery/channel.h"
#include "delivery/destination.h"
#include "delivery/effect.h"
#include "delivery/mark.h"
#include "delivery/policy.h"

namespace attune::delivery {

/// Since the outbox was made; restarts begin at zero.
struct OutboxCounters {
    std::uint64_t added = 0;
    std::uint64_t repeated = 0;  ///< Added again under an id that is already here.
    std::uint64_t started = 0;   ///< Attempts.
    std::uint64_t delivered = 0;
    std::uint64_t retried = 0;  ///< Attempts that failed and are to be repeated.
    std::uint64_t dead = 0;
    std::uint64_t overflowed = 0;  ///< Of those, because the destination's queue was full.
    std::uint64_t replayed = 0;
    std::uint64_t dropped = 0;
    std::uint64_t breaker_opened = 0;
};

/// What is owed at this moment.
struct OutboxGauges {
    std::size_t pending = 0;  ///< Neither delivered nor dead.
    std::size_t in_flight = 0;
    std::size_t dead_letters = 0;
    std::size_t destinations = 0;
    std::size_t breakers_open = 0;  ///< Destinations that are not trusted at the moment.
};

struct DeadLetter {
    Delivery delivery;
    std::uint32_t attempts = 0;
    std::string reason;
    Timestamp died_at;
};

/// A delivery that is owed to a customer, or given up.
struct Owed {
    Delivery delivery;
    std::uint32_t attempts = 0;
    std::string reason;  ///< Of the last failure.
    bool dead = false;
};

/// A record of the outbox that differs from what was last saved; no record: it is gone.
struct OutboxChange {
    std::string id;
    std::optional<std::string> record;

    friend bool operator==(const OutboxChange&, const OutboxChange&) = default;
};

/// The deliveries that are owed: from the moment in which the fold wants them until the log says
/// that they have been carried out or given up.
///
/// A pure state machine: no clock, no thread, no random number. Its owner
///   1. adds what the fold yields, with the log position of the cause, and says by `release` up to
///      where the log is durable: nothing is offered before its cause is;
///   2. asks for `due` deliveries, starts them, and reports each attempt by `finished`;
///   3. appends `take_marks` to the log, and gives each mark back by `apply_mark` when it is
///   folded.
/// After a restart it restores the saved records, folds the rest of the log through `add` and
/// `apply_mark`, and only then asks for what is due. Then every delivery is attempted until it is
/// delivered or dead; twice only if the process died between an attempt and its mark.
///
/// Not for use by two threads at once.
class Outbox {
public:
    struct Options {
        Policy email;
        Policy webhook;
        /// More dead letters than this: the oldest are dropped, each with a mark that says so.
        std::size_t dead_letters_max = 100'000;
    };

    explicit Outbox(Options options);

    /// Owes `delivery`, whose cause has log position `position`. An id that is already here changes
    /// nothing. Deliveries of one order key must be added in their order.
    void add(Delivery delivery, std::uint64_t position);

    /// The log is durable up to and including `position`; a lower one than before changes nothing.
    void release(std::uint64_t position);

    /// Up to `capacity` deliveries to start now. Each is in flight until `finished`.
    [[nodiscard]] std::vector<Delivery> due(Timestamp now, std::size_t capacity);

    /// When `due` may have more to offer without anything else happening; none: not before an
    /// attempt finishes, a position is released or a delivery added.
    [[nodiscard]] std::optional<Timestamp> next_due() const;

    /// Reports the end of an attempt. Ignored when `id` is not in flight: erased meanwhile.
    void finished(std::string_view id, const Outcome& outcome, Timestamp now);

    /// Marks to be appended to the log, oldest first; each is handed out once.
    [[nodiscard]] std::vector<Mark> take_marks();

    /// Carries out a mark from log position `position`. Live and in replay alike; a mark for an
    /// unknown id changes nothing. What comes next under the same order key waits for `position`
    /// to be durable, so that a crash cannot turn the order round.
    void apply_mark(const Mark& mark, std::uint64_t position);

    /// Dead letters in the order in which they were added, after the one named `after`.
    [[nodiscard]] std::vector<DeadLetter> dead_letters(
        std::size_t limit, std::string_view after = {}
    ) const;

    /// Asks, by a mark, for a dead letter to be attempted again or forgotten. Fails when `id` is no
    /// dead letter. Where dead letters do not hold their order key, a replayed one has lost its
    /// place and is carried out without order.
    [[nodiscard]] Status replay(std::string_view id, Timestamp now);
    [[nodiscard]] Status drop(std::string_view id, Timestamp now);

    /// What a customer is owed, in the order in which it was added.
    [[nodiscard]] std::vector<Owed> owed_to(std::string_view customer) const;

    /// Forgets everything of a customer whose erasure has been folded; the ids of what it was.
    std::vector<std::string> erase(std::string_view customer, std::uint64_t position);

    /// Records changed since the last call, to be written by the owner together with the position
    /// up to which it has folded.
    [[nodiscard]] std::vector<OutboxChange> take_changes();
    /// Every record, as after a take_changes() from the beginning; ordered by age.
    [[nodiscard]] std::vector<OutboxChange> records() const;
    /// Takes a saved record back, in any order, before anything is added. What was in flight when
    /// it was saved is due again.
    [[nodiscard]] Status restore(std::string_view record);
    /// Whose delivery a saved record is, so that several outboxes can share a store.
    [[nodiscard]] static Result<std::string> customer_of(std::string_view record);

    [[nodiscard]] const OutboxCounters& counters() const { return counters_; }
    [[nodiscard]] OutboxGauges gauges() const;
    /// When the oldest pending delivery was created.
    [[nodiscard]] std::optional<Timestamp> oldest_pending() const;

private:
    using Sequence = std::uint64_t;

    enum class Stage : std::uint8_t {
        Behind,     ///< Waits for an earlier one of its order key.
        Undurable,  ///< Waits for its position.
        Queued,     ///< In its destination's queue.
        Started,
        Settling,  ///< Its mark has been asked for and not yet applied.
        Dead,
    };

    /// A destination, and what the outbox keeps about it.
    struct Served : Destination {
        using Destination::Destination;

        std::size_t entries = 0;        ///< That refer to it.
        std::size_t waiting = 0;        ///< Of those, neither started nor settled.
        std::optional<Timestamp> wake;  ///< Where it stands in wakes_.
    };

    struct Entry {
        Delivery delivery;
        std::uint64_t position = 0;  ///< Not offered before this is durable.
        std::uint32_t attempts = 0;  ///< Begun so far.
        Timestamp due;
        bool ordered = false;  ///< Has a place under its order key.
        std::string reason;    ///< Of the last failure.
        std::optional<Timestamp> died_at;
        Stage stage = Stage::Behind;
        Served* destination = nullptr;
    };

    struct EarlierWake {
        bool operator()(
            const std::pair<Timestamp, Served*>& lhs, const std::pair<Timestamp, Served*>& rhs
        ) const;
    };

    [[nodiscard]] Entry& at(Sequence sequence) { return entries_.find(sequence)->second; }
    [[nodiscard]] static std::string encode_record(Sequence sequence, const Entry& entry);
    static Status decode_record(std::string_view record, Sequence& sequence, Entry& entry);
    [[nodiscard]] static bool waits(Stage stage);
    [[nodiscard]] static bool holds_order(const Entry& entry);
    [[nodiscard]] static std::string order_key(const Entry& entry);

    Served& destination_of(const Delivery& delivery);
    void insert(Sequence sequence, Entry inserted);
    void join_order(Sequence sequence, Entry& entry);
    void leave_order(Sequence sequence, Entry& entry, std::uint64_t position);
    void place(Sequence sequence, Entry& entry);
    void unplace(Sequence sequence, Entry& entry);
    void remove(Sequence sequence, std::uint64_t position);
    void bury(Sequence sequence, const Mark& mark, std::uint64_t position);
    void revive(Sequence sequence, const Mark& mark, std::uint64_t position);
    void reschedule(Served& destination);
    void retry(Sequence sequence, Entry& entry, const Outcome& outcome, Timestamp now);
    void settle(Sequence sequence, Mark::Kind kind, std::string reason, Timestamp now);
    void shed(Timestamp now);
    [[nodiscard]] std::vector<Served*> ready(Timestamp now, std::size_t limit) const;
    [[nodiscard]] const Delivery& start(Served& destination, Timestamp now);
    [[nodiscard]] Status settle_dead_letter(std::string_view id, Mark::Kind kind, Timestamp now);
    void changed(const Entry& entry) { changed_.insert(entry.delivery.id); }

    std::unique_ptr<const Options> options_;  // on the heap: destinations point to their policies
    std::uint64_t durable_ = 0;
    Sequence next_sequence_ = 1;
    std::map<Sequence, Entry> entries_;
    std::unordered_map<std::string_view, Sequence> ids_;  // views into entries_
    std::unordered_map<std::string, std::set<Sequence>> orders_;
    std::set<std::pair<std::uint64_t, Sequence>> undurable_;
    std::map<std::string, Served> destinations_;
    std::set<std::pair<Timestamp, Served*>, EarlierWake> wakes_;
    std::set<Sequence> dead_;         // dead letters for which no mark has been asked
    std::vector<Sequence> overflow_;  // came to a full queue; looked at when attempts are asked for
    std::vector<Mark> marks_;
    std::set<std::string> changed_;
    OutboxCounters counters_;
    std::size_t pending_ = 0;
    std::size_t in_flight_ = 0;
};

}  // namespace attune::delivery
