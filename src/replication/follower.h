#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "replication/messages.h"
#include "replication/standing.h"

namespace attune::replication {

/// The trace of the batch that ends where a log is durable; 0 when there is none.
[[nodiscard]] Result<std::uint64_t> last_trace(Log& log);

/// Brings a log up to a leader's. One thread; the log and the standing outlive it.
class Follower {
public:
    /// `id`: drawn for this run.
    Follower(Log& log, Standing& standing, std::uint64_t id, Mutant mutant = Mutant::None)
        : log_(&log), standing_(&standing), id_(id), mutant_(mutant) {}

    /// What to ask for: it says what is durable here.
    [[nodiscard]] Result<Fetch> request();

    /// Takes an answer to the latest request() into the log, and returns once it is durable.
    ///
    /// Errors: Unavailable, LimitExceeded: not now, ask again. NotFound: the leader has trimmed
    /// what is needed. Conflict: the logs differ, or the other is no leader of this log; nothing
    /// was taken.
    [[nodiscard]] Status take(const Fetched& fetched);

private:
    [[nodiscard]] Status check(const Fetched& fetched) const;

    Log* log_;
    Standing* standing_;
    std::uint64_t id_;
    Mutant mutant_;
    std::optional<std::uint64_t> trace_;  ///< At the log's durable end; to be read when unknown.
};

}  // namespace attune::replication
