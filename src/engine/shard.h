#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "customer/blob.h"
#include "customer/identifiers.h"
#include "customer/layout.h"
#include "customer/merges.h"
#include "engine/effects.h"
#include "engine/fold.h"

namespace attune::engine {

/// How many shards there are, whatever the number of threads: a customer's shard is part of stored
/// state.
constexpr std::uint32_t kShardCount = 256;

/// The shard in which an identifier is looked up first, and in which a customer first met under it
/// lives.
[[nodiscard]] inline std::uint32_t shard_of(const customer::Identifier& identifier) {
    return static_cast<std::uint32_t>(customer::hash_of(identifier) >> 56U);
}

/// The shard of a customer's id, or of an identifier's hash.
[[nodiscard]] inline std::uint32_t shard_of(std::uint64_t customer) {
    return static_cast<std::uint32_t>(customer >> 56U);
}

using OwnedIdentifier = customer::OwnedIdentifier;

/// A customer of a shard, by place; places are not given again while the shard lives.
using Place = std::uint32_t;

/// The customers whose first identifier hashes to one shard, the identifiers that lead to them, and
/// those that lead on to other customers. All that a shard does follows from the entries applied to
/// it and their times.
///
/// Two customers who turn out to be one may live in two shards. Joining them takes two entries:
/// `release` where the identifier is at home gives the state away (and keeps it until
/// `drop_released`), `absorb` where the survivor lives takes it. A lost `absorb` is repeated; a
/// repeated one changes nothing.
class Shard {
public:
    explicit Shard(std::uint32_t number) : number_(number) {}

    /// Where an identifier leads: to a customer here, on to another identifier, or nowhere yet.
    struct Target {
        std::optional<Place> place;
        const OwnedIdentifier* forward = nullptr;
        /// Where the customer went who lived here: a device may have been pointed elsewhere since,
        /// and what led to that customer has not.
        const OwnedIdentifier* went = nullptr;

        /// Where to look next: for the identifier that was asked for, or behind one that led here.
        [[nodiscard]] const OwnedIdentifier* next(bool followed) const {
            return followed ? went : forward;
        }
    };

    /// `hash` is the identifier's.
    [[nodiscard]] Target find(const customer::Identifier& identifier, std::uint64_t hash) const;
    [[nodiscard]] Target find(const customer::Identifier& identifier) const {
        return find(identifier, customer::hash_of(identifier));
    }

    /// The customer first met as `identifier`, made if there is none. Not for an identifier that
    /// leads on.
    Place find_or_add(const customer::Identifier& identifier, const customer::Layout& layout);

    [[nodiscard]] std::uint32_t number() const { return number_; }
    [[nodiscard]] std::size_t customer_count() const { return customers_.size() - free_count_; }
    [[nodiscard]] Subject subject(Place place) {
        return {customers_[place].id, *customers_[place].blob};
    }
    [[nodiscard]] const customer::Blob& blob(Place place) const { return *customers_[place].blob; }
    [[nodiscard]] std::uint64_t id(Place place) const { return customers_[place].id; }
    /// The place of the customer with that id.
    [[nodiscard]] std::optional<Place> find_id(std::uint64_t customer) const;

    /// The customer was changed: it is to be written, and its timer to be set anew.
    void touched(Place place, const Fold& fold);

    /// Makes `from` lead to `to`. If a customer lived under `from`, the bytes of its state, to be
    /// absorbed by `to`; empty otherwise. An identifier that led to somebody else before now leads
    /// to `to`, and nothing moves: one device, two people.
    std::string release(const OwnedIdentifier& from, const OwnedIdentifier& to);
    /// Forgets the state that `release` gave away, once the survivor has it for good.
    void drop_released(const OwnedIdentifier& from);
    /// What one shard gives away to another.
    struct Released {
        OwnedIdentifier from;
        OwnedIdentifier to;
        std::string state;
        /// By which the two were found to be one; empty: by `from` itself.
        OwnedIdentifier by{};
    };
    [[nodiscard]] std::vector<Released> released() const;

    /// Adds what was released to the customer known as its `to`, made if there is none.
    Place absorb(const Released& released, Fold& fold, Timestamp now, Effects& effects);

    /// Notes with the customer known as `to`, made if there is none, that `identifier` does not
    /// lead there, and why.
    void refuse(
        const OwnedIdentifier& to,
        const OwnedIdentifier& identifier,
        customer::MergeOutcome why,
        const customer::Layout& layout,
        Timestamp now
    );

    /// Hashes of this shard's identifiers that lead on to one of `identifiers` (hashes too), or
    /// whose customer went there.
    [[nodiscard]] std::vector<std::uint64_t> leading_to(
        const std::vector<std::uint64_t>& identifiers
    ) const;
    /// Those of `identifiers` whose customer went to nobody among them: what leads on to these
    /// belongs to somebody else.
    [[nodiscard]] std::vector<std::uint64_t> of_others(const std::vector<std::uint64_t>& identifiers
    ) const;

    /// Forgets the customers of this shard whom one of `identifiers` (hashes) leads to, and that
    /// these lead to one another; the ids of the customers.
    std::vector<std::uint64_t> erase(const std::vector<std::uint64_t>& identifiers);

    /// Lets time pass for every customer whose next wake-up lies before `now`.
    void advance_due(Fold& fold, Timestamp now, Effects& effects);
    /// The same for all customers, armed or not.
    void advance_all(Fold& fold, Timestamp now, Effects& effects);
    [[nodiscard]] Timestamp next_wake() const;

    /// A part of a shard's customers: the `number`th of `count` equal parts of their ids' range.
    struct Slice {
        std::uint64_t number = 0;
        std::uint64_t count = 1;

        [[nodiscard]] bool holds(std::uint64_t customer) const;
    };
    /// Judges those of a slice who have not been judged by the program's segments yet, by their
    /// ids; how many.
    std::size_t judge(const Slice& slice, Fold& fold, Timestamp now, Effects& effects);
    /// How many have not.
    [[nodiscard]] std::size_t unjudged(const Fold& fold) const;

    /// Brings every customer to a new program's layout and arms its timers.
    void migrate(const customer::Layout& from, const customer::Layout& to, const Fold& fold);

    /// Records that differ from what was last taken, as key and value; no value: to be removed.
    /// Keys and values are described in docs/formats/state.md.
    struct Change {
        enum class Table : std::uint8_t { Customers, Identifiers };
        Table table;
        std::string key;
        std::optional<std::string> value;
    };
    /// Under which a customer's record stands, and that of an identifier with this hash.
    [[nodiscard]] static std::string key_of(std::uint64_t hash);
    [[nodiscard]] std::vector<Change> take_changes();
    [[nodiscard]] bool changed() const { return !dirty_.empty() || !dirty_forwards_.empty(); }
    /// Takes a stored record back, before anything is applied.
    [[nodiscard]] Status restore_customer(
        std::string_view key, std::string_view value, const Fold& fold
    );
    [[nodiscard]] Status restore_identifier(std::string_view key, std::string_view value);

    /// Calls `use(place)` for every customer.
    void each(const std::function<void(Place)>& use) const;
    [[nodiscard]] std::size_t state_bytes() const;

    /// False for replays that let time pass at the end only.
    void set_timers(bool armed) { timers_ = armed; }

private:
    struct Customer {
        std::uint64_t id = 0;
        std::optional<customer::Blob> blob;  ///< None: given away or erased.
        Timestamp armed = customer::kNever;
        bool dirty = false;
    };
    struct Wake {
        Timestamp at;
        Place place{};

        friend bool operator>(const Wake& lhs, const Wake& rhs) {
            return lhs.at != rhs.at ? lhs.at > rhs.at : lhs.place > rhs.place;
        }
    };
    struct Forwarding {
        OwnedIdentifier from;
        OwnedIdentifier to;
        std::string state;       ///< Given away and not yet dropped.
        OwnedIdentifier went{};  ///< Where the customer who lived here went; may be empty.
    };

    [[nodiscard]] std::optional<Place> find_local(
        const customer::Identifier& identifier, std::uint64_t hash
    ) const;
    void arm(Place place, const Fold& fold);
    void mark(Place place);

    std::uint32_t number_;
    bool timers_ = true;
    std::deque<Customer> customers_;
    std::size_t free_count_ = 0;
    std::unordered_map<std::uint64_t, Place> places_;         ///< By customer id.
    std::unordered_map<std::uint64_t, Forwarding> forwards_;  ///< By hash of the identifier.
    std::priority_queue<Wake, std::vector<Wake>, std::greater<>> wakes_;
    std::vector<Place> dirty_;
    std::vector<std::uint64_t> dirty_forwards_;
};

}  // namespace attune::engine
