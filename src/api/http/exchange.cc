#include "api/http/exchange.h"

#include <utility>

#include "api/http/connection.h"
#include "api/http/worker.h"

namespace attune::api::http {

void Exchange::begin(std::shared_ptr<Worker> worker, Connection& connection) {
    worker_ = std::move(worker);
    connection_ = &connection;
}

void Exchange::detach() {
    connection_ = nullptr;
    next.reset();
    if (event_stream != nullptr) {
        event_stream->end();
    }
}

void Exchange::clear() {
    constexpr std::size_t kKeptBytes = std::size_t{16} * 1024;
    incoming.clear(kKeptBytes);
    state = State::Reading;
    route = nullptr;
    refusal.reset();
    reserved_bytes = 0;
    response = {};
    event_stream.reset();
    request_id.clear();
    next.reset();
    worker_.reset();
    connection_ = nullptr;
}

Loop& Exchange::loop() {
    return worker_->loop();
}

void Exchange::respond(Response given) {
    // Nobody else looks at `response` before the state changes, which is on the loop.
    response = std::move(given);
    worker_->loop().run([self = shared_from_this()] { self->finish(State::Answered); });
}

std::shared_ptr<StreamSink> Exchange::stream(StreamOptions options) {
    const std::size_t bytes_max = options.buffered_bytes_max != 0
                                      ? options.buffered_bytes_max
                                      : worker_->limits().stream_bytes_max;
    auto sink = std::make_shared<EventStreamSink>(worker_->loop(), bytes_max);
    worker_->loop().run([self = shared_from_this(), sink] {
        self->event_stream = sink;
        self->finish(State::Streaming);
    });
    return sink;
}

void Exchange::finish(State reached) {
    state = reached;
    worker_->metrics().requests_in_flight.subtract();
    if (connection_ != nullptr) {
        worker_->flush_later(*connection_);
        return;
    }
    if (event_stream != nullptr) {
        event_stream->end();
    }
    const std::shared_ptr<Worker> worker = worker_;
    worker->recycle(shared_from_this());
}

}  // namespace attune::api::http
