#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/identity.h"
#include "engine/shard.h"
#include "schema/event_reader.h"

namespace attune::engine {

/// All shards in one thread, and the driving of them without a log: replays, tests, simulation.
/// What the server does between threads by messages happens here by calls, entry for entry the
/// same.
class Population {
public:
    /// Timers: whether customers who send nothing are woken when their time comes, or only by
    /// `advance_all`.
    struct Options {
        bool timers = true;
        schema::ReaderLimits reader;
    };

    Population(std::shared_ptr<const program::Program> program, Options options);

    enum class Verdict : std::uint8_t { Accepted, Duplicate, Quarantined };

    /// Reads one call into `event()`; schema::kPadding bytes behind it must be readable. False,
    /// counted, if it does not fit: then `rejected()` says why.
    bool read(std::string_view call_json, const schema::Envelope& envelope);
    [[nodiscard]] const schema::Rejected& rejected() const { return reader_.rejected(); }
    [[nodiscard]] const schema::Event& event() const { return event_; }

    /// Reads and applies one call.
    Verdict apply_call(std::string_view call_json, const schema::Envelope& envelope, Timestamp now);

    /// `event` is the one that was read last.
    Verdict apply(const schema::Event& event, Timestamp now);

    /// Follows an identifier to its customer; nothing if there is none.
    struct Found {
        Shard* shard;
        Place place;
    };
    [[nodiscard]] std::optional<Found> find(const customer::Identifier& identifier);
    /// The same, made if there is none.
    Found find_or_add(const customer::Identifier& identifier);

    void advance_due(Timestamp now);
    void advance_all(Timestamp now);

    [[nodiscard]] Fold& fold() { return *fold_; }
    [[nodiscard]] const program::Program& program() const { return *program_; }
    [[nodiscard]] Effects& effects() { return effects_; }
    [[nodiscard]] std::vector<std::unique_ptr<Shard>>& shards() { return shards_; }
    [[nodiscard]] std::size_t customer_count() const;

private:
    /// Makes an identifier lead to the customer who claims it, as far as the rules allow.
    void claim(Claim claim, Timestamp now);
    void join(
        const OwnedIdentifier& from, const OwnedIdentifier& to, const Claim& by, Timestamp now
    );
    /// Where an identifier leads in the end, which need not be to somebody.
    [[nodiscard]] OwnedIdentifier end_of(const customer::Identifier& identifier) const;
    /// Joins what the event shows to be one customer; nothing if it shows nothing new.
    void link_identifiers(const schema::Event& event, Timestamp now);

    std::shared_ptr<const program::Program> program_;
    std::unique_ptr<Fold> fold_;
    schema::EventReader reader_;
    Arena arena_;
    schema::Event event_;
    std::vector<OwnedIdentifier> names_;  ///< Declared identifiers of the call that was read.
    Effects effects_;
    std::vector<std::unique_ptr<Shard>> shards_;
};

/// The identifier under which an event's customer is looked up first.
[[nodiscard]] customer::Identifier primary_identifier(const schema::Event& event);

/// Whether `identifier` is known to belong to the customer, so that no link is needed.
[[nodiscard]] bool linked(const customer::Blob& blob, const customer::Identifier& identifier);

}  // namespace attune::engine
