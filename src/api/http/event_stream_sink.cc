#include "api/http/event_stream_sink.h"

#include <utility>

#include "api/http/connection.h"

namespace attune::api::http {

void EventStreamSink::send(std::string text) {
    if (loop_->in_loop()) {
        send_in_loop(text);
    } else {
        loop_->post([self = shared_from_this(), text = std::move(text)] {
            self->send_in_loop(text);
        });
    }
}

void EventStreamSink::send_in_loop(const std::string& text) {
    if (!open()) {
        return;
    }
    if (connection_ != nullptr) {
        connection_->send_events(text);
        return;
    }
    // The stream waits behind earlier responses of a pipelining client.
    if (early_.size() + text.size() > buffered_bytes_max_) {
        close_in_loop();
    } else {
        early_.append(text);
    }
}

void EventStreamSink::close() {
    loop_->run([self = shared_from_this()] { self->close_in_loop(); });
}

void EventStreamSink::close_in_loop() {
    close_asked_ = true;
    if (connection_ != nullptr) {
        connection_->end_events();
    }
}

void EventStreamSink::on_close(Task task) {
    loop_->run([self = shared_from_this(), task = std::move(task)]() mutable {
        if (self->open()) {
            self->on_close_ = std::move(task);
        } else {
            self->loop_->post(std::move(task));
        }
    });
}

std::string EventStreamSink::attach(Connection& connection) {
    connection_ = &connection;
    return std::exchange(early_, {});
}

void EventStreamSink::end() {
    connection_ = nullptr;
    early_.clear();
    if (open_.exchange(false, std::memory_order_acq_rel) && on_close_) {
        // Posted, because the task may answer other requests while a connection is at work.
        loop_->post(std::move(on_close_));
    }
}

}  // namespace attune::api::http
