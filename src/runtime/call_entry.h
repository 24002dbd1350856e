#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/effects.h"
#include "engine/shard.h"
#include "program/program.h"
#include "runtime/entry.h"
#include "runtime/work.h"
#include "schema/envelope.h"

namespace attune::runtime {

/// A call as it stands in the log, with the identifier that led to its customer when it was taken.
struct CallEntry {
    engine::OwnedIdentifier identifier;
    schema::CallEntry call;
};

/// Appends the body of a Call entry.
void write_call_entry(
    const engine::OwnedIdentifier& identifier, const Call& call, std::string& out
);
/// Views into `body`.
[[nodiscard]] std::optional<CallEntry> read_call_entry(std::string_view body);

/// Appends a call of the log as one JSON value: as it came where that is JSON, else as a string,
/// cut where it is long. Returns what kind of call it is: what its path said, or its own `type`;
/// empty if neither tells.
std::string write_call_json(const schema::CallEntry& call, std::string& out);

/// Counts a decision against the limits of its placement and offer, as far as the program still has
/// them.
void count_decision(
    const program::Program& program, const DecisionEntry& decision, customer::Blob& blob
);

/// Takes the counts of what both programs know, by name, from one to the other.
void carry_counts(
    const program::Program& from,
    const engine::Counts& before,
    const program::Program& to,
    engine::Counts& after
);

}  // namespace attune::runtime
