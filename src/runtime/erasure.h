#pragma once

#include <cstdint>
#include <functional>
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
    Position before;  ///< What was logged before this is erased; see also ErasureFilter::read.
    Position folded;  ///< A state complete up to here has forgotten the customer; 0: not known.
    std::vector<std::uint64_t> identifiers;
    std::vector<std::string> deliveries;  ///< That were owed; the log has marks of them.
};

/// Finds what a log and a state hold of erased customers.
class ErasureFilter {
public:
    explicit ErasureFilter(std::vector<Erasure> erasures);

    /// Reads which calls are theirs, and who was joined to whom: what a device did before it was
    /// joined to one customer is not another's, who has used it since. What came in between the
    /// asking and the erase entry was forgotten with it, and belongs to the erasure too. Before the
    /// questions below.
    /// Unavailable when it is not to `go_on`, which is asked now and then.
    [[nodiscard]] Status read(
        Log& log, const std::function<bool()>& go_on = [] { return true; }
    );

    /// For Log::rewrite: puts an Erased in the place of what belongs to an erased customer.
    bool edit(Position position, std::span<char> entry);

    /// Places of their calls; a quarantined event is known by its call's.
    [[nodiscard]] const std::set<Position>& calls() const { return calls_; }

    /// Whether a decision, as JSON, was made for one of them, and not for somebody who has come
    /// back.
    [[nodiscard]] bool has_decision(std::string_view json) const;

    /// The ids under which the customers may have lived.
    [[nodiscard]] std::vector<std::uint64_t> customers() const;
    /// Those of them whom a state complete up to `state` still has. A later one may have them
    /// again: they came back.
    [[nodiscard]] std::vector<std::uint64_t> customers_in(Position state) const;
    [[nodiscard]] std::vector<std::string> deliveries() const;
    /// Behind the last entry that is theirs.
    [[nodiscard]] Position end() const { return end_; }

private:
    [[nodiscard]] bool belongs(const EntryView& entry, Position at) const;

    std::vector<Erasure> erasures_;
    struct Bounds {
        Position before;
        Position folded;
        Timestamp until;       ///< Decisions later than this are not theirs.
        bool pending = false;  ///< One of the erasures has not been folded yet.
    };

    /// What a log tells of the identifiers, on one pass over it.
    struct Traces {
        struct Join {
            Position at;
            std::uint64_t from = 0;
            std::uint64_t to = 0;
        };
        struct Owned {
            Position at;
            std::uint64_t owner = 0;
            bool call = false;
        };
        std::vector<Join> joins;
        std::vector<Owned> entries;
    };

    void note(const EntryView& entry, Position position, Timestamp now, Traces& traces);
    void raise_bounds(const EntryView& entry, Position position, Timestamp now);
    [[nodiscard]] bool erased(std::uint64_t identifier, Position at) const;
    void settle(const Traces& traces);

    std::unordered_map<std::uint64_t, Bounds> identifiers_;
    std::map<std::string, Position, std::less<>> deliveries_;
    std::set<Position> calls_;
    Position end_;
};

}  // namespace attune::runtime
