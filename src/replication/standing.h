#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "log/authority.h"
#include "log/log.h"
#include "replication/mutant.h"

namespace attune::replication {

/// Where a server stands among those that have the same log.
enum class Role : std::uint8_t {
    Leading,
    Following,  ///< A standby: its log is a copy of another's.
    Fenced,     ///< It led until a standby was promoted; nothing that it takes counts any more.
};
[[nodiscard]] const char* to_string(Role role);

/// Who writes, and what may be acknowledged: local durability, and with `sync` a standby's too. The
/// one place that decides it. From any thread.
class Standing final : public Authority {
public:
    struct Options {
        bool sync = false;   ///< Acknowledge only what a standby has durably too.
        bool alone = false;  ///< With sync: go on alone while no standby is connected.
        Duration wait_max{10'000};
        /// A standby that has not been heard of for so long is away.
        Duration away_after{3'000};
        Mutant mutant = Mutant::None;
    };

    /// `monotonic`: a time that never goes back.
    Standing(Options options, std::function<Duration()> monotonic);

    /// Begins as, or becomes, the one that writes; `durable` of its own log.
    void lead(Position durable);
    void follow(std::string leader);
    /// Somebody has begun `epoch`: nothing counts any more but what counted already. `by` for
    /// people.
    void fence(Epoch epoch, const std::string& by);

    [[nodiscard]] Role role() const;
    /// Of whom a standby follows; empty otherwise.
    [[nodiscard]] std::string leader() const;

    /// The own log is durable up to there.
    void local(Position durable);
    /// A standby says up to where it is; `caught_up`: that was all there is.
    void confirm(std::uint64_t follower, Position durable);
    /// Called, with the lock held, whenever counts_to() has moved; must not call back.
    void on_counts(std::function<void(Position)> listener);
    /// To be called now and then: standbys go away without a word.
    void look_around();

    struct Follower {
        std::uint64_t id = 0;
        Position durable;
        Duration seen{};
    };
    /// Those that are connected.
    [[nodiscard]] std::vector<Follower> followers() const;
    /// The place from which a connected standby still needs the log; none when there is none.
    [[nodiscard]] std::optional<Position> needed_from() const;
    /// What was acknowledged although no standby had it: with `alone` only.
    [[nodiscard]] std::uint64_t counted_alone() const;

    [[nodiscard]] Status may_append() const override;
    [[nodiscard]] Status may_take() const override;
    [[nodiscard]] Position counts_to() const override;
    [[nodiscard]] Duration wait_max() const override { return options_.wait_max; }

private:
    /// All with mutex_ held.
    [[nodiscard]] bool connected(const Follower& follower) const;
    [[nodiscard]] bool any_connected() const;
    [[nodiscard]] Status append_refusal() const;
    void settle();

    const Options options_;
    const std::function<Duration()> monotonic_;
    mutable std::mutex mutex_;
    Role role_ = Role::Leading;
    std::string leader_;
    std::string fenced_;
    Position local_;
    Position confirmed_;
    Position counts_;
    Position led_from_;  // What was durable when it began to lead counted before.
    std::uint64_t counted_alone_ = 0;
    std::map<std::uint64_t, Follower> followers_;
    std::function<void(Position)> listener_;
};

}  // namespace attune::replication
