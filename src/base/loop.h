#pragma once

#include <chrono>
#include <cstdint>

#include "base/callable.h"
#include "base/time.h"

namespace attune {

/// A piece of work for a Loop, run once.
using Task = Callable<void()>;

/// Names a timer of one Loop; zero names none.
enum class TimerId : std::uint64_t { None = 0 };

/// One thread that runs tasks one after the other: connections and customers' shards live on it,
/// so what belongs to a loop needs no lock. There is one loop for each core.
///
/// Tasks must not block and must not throw.
class Loop {
public:
    Loop() = default;
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    Loop(Loop&&) = delete;
    Loop& operator=(Loop&&) = delete;
    virtual ~Loop() = default;

    /// Runs `task` on this loop, never inside the call. From any thread; from the loop's own it
    /// costs neither an atomic operation nor a wake-up. Tasks of one thread run in the order in
    /// which they were posted. What is posted to a stopped loop is destroyed unrun.
    virtual void post(Task task) = 0;

    /// Runs `task` on this loop after `delay` (not before). From the loop's own thread only.
    virtual TimerId after(Duration delay, Task task) = 0;

    /// Forgets a timer that has not run yet; does nothing for one that has. From the loop's own
    /// thread only.
    virtual void cancel(TimerId timer) = 0;

    /// The time that timers go by: it never goes back; from where it counts is not said.
    [[nodiscard]] virtual std::chrono::nanoseconds monotonic() const = 0;

    /// The loop's number, from 0: thread `index()` owns the shards s with s % loops == index().
    [[nodiscard]] virtual unsigned index() const = 0;

    /// Whether the calling thread is this loop's own.
    [[nodiscard]] virtual bool in_loop() const = 0;

    /// `task` now if the calling thread is this loop's own, posted otherwise.
    void run(Task task) {
        if (in_loop()) {
            task();
        } else {
            post(std::move(task));
        }
    }
};

}  // namespace attune
