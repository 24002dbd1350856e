#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "base/loop.h"

namespace attune {

/// Several loops that one thread runs: which of them goes next follows from a seed, so every run
/// can be repeated. Each loop keeps the order of its own tasks. For tests and simulation.
class TestLoops {
public:
    explicit TestLoops(unsigned count, std::uint64_t seed = 0) : random_(seed) {
        for (unsigned i = 0; i < count; ++i) {
            loops_.push_back(std::make_unique<One>(*this, i));
        }
    }

    [[nodiscard]] Loop& at(unsigned index) { return *loops_[index]; }
    [[nodiscard]] std::vector<Loop*> all() {
        std::vector<Loop*> all;
        for (const auto& loop : loops_) {
            all.push_back(loop.get());
        }
        return all;
    }

    /// Runs one task, if there is any.
    bool run_one() {
        std::vector<One*> ready;
        for (const auto& loop : loops_) {
            if (!loop->posted.empty()) {
                ready.push_back(loop.get());
            }
        }
        if (ready.empty()) {
            return false;
        }
        One& loop = *ready[random_() % ready.size()];
        Task task = std::move(loop.posted.front());
        loop.posted.pop_front();
        run_in(loop, task);
        return true;
    }

    /// Runs what is posted, and what that posts, until nothing is left.
    void run() {
        while (run_one()) {
        }
    }

    /// Lets `span` pass, running each timer at its own time. `tell` hears how much time has passed
    /// before each of them.
    template <typename Tell>
    void advance(Duration span, Tell tell) {
        const std::chrono::nanoseconds end = now_ + span;
        run();
        while (!timers_.empty() && timers_.begin()->first.first <= end) {
            auto timer = timers_.extract(timers_.begin());
            const auto passed = timer.key().first - now_;
            now_ = timer.key().first;
            tell(std::chrono::duration_cast<Duration>(passed));
            run_in(*timer.mapped().first, timer.mapped().second);
            run();
        }
        tell(std::chrono::duration_cast<Duration>(end - now_));
        now_ = end;
    }

    /// While true, what is posted runs at once: for calls that block until a loop has done its
    /// part. To be set when nothing waits.
    void run_at_once(bool at_once) { at_once_ = at_once; }

private:
    struct One final : Loop {
        One(TestLoops& owner, unsigned own_number) : loops(owner), number(own_number) {}

        void post(Task task) override {
            if (loops.at_once_) {
                loops.run_in(*this, task);
            } else {
                posted.push_back(std::move(task));
            }
        }
        TimerId after(Duration delay, Task task) override {
            const TimerId id{++loops.last_timer_};
            loops.timers_.emplace(
                std::pair(loops.now_ + delay, id), std::pair(this, std::move(task))
            );
            return id;
        }
        void cancel(TimerId timer) override {
            std::erase_if(loops.timers_, [&](const auto& one) {
                return one.first.second == timer;
            });
        }
        [[nodiscard]] std::chrono::nanoseconds monotonic() const override { return loops.now_; }
        [[nodiscard]] unsigned index() const override { return number; }
        [[nodiscard]] bool in_loop() const override { return loops.running_ == this; }

        TestLoops& loops;
        const unsigned number;
        std::deque<Task> posted;
    };

    void run_in(One& loop, Task& task) {
        One* const before = std::exchange(running_, &loop);
        task();
        running_ = before;
    }

    std::mt19937_64 random_;
    std::vector<std::unique_ptr<One>> loops_;
    std::map<std::pair<std::chrono::nanoseconds, TimerId>, std::pair<One*, Task>> timers_;
    std::chrono::nanoseconds now_{0};
    std::uint64_t last_timer_ = 0;
    One* running_ = nullptr;
    bool at_once_ = false;
};

}  // namespace attune
