#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "api/responder.h"

namespace attune::api::http {

class Connection;

/// The connection's end of an event stream. Calls from other threads hop to the loop.
class EventStreamSink final : public StreamSink,
                              public std::enable_shared_from_this<EventStreamSink> {
public:
    EventStreamSink(Loop& loop, std::size_t buffered_bytes_max)
        : loop_(&loop), buffered_bytes_max_(buffered_bytes_max) {}

    void send(std::string text) override;
    void close() override;
    void on_close(Task task) override;
    [[nodiscard]] bool open() const override { return open_.load(std::memory_order_acquire); }

    /// The rest is for the loop's thread.

    /// Events flow into `connection` from now on; returns those that came before.
    [[nodiscard]] std::string attach(Connection& connection);

    /// The stream is over; on_close()'s task is posted.
    void end();

    [[nodiscard]] std::size_t buffered_bytes_max() const { return buffered_bytes_max_; }
    /// Whether close() was called before the stream's turn in the connection's queue came.
    [[nodiscard]] bool close_asked() const { return close_asked_; }

private:
    void send_in_loop(const std::string& text);
    void close_in_loop();

    Loop* loop_;
    const std::size_t buffered_bytes_max_;
    std::atomic<bool> open_ = true;
    bool close_asked_ = false;
    Connection* connection_ = nullptr;
    std::string early_;
    Task on_close_;
};

}  // namespace attune::api::http
