#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/worker.h"

namespace attune::runtime {

/// How far recovery has come, for a progress bar.
struct RecoveryProgress {
    std::size_t customers = 0;
    Position folded;
    Position end;
};

/// All workers over one log and one store: recovery, write-behind, publishing. What it is made of
/// is given to it, so it runs the same over real disks and simulated ones.
class Runtime {
public:
    struct Options {
        Commons commons;  ///< Without `workers`, `kept` and `numbers`.
        StateStore* store = nullptr;
        Metrics* metrics = nullptr;
        std::vector<Loop*> loops;
        /// How often changed state goes to the store; zero: only by `write_behind`.
        Duration write_behind{1'000};
        /// Another server writes, and this one folds copies of its batches: see follow(). Takes an
        /// authority in `commons`.
        bool following = false;
        /// How much of the log to keep beyond what the state on disk still needs; without limits
        /// nothing is removed.
        LogRetention retention{};
        /// The log is kept from there on besides: for somebody who is still to copy it. Empty: it
        /// is not kept for anybody.
        std::function<Position()> copied_to{};
        /// Likewise, for standbys; none where none is connected.
        std::function<std::optional<Position>()> standby_needs{};
        KeptLimits kept{};
        std::function<void(const RecoveryProgress&)> progress;
    };

    /// Restores the store's state and folds the rest of the log; then uses `program`. No loop runs
    /// yet.
    [[nodiscard]] static Result<std::unique_ptr<Runtime>> create(
        Options options, std::shared_ptr<const program::Program> program
    );

    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;
    Runtime(Runtime&&) = delete;
    Runtime& operator=(Runtime&&) = delete;
    ~Runtime();

    /// What lies before it counts: for an authority, whose word replaces the log's. From any
    /// thread.
    void counts(Position position);

    /// While following: folds the next batches that `reader` has of this server's own log, and
    /// waits for it; how far the log is folded then. One thread, which is no loop's.
    [[nodiscard]] Result<Position> follow(LogReader& reader);
    /// This server writes from now on, with the program of the log. Everything has been folded;
    /// from no loop's thread.
    [[nodiscard]] Status lead();

    /// Starts the workers on their loops and the write-behind in a thread of its own. The loops
    /// run.
    void start();
    /// Writes everything behind and stops. The loops still run; nothing is submitted any more.
    void stop();

    /// The worker whose shard an identifier hashes to.
    [[nodiscard]] Worker& worker_of(const engine::OwnedIdentifier& identifier);
    [[nodiscard]] const std::vector<std::unique_ptr<Worker>>& workers() const { return workers_; }
    [[nodiscard]] Kept& kept() { return kept_; }
    [[nodiscard]] Numbers& numbers() { return numbers_; }
    [[nodiscard]] Log& log() const { return *options_.commons.log; }

    [[nodiscard]] std::shared_ptr<const program::Program> program() const;
    /// Keeps the program and lets every worker use it from its next batch on; `done` on some loop
    /// when all do.
    Status publish(
        std::shared_ptr<const program::Program> program, std::function<void()> done = {}
    );

    /// Runs `ask` on every worker's thread, then `done` on the last of them.
    void each_worker(std::function<void(Worker&)> ask, std::function<void()> done);

    /// Erases records of a family with the next write-behind.
    void erase_records(Family family, const std::vector<std::string>& keys);

    /// One round of write-behind. Blocks; from no loop's thread, while the loops run.
    Status write_behind();

private:
    Runtime(Options options, std::shared_ptr<const program::Program> program);

    /// A program on its way to all workers.
    struct Handover {
        Handover(
            std::shared_ptr<const program::Program> one,
            std::function<void()> when_done,
            std::size_t workers
        )
            : program(std::move(one)), done(std::move(when_done)), left(workers) {}

        std::shared_ptr<const program::Program> program;
        std::function<void()> done;
        std::atomic<std::size_t> left;
    };
    static void hand_over(Worker& worker, const std::shared_ptr<Handover>& handover) noexcept;

    Status recover();
    Status restore_family(Family family, std::size_t& count);
    Status replay_log();
    /// The program of the latest batch, if there is one.
    Status adopt_program();
    void report(std::size_t customers, Position folded) const;
    void write_behind_forever();
    /// Removes what the retention lets go of the log.
    Status trim();
    /// Erases, with the next write, what is kept for a time and over its limits.
    Status forget();

    Options options_;
    Kept kept_;
    Numbers numbers_;
    Commons commons_;
    std::vector<std::unique_ptr<Worker>> workers_;
    mutable std::mutex program_mutex_;
    std::shared_ptr<const program::Program> program_;
    std::mutex publish_mutex_;  ///< Held for a whole publish, so that all workers see one order of
                                ///< programs.
    std::mutex write_mutex_;
    StateBatch
        unwritten_;  ///< Collected, and not in the store yet: a failed write is tried again whole.
    std::size_t writes_ = 0;
    Position followed_;  ///< While following: how far the log is folded.
    std::mutex stop_mutex_;
    std::condition_variable stop_signal_;
    bool stopping_ = false;
    std::thread writer_;
};

}  // namespace attune::runtime
