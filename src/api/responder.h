#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "api/http_message.h"
#include "base/loop.h"

namespace attune::api {

/// One server-sent event. `id` comes back as Last-Event-ID when the reader reconnects.
struct StreamedEvent {
    std::string_view id = {};
    std::string_view name = {};  ///< The `event:` field; "message" for the reader when empty.
    std::string_view data;       ///< May hold line feeds; they survive.
};

struct StreamOptions {
    /// Bytes that may wait for a slow reader; beyond them the stream is closed, and the reader
    /// reconnects with Last-Event-ID. Zero takes the server's limit.
    std::size_t buffered_bytes_max = 0;
};

/// The edge's end of an event stream. A port: the HTTP edge implements it, tests record with it.
class StreamSink {
public:
    StreamSink() = default;
    StreamSink(const StreamSink&) = delete;
    StreamSink& operator=(const StreamSink&) = delete;
    StreamSink(StreamSink&&) = delete;
    StreamSink& operator=(StreamSink&&) = delete;
    virtual ~StreamSink() = default;

    /// Each of these from any thread.
    virtual void send(std::string text) = 0;
    virtual void close() = 0;
    virtual void on_close(Task task) = 0;
    [[nodiscard]] virtual bool open() const = 0;
};

/// The edge's end of one request. A port, as StreamSink.
class ResponseSink {
public:
    ResponseSink() = default;
    ResponseSink(const ResponseSink&) = delete;
    ResponseSink& operator=(const ResponseSink&) = delete;
    ResponseSink(ResponseSink&&) = delete;
    ResponseSink& operator=(ResponseSink&&) = delete;
    virtual ~ResponseSink() = default;

    [[nodiscard]] virtual const Request& request() const = 0;
    /// The loop of the connection; work that has no better place runs there.
    [[nodiscard]] virtual Loop& loop() = 0;
    /// Called once, or else stream() is; from any thread.
    virtual void respond(Response response) = 0;
    [[nodiscard]] virtual std::shared_ptr<StreamSink> stream(StreamOptions options) = 0;
};

/// An open stream of server-sent events to one reader. May be used from any thread, by one at a
/// time; events arrive in the order of the calls. Destroying it closes the stream.
class EventStream {
public:
    EventStream() = default;
    explicit EventStream(std::shared_ptr<StreamSink> sink) : sink_(std::move(sink)) {}
    EventStream(EventStream&&) = default;
    EventStream& operator=(EventStream&& other) noexcept;
    EventStream(const EventStream&) = delete;
    EventStream& operator=(const EventStream&) = delete;
    ~EventStream();

    /// Sends the event, or drops it when the stream has closed. Never blocks.
    void send(const StreamedEvent& event);

    /// Runs `task` once on the connection's loop when the stream ends, whoever ends it: the reader,
    /// a full buffer, a drain, close(). Set it once.
    void on_close(Task task);

    /// False once the stream has ended; it may end between the question and the next call.
    [[nodiscard]] bool open() const;

    void close();

private:
    std::shared_ptr<StreamSink> sink_;
};

/// The right and the duty to answer one request, exactly once. May be moved to another thread and
/// answer from there. One that is destroyed unused answers 500, so no caller waits for ever.
class Responder {
public:
    explicit Responder(std::shared_ptr<ResponseSink> sink) : sink_(std::move(sink)) {}
    Responder(Responder&&) = default;
    Responder& operator=(Responder&&) = delete;
    Responder(const Responder&) = delete;
    Responder& operator=(const Responder&) = delete;
    ~Responder();

    /// The request, alive until this responder has answered.
    [[nodiscard]] const Request& request() const;
    [[nodiscard]] Loop& loop() const;

    /// Answers. The request is gone afterwards.
    void send(Response response);
    void send(const Problem& problem) { send(to_response(problem)); }

    /// Answers 200 with `text/event-stream` and keeps the connection for events.
    [[nodiscard]] EventStream stream(StreamOptions options = {});

private:
    std::shared_ptr<ResponseSink> sink_;
};

}  // namespace attune::api
