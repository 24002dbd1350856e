#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "log/log.h"

/// What a standby and its leader say to each other, as docs/formats/replication.md describes it.
namespace attune::replication {

/// A number made of all that a batch says of itself but its entries' contents, which an erasure may
/// have rewritten on one side: place, time, program, threads, epoch, and each entry's length.
[[nodiscard]] std::uint64_t trace_of(const LogBatch& batch);

/// A standby asks for what comes behind its log, and says thereby what it has.
struct Fetch {
    std::uint64_t follower = 0;   ///< Drawn by each run of a standby.
    Epoch epoch = 0;              ///< Of its log.
    Position from;                ///< Everything before it is durable there.
    std::uint64_t trace = 0;      ///< Of the batch that ends there; 0 at the log's very beginning.
    std::uint32_t bytes_max = 0;  ///< 0: only whether both logs are the same up to there.
};

/// The leader's answer.
struct Fetched {
    enum class Outcome : std::uint8_t {
        Batches,     ///< See `batches`; possibly none.
        Trimmed,     ///< The log begins behind `from`.
        Diverged,    ///< The logs are not the same up to `from`.
        NotLeading,  ///< It is no leader, or not any more.
    };

    Outcome outcome = Outcome::Batches;
    Epoch epoch = 0;
    Position begin;
    Position durable;
    std::uint64_t erasures = 0;  ///< Changes when the leader's record of erasures has changed.
    std::string reason;          ///< Unless Batches, for people.

    std::vector<std::string> batches;     ///< As stored; see Log::append_stored.
    std::vector<std::uint64_t> programs;  ///< That they were folded with, each once.
    std::uint64_t trace = 0;              ///< Of the last of them.
};

[[nodiscard]] std::string encode(const Fetch& fetch);
[[nodiscard]] std::string encode(const Fetched& fetched);

/// InvalidInput for anything that encode() has not made.
[[nodiscard]] Result<Fetch> decode_fetch(std::string_view bytes);
[[nodiscard]] Result<Fetched> decode_fetched(std::string_view bytes);

}  // namespace attune::replication
