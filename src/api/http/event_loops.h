#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/loop.h"

namespace attune::api::http {

class EventLoop;

/// The process's loops, one thread each: connections, timers and shards share them.
class EventLoops {
public:
    /// Makes `count` (at least 1) loops, not yet running: what is posted waits for start().
    explicit EventLoops(std::size_t count);
    EventLoops(const EventLoops&) = delete;
    EventLoops& operator=(const EventLoops&) = delete;
    EventLoops(EventLoops&&) = delete;
    EventLoops& operator=(EventLoops&&) = delete;
    /// Stops. Tasks that have not run are destroyed, so what they hold must be alive still.
    ~EventLoops();

    /// Starts the threads, named attune-0, attune-1, …
    void start();

    /// Ends each thread after the task at hand and waits for them. Not from a loop's thread.
    void stop();

    /// Between start() and stop().
    [[nodiscard]] bool running() const;

    [[nodiscard]] std::size_t size() const { return loops_.size(); }
    [[nodiscard]] Loop& at(std::size_t index);
    [[nodiscard]] EventLoop& event_loop(std::size_t index) { return *loops_[index]; }

private:
    std::vector<std::unique_ptr<EventLoop>> loops_;
};

}  // namespace attune::api::http
