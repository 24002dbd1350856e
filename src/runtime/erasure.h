#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/position.h"
#include "base/result.h"
#include "base/time.h"
#include "log/log.h"
#include "runtime/entry.h"

namespace attune::runtime {

/// A customer who is to be forgotten, in words that tell nobody who it was: hashes.
struct Erasure {
    std::string id;
    Timestamp at;
    Position before;  ///< Of what was logged from here on, nothing is erased.
    std::vector<std::uint64_t> identifiers;
    std::vector<std::string> deliveries;  ///< That were owed; the log has marks of them.
};

/// Finds what a log and a state hold of erased customers.
class ErasureFilter {
public:
    explicit ErasureFilter(std::vector<Erasure> erasures);

    /// Reads which calls are theirs, and who was joined to whom: what a device did before it was
    /// joined to one customer is not another's, who has used it since. Before the questions below.
    [[nodiscard]] Status read(Log& log);

    /// For Log::rewrite: puts an Erased in the place of what belongs to an erased customer.
    bool edit(Position position, std::span<char> entry);

    /// Places of their calls; a quarantined event is known by its call's.
    [[nodiscard]] const std::set<Position>& calls() const { return calls_; }

    /// Whether a decision, as JSON, was made for one of them.
    [[nodiscard]] bool has_decision(std::string_view json) const;

    /// The ids under which the customers may have lived.
    [[nodiscard]] std::vector<std::uint64_t> customers() const;
    [[nodiscard]] std::vector<std::string> deliveries() const;
    /// Where the last of the erasures ends.
    [[nodiscard]] Position end() const;

private:
    [[nodiscard]] bool erased(const engine::OwnedIdentifier& identifier, Position at) const;
    [[nodiscard]] bool belongs(const EntryView& entry, Position at) const;

    std::vector<Erasure> erasures_;
    std::unordered_map<std::uint64_t, Position> identifiers_;  ///< And before where.
    std::map<std::string, Position, std::less<>> deliveries_;
    std::set<Position> calls_;
};

}  // namespace attune::runtime
