#pragma once

#include "base/time.h"

namespace attune {

/// Where a driver reads the time. The engine never sees one: its time is in the log.
class Clock {
public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    Clock(Clock&&) = delete;
    Clock& operator=(Clock&&) = delete;
    virtual ~Clock() = default;

    [[nodiscard]] virtual Timestamp now() const = 0;
};

/// The machine's wall clock; safe from any thread.
class SystemClock final : public Clock {
public:
    [[nodiscard]] Timestamp now() const override {
        return Timestamp(std::chrono::duration_cast<Duration>(
                             std::chrono::system_clock::now().time_since_epoch()
        )
                             .count());
    }
};

/// A clock that stands still until told otherwise, for tests and simulation.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Timestamp start) : now_(start) {}

    [[nodiscard]] Timestamp now() const override { return now_; }
    void set(Timestamp now) { now_ = now; }

private:
    Timestamp now_;
};

}  // namespace attune
