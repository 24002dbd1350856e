#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "api/http/event_stream_sink.h"
#include "api/http/request_reader.h"
#include "api/responder.h"
#include "api/router.h"

namespace attune::api::http {

class Connection;
class Worker;

/// One request and its response, in a connection's queue. Lives until the connection has let go of
/// it and its Responder has answered, whichever comes last. All but respond() and stream() is for
/// the loop's thread.
class Exchange final : public ResponseSink, public std::enable_shared_from_this<Exchange> {
public:
    enum class State : std::uint8_t { Reading, Working, Answered, Streaming };

    /// Makes it ready for a request of `connection`.
    void begin(std::shared_ptr<Worker> worker, Connection& connection);

    /// Cuts it off from a connection that ends: a later answer goes nowhere.
    void detach();

    /// Forgets everything but the memory.
    void clear();

    [[nodiscard]] const Request& request() const override { return incoming.request; }
    [[nodiscard]] Loop& loop() override;
    void respond(Response given) override;
    [[nodiscard]] std::shared_ptr<StreamSink> stream(StreamOptions options) override;

    IncomingRequest incoming;
    State state = State::Reading;
    const Route* route = nullptr;
    std::size_t body_max = 0;
    std::optional<Response> refusal;  ///< Found while the body was still to come.
    std::size_t reserved_bytes = 0;   ///< Of the worker's room for bodies.
    Response response;
    std::shared_ptr<EventStreamSink> event_stream;
    std::string request_id;
    std::chrono::nanoseconds began{0};
    std::shared_ptr<Exchange> next;  ///< In the connection's queue.

private:
    void finish(State reached);

    std::shared_ptr<Worker> worker_;
    Connection* connection_ = nullptr;
};

}  // namespace attune::api::http
