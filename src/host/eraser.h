#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api/services.h"
#include "host/erasure_record.h"
#include "runtime/runtime.h"

namespace attune::host {

/// Erases customers of a running server, on a thread of its own; ADR 0041.
///
/// First the record says so, durably. Then an entry of the log makes every shard forget the
/// customer, now and in each replay; from then on nobody can ask. Last, what log and state still
/// hold on the disk is rewritten. A crash in between goes on where it was.
class Eraser final : public api::Erasures {
public:
    struct Options {
        runtime::Runtime* runtime = nullptr;
        StateStore* store = nullptr;
        const Clock* clock = nullptr;
        Duration retry_after{10'000};  ///< When the disk was full, say.
        /// Called while it waits for the disk; empty: it sleeps. For a log that has no thread.
        std::function<void()> pause{};
        /// Whether another server writes: then its entries erase in the fold. Empty: none does.
        std::function<bool()> following{};
    };

    Eraser(Options options, ErasureRecord record);
    Eraser(const Eraser&) = delete;
    Eraser& operator=(const Eraser&) = delete;
    Eraser(Eraser&&) = delete;
    Eraser& operator=(Eraser&&) = delete;
    ~Eraser() override;

    /// Does on this thread what start() would leave to its own. Before start().
    [[nodiscard]] Result<std::string> erase_now(
        const std::vector<engine::OwnedIdentifier>& identifiers
    ) {
        return begin(identifiers);
    }
    Status carry_on_now() { return carry_on(); }

    /// Goes on with what an earlier run has left. While the loops run, until stop().
    void start();
    /// Ends after the step under way; while the loops still run. What waits is refused.
    void stop();

    /// A standby hears of its leader's record, as text where it has changed, and says how far it
    /// has folded the leader's log. From any thread.
    void adopt(std::optional<std::string> record, Position folded);

    void erase(
        std::vector<engine::OwnedIdentifier> identifiers,
        std::function<void(Result<std::string>)> done
    ) override;
    [[nodiscard]] std::optional<bool> complete(const std::string& id) const override;
    void history(
        std::vector<std::uint64_t> identifiers,
        Position from,
        std::function<void(Result<History>)> done
    ) override;

private:
    using Identifiers = std::vector<std::uint64_t>;

    void run();
    void submit(std::function<void(const Error* refused)> task);
    [[nodiscard]] bool go_on() const;
    /// Runs `ask` on each worker's thread and waits for all.
    void each_worker(const std::function<void(runtime::Worker&)>& ask) const;
    /// Hashes of all that lead to the customer whom the first identifier that leads to one leads
    /// to.
    [[nodiscard]] Identifiers gather(const std::vector<engine::OwnedIdentifier>& identifiers);
    /// What all shards answer, each on its worker's thread.
    [[nodiscard]] Identifiers ask_all(const std::function<Identifiers(const engine::Shard&)>& ask
    ) const;
    /// Adds what leads on to one of them from anywhere.
    void add_leading(Identifiers& identifiers) const;
    [[nodiscard]] Result<std::string> begin(const std::vector<engine::OwnedIdentifier>& identifiers
    );
    /// Makes one worker's part of the fold forget; the deliveries that were owed.
    [[nodiscard]] Result<std::vector<std::string>> erase_at(
        runtime::Worker& worker, const std::shared_ptr<const runtime::EraseEntry>& entry
    );
    /// Makes the fold forget.
    Status fold(const runtime::Erasure& erasure);
    /// Carries on with all that is not complete.
    Status carry_on();
    /// Leaves nothing on the disk.
    Status wipe(const std::vector<runtime::Erasure>& erasures);
    /// Those behind `from`, as many as an answer takes.
    [[nodiscard]] Status add_events(
        const runtime::ErasureFilter& filter, Position from, History& history
    ) const;
    [[nodiscard]] Result<History> read_history(const Identifiers& asked, Position from);
    void show_pending();
    /// Changes the record without keeping those who look at it from it while the disk syncs.
    Status change(const std::function<Status(ErasureRecord&)>& how);
    [[nodiscard]] bool following() const { return options_.following && options_.following(); }
    Status adopt_folded(Position folded);

    Options options_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void(const Error*)>> tasks_;
    bool stopping_ = false;
    std::optional<ErasureRecord> leaders_;  ///< The thread's own.
    std::atomic<bool> awaits_fold_{false};  ///< Some of the leader's are not folded here yet.
    ErasureRecord record_;                  ///< Changed by the thread alone, by change().
    std::thread thread_;
};

}  // namespace attune::host
