#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "replication/messages.h"
#include "replication/standing.h"

namespace attune::replication {

/// Answers standbys out of a log. One thread; the log and the standing outlive it.
class Leader {
public:
    Leader(Log& log, Standing& standing) : log_(&log), standing_(&standing) {}

    /// What there is for the one who asks; nothing when there is nothing new: ask again later. An
    /// error only when the own log cannot be read.
    [[nodiscard]] Result<std::optional<Fetched>> fetch(const Fetch& fetch);

    /// An answer without batches: "still here, and no news".
    [[nodiscard]] Fetched nothing_new() const;

private:
    /// Where a standby's next batches are read.
    struct Cursor {
        std::unique_ptr<LogReader> reader;
        Position at;
        std::uint64_t trace = 0;  ///< Of the batch before.
        std::uint64_t used = 0;
    };

    [[nodiscard]] Fetched refusal(Fetched::Outcome outcome, std::string reason) const;
    [[nodiscard]] std::optional<Fetched> refuse_place(Position from) const;
    /// The cursor at `fetch.from`; or, in `answer`, why there is none.
    [[nodiscard]] Result<Cursor*> find(const Fetch& fetch, std::optional<Fetched>& answer);
    Status compare(const Fetch& fetch, Cursor& cursor, std::optional<Fetched>& answer) const;
    Status read(const Fetch& fetch, Cursor& cursor, Fetched& answer) const;

    Log* log_;
    Standing* standing_;
    std::map<std::uint64_t, Cursor> cursors_;
    std::uint64_t uses_ = 0;
};

}  // namespace attune::replication
