#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "base/loop.h"

namespace attune {

/// A Loop for tests and simulation: the calling thread runs it, and time passes when it is told to.
class ManualLoop final : public Loop {
public:
    explicit ManualLoop(unsigned index = 0) : index_(index) {}

    void post(Task task) override { posted_.push_back(std::move(task)); }

    TimerId after(Duration delay, Task task) override {
        const TimerId id{++last_timer_};
        timers_.emplace(std::pair(now_ + delay, id), std::move(task));
        return id;
    }

    void cancel(TimerId timer) override {
        std::erase_if(timers_, [&](const auto& entry) { return entry.first.second == timer; });
    }

    [[nodiscard]] std::chrono::nanoseconds monotonic() const override { return now_; }
    [[nodiscard]] unsigned index() const override { return index_; }
    [[nodiscard]] bool in_loop() const override { return true; }

    /// Runs what has been posted, and what that posts, until nothing is left.
    void run_posted() {
        while (!posted_.empty()) {
            Task task = std::move(posted_.front());
            posted_.pop_front();
            task();
        }
    }

    /// Lets `span` pass, running each timer at its own time.
    void advance(Duration span) {
        const std::chrono::nanoseconds end = now_ + span;
        run_posted();
        while (!timers_.empty() && timers_.begin()->first.first <= end) {
            auto timer = timers_.extract(timers_.begin());
            now_ = std::max(now_, timer.key().first);
            timer.mapped()();
            run_posted();
        }
        now_ = end;
    }

private:
    const unsigned index_;
    std::chrono::nanoseconds now_{0};
    std::uint64_t last_timer_ = 0;
    std::deque<Task> posted_;
    std::map<std::pair<std::chrono::nanoseconds, TimerId>, Task> timers_;
};

}  // namespace attune
