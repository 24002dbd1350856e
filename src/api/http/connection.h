#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "api/http/exchange.h"
#include "api/http/output_buffer.h"
#include "api/http/refusal.h"
#include "api/http/request_reader.h"
#include "api/http/stream.h"
#include "api/http/worker.h"

namespace attune::api::http {

/// One HTTP/1.1 connection: reads requests, hands them to their routes, writes the answers in the
/// order of the requests. For its loop's thread.
///
/// Requests of a pipelining client are handed over as they arrive and may be worked on together;
/// the order in which they are handed over is the order in which they came.
class Connection final : public Stream::Peer, public std::enable_shared_from_this<Connection> {
public:
    /// `on_gone` is called when the connection has ended.
    Connection(
        std::shared_ptr<Worker> worker,
        std::unique_ptr<Stream> stream,
        std::string remote_address,
        Task on_gone
    );
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) = delete;
    Connection& operator=(Connection&&) = delete;
    ~Connection() override;

    void start();

    void on_read(std::string_view bytes) override;
    void on_writable() override;

    /// Writes the answers that are ready, and what else there is to write.
    void flush();
    /// Whether a flush is not on its way yet; from now on it is.
    [[nodiscard]] bool mark_for_flush() { return !busy_ && !std::exchange(flush_marked_, true); }

    void send_events(std::string_view text);
    void end_events();

    /// Takes no more requests and ends when what is being answered has been.
    void drain();

    /// Ends at once. `reason` is how an event stream's end is counted.
    void close(std::string_view reason);

private:
    using Moment = std::chrono::nanoseconds;  // of Loop::monotonic()

    /// What the connection waits for from the other end, and how long.
    enum class Wait : std::uint8_t { Nothing, Request, Head, Body, Room, Heartbeat, End };

    [[nodiscard]] std::size_t consume(std::string_view bytes);
    [[nodiscard]] std::size_t take_head(std::string_view bytes);
    [[nodiscard]] std::size_t take_body(std::string_view bytes);
    [[nodiscard]] bool takes_requests() const;
    void on_head();
    void look_up_route(Exchange& exchange);
    [[nodiscard]] std::optional<Refusal> check_size(Exchange& exchange);
    void check_type(Exchange& exchange);
    void dispatch();
    [[nodiscard]] std::optional<Refusal> decode_body(Exchange& exchange);
    void refuse(const Refusal& refusal);
    void use_leftover();
    [[nodiscard]] OutputBuffer& output();

    void enqueue(std::shared_ptr<Exchange> exchange);
    [[nodiscard]] std::shared_ptr<Exchange> dequeue();
    void write_answers(OutputBuffer& out);
    void write_answer(Exchange& exchange, OutputBuffer& out);
    void begin_stream(OutputBuffer& out);
    void send(OutputBuffer& out);
    void after_output();

    void read_more();
    void settle();
    [[nodiscard]] Wait waiting_for() const;
    [[nodiscard]] Moment expiry() const;
    void arm();
    void on_timer();
    void on_expired();
    void on_slow_body();

    std::shared_ptr<Worker> worker_;
    std::unique_ptr<Stream> stream_;
    const std::string remote_address_;
    Task on_gone_;
    RequestReader reader_;

    std::shared_ptr<Exchange> reading_;  // being read; in the queue once its head is complete
    bool in_body_ = false;
    std::string leftover_;  // bytes that were read and not used yet
    std::shared_ptr<Exchange> first_;
    Exchange* last_ = nullptr;
    std::size_t in_queue_ = 0;

    std::unique_ptr<OutputBuffer> pending_;    // what the socket did not take
    std::shared_ptr<EventStreamSink> events_;  // set while the connection is an event stream

    bool input_ended_ = false;    // no request will be taken any more
    bool peer_ended_ = false;     // the other end sends nothing more
    bool output_ended_ = false;   // the last response has gone out
    bool owes_continue_ = false;  // the request being read waits for "100 Continue"
    bool awaiting_read_ = false;
    bool awaiting_room_ = false;
    bool flush_marked_ = false;
    bool busy_ = false;  // in on_read(), which flushes at its end
    bool closed_ = false;

    Moment now_{0};  // of the event at hand
    Wait wait_ = Wait::Nothing;
    Moment wait_began_{0};
    Moment message_began_{0};  // of the head or the body that is being read
    Moment deadline_{0};
    Moment armed_for_{0};
    TimerId timer_ = TimerId::None;
    Moment body_seen_{0};  // when its rate was last looked at
    std::size_t body_seen_bytes_ = 0;
    std::size_t lingered_bytes_ = 0;
};

}  // namespace attune::api::http
