#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/loop.h"

namespace attune::api::http {

/// A Loop on an io_context that one thread runs. Sockets of the loop are made on `context()`.
class EventLoop final : public Loop {
public:
    explicit EventLoop(unsigned index);
    ~EventLoop() override;
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;
    EventLoop(EventLoop&&) = delete;
    EventLoop& operator=(EventLoop&&) = delete;

    void post(Task task) override;
    TimerId after(Duration delay, Task task) override;
    void cancel(TimerId timer) override;
    [[nodiscard]] std::chrono::nanoseconds monotonic() const override {
        return std::chrono::steady_clock::now().time_since_epoch();
    }
    [[nodiscard]] unsigned index() const override { return index_; }
    [[nodiscard]] bool in_loop() const override;

    void start();
    void stop();
    [[nodiscard]] bool running() const { return thread_.joinable(); }
    /// Destroys what was posted and set and has not run. Returns whether there was any: destroying
    /// a task may post another. Only while stopped.
    bool discard();

    [[nodiscard]] boost::asio::io_context& context() { return context_; }

private:
    using Moment = std::chrono::steady_clock::time_point;

    struct Letter {
        Task task;
        std::unique_ptr<Letter> next;
    };

    struct Alarm {
        Moment at;
        std::uint64_t id = 0;
        // Reversed, because the standard's heaps have the greatest in front.
        friend bool operator<(const Alarm& lhs, const Alarm& rhs) {
            return std::pair(rhs.at, rhs.id) < std::pair(lhs.at, lhs.id);
        }
    };

    [[nodiscard]] std::unique_ptr<Letter> take_inbox();
    void run_inbox();
    void run_local();
    void ring(Moment now);
    void arm();
    void forget_cancelled();

    const unsigned index_;
    std::atomic<Letter*> inbox_ = nullptr;  // newest first; the list is owned
    std::atomic<bool> stopped_ = false;
    std::vector<Task> local_;
    std::vector<Alarm> alarms_;  // a heap; alarms whose id is not in alarm_tasks_ were cancelled
    std::unordered_map<std::uint64_t, Task> alarm_tasks_;
    std::uint64_t last_alarm_ = 0;
    // After what its handlers use, so that it is destroyed before.
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::steady_timer timer_;
    std::thread thread_;
};

}  // namespace attune::api::http
