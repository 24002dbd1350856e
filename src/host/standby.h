#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "host/replication_calls.h"
#include "replication/follower.h"
#include "runtime/runtime.h"

namespace attune::host {

/// Keeps a server's log and state like those of the leader at a URL: one thread fetches batches
/// into the log, another folds them.
class Standby {
public:
    struct Options {
        std::string url;
        std::string authority;
        const ReplicationKey* key = nullptr;
        std::uint64_t id = 0;  ///< Drawn for this run.
        Log* log = nullptr;
        replication::Standing* standing = nullptr;
        runtime::Programs* programs = nullptr;
        runtime::Runtime* runtime = nullptr;
        /// The leader's record of erasures, as text, when it has changed; and now and then, as the
        /// fold comes further, without.
        std::function<void(std::optional<std::string> record, Position folded)> erasures;
    };

    [[nodiscard]] static Result<std::unique_ptr<Standby>> create(Options options);
    Standby(const Standby&) = delete;
    Standby& operator=(const Standby&) = delete;
    Standby(Standby&&) = delete;
    Standby& operator=(Standby&&) = delete;
    ~Standby();

    /// While the loops run, until stop().
    void start();
    /// Fetches no more; with `fold_all`, returns once what is in the log is folded, or why it
    /// cannot be.
    Status stop(bool fold_all);

    /// How far behind the leader it is.
    struct Lag {
        bool known = false;  ///< The leader has been heard of; else the rest says nothing.
        std::uint64_t positions =
            0;                ///< That the leader had, when last heard of, and the fold not.
        double seconds = 0;   ///< Since it was last known to have folded all that the leader had.
        std::string trouble;  ///< Why it does not come nearer; empty while it does.
    };
    [[nodiscard]] Lag lag() const;
    /// The highest epoch that the leader has told.
    [[nodiscard]] Epoch leader_epoch() const { return leader_epoch_; }
    [[nodiscard]] Position folded() const { return {folded_.load()}; }

private:
    Standby(Options options, ReplicationCalls calls);

    using Clock = std::chrono::steady_clock;

    void fetch_forever();
    Status fetch();
    Status keep_programs(const std::vector<std::uint64_t>& programs);
    Status keep_erasures(std::uint64_t version);
    void note(const replication::Fetched& fetched);
    void note_trouble(const Status& status);
    void fold_forever();
    /// Folds what is there; the reader is made anew after an error.
    Status fold(std::unique_ptr<LogReader>& reader);
    /// Waits, unless it is to stop, until `news` or for `span`; whether to go on.
    bool rest(std::chrono::milliseconds span);

    Options options_;
    ReplicationCalls calls_;
    replication::Follower follower_;
    std::uint64_t erasures_ = 0;
    std::atomic<Epoch> leader_epoch_{0};
    std::atomic<std::uint64_t> folded_{0};
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool fetching_ = true;
    bool folding_ = true;
    bool news_ = false;
    bool heard_ = false;
    Position leader_durable_;
    Clock::time_point level_at_ = Clock::now();  ///< When the fold last had all that was known.
    std::string trouble_;
    std::string fold_trouble_;
    std::thread fetcher_;
    std::thread folder_;
};

}  // namespace attune::host
