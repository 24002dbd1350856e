#include "api/http/connection.h"

#include <array>
#include <utility>

#include "api/http/response_writer.h"

namespace attune::api::http {

namespace {

constexpr Duration kLingerTime = 2s;
constexpr Duration kBodyRateWindow = 5s;
constexpr std::chrono::nanoseconds kNever = std::chrono::nanoseconds::max();
constexpr std::string_view kHeartbeat = ":\n\n";

}  // namespace

Connection::Connection(
    std::shared_ptr<Worker> worker,
    std::unique_ptr<Stream> stream,
    std::string remote_address,
    Task on_gone
)
    : worker_(std::move(worker)),
      stream_(std::move(stream)),
      remote_address_(std::move(remote_address)),
      on_gone_(std::move(on_gone)),
      reader_(worker_->limits()) {}

Connection::~Connection() {
    // Only what the loop never closed comes here open, when the loop itself is destroyed.
    while (first_ != nullptr) {
        dequeue()->detach();
    }
    if (events_ != nullptr) {
        events_->end();
    }
    if (on_gone_) {
        on_gone_();
    }
}

void Connection::start() {
    now_ = worker_->loop().monotonic();
    read_more();
    settle();
}

void Connection::enqueue(std::shared_ptr<Exchange> exchange) {
    Exchange* added = exchange.get();
    if (last_ == nullptr) {
        first_ = std::move(exchange);
    } else {
        last_->next = std::move(exchange);
    }
    last_ = added;
    ++in_queue_;
}

std::shared_ptr<Exchange> Connection::dequeue() {
    std::shared_ptr<Exchange> exchange = std::move(first_);
    first_ = std::move(exchange->next);
    if (first_ == nullptr) {
        last_ = nullptr;
    }
    --in_queue_;
    return exchange;
}

OutputBuffer& Connection::output() {
    return pending_ != nullptr ? *pending_ : worker_->scratch;
}

void Connection::flush() {
    flush_marked_ = false;
    if (closed_) {
        return;
    }
    const std::shared_ptr<Connection> self = shared_from_this();  // close() may drop the last other
    now_ = worker_->loop().monotonic();
    OutputBuffer& out = output();
    write_answers(out);
    send(out);
    if (!closed_) {
        use_leftover();
        read_more();
        settle();
    }
}

void Connection::write_answers(OutputBuffer& out) {
    while (first_ != nullptr && first_->state == Exchange::State::Answered && !output_ended_) {
        write_answer(*first_, out);
        worker_->count(*first_, now_);
        worker_->recycle(dequeue());
    }
    if (first_ != nullptr && first_->state == Exchange::State::Streaming && events_ == nullptr) {
        begin_stream(out);
    }
    if (owes_continue_ && first_ == reading_) {
        owes_continue_ = false;
        out.text().append("HTTP/1.1 100 Continue\r\n\r\n");
    }
}

void Connection::write_answer(Exchange& exchange, OutputBuffer& out) {
    const Request& request = exchange.incoming.request;
    const bool last = input_ended_ && exchange.next == nullptr && reading_ == nullptr;
    if (exchange.route != nullptr && exchange.route->options.cors) {
        add_cors(*exchange.route->options.cors, request, exchange.response);
    }
    if (exchange.route != nullptr) {
        worker_->router().stamp(exchange.response);
    }
    write_response(
        std::move(exchange.response),
        {.request_id = exchange.request_id,
         .date = worker_->date(),
         .accept_encoding = request.header("accept-encoding"),
         .version = exchange.incoming.version,
         .head_only = request.method == Method::Head,
         .close = last,
         .secure = stream_->secure()},
        worker_->limits().compress_bytes_min,
        worker_->compression(),
        out
    );
    output_ended_ = last;
}

void Connection::begin_stream(OutputBuffer& out) {
    Exchange& exchange = *first_;
    const Request& request = exchange.incoming.request;
    Response response;
    response.content_type = "text/event-stream";
    if (exchange.route->options.cors) {
        add_cors(*exchange.route->options.cors, request, response);
    }
    const ResponseFrame frame{
        .request_id = exchange.request_id,
        .date = worker_->date(),
        .accept_encoding = {},
        .version = exchange.incoming.version,
        .head_only = request.method == Method::Head,
        .close = true,
        .secure = stream_->secure(),
    };
    write_stream_head(response, frame, out);
    worker_->count(exchange, now_);
    worker_->metrics().streams.add();
    events_ = std::exchange(exchange.event_stream, nullptr);
    input_ended_ = true;
    worker_->recycle(dequeue());
    const std::string early = events_->attach(*this);
    if (!frame.head_only) {
        out.text().append(early);
    }
    if (frame.head_only || events_->close_asked() || worker_->draining()) {
        end_events();
    }
}

void Connection::send_events(std::string_view text) {
    if (pending_ == nullptr) {
        pending_ = std::make_unique<OutputBuffer>();
    }
    pending_->text().append(text);
    if (pending_->size() > events_->buffered_bytes_max() / 2 && !busy_) {
        const std::shared_ptr<Connection> self = shared_from_this();
        send(*pending_);
        if (!closed_ && pending_ != nullptr && pending_->size() > events_->buffered_bytes_max()) {
            close("slow_reader");
        }
        if (closed_) {
            return;
        }
    }
    worker_->flush_later(*this);
}

void Connection::end_events() {
    if (events_ == nullptr) {
        return;
    }
    worker_->metrics().streams.subtract();
    worker_->metrics().streams_ended.with({"server"}).add();
    std::exchange(events_, nullptr)->end();
    output_ended_ = true;
    worker_->flush_later(*this);
}

void Connection::send(OutputBuffer& out) {
    std::array<std::string_view, 16> parts;
    while (!awaiting_room_ && !out.empty()) {
        const std::size_t count = out.views(parts);
        std::size_t offered = 0;
        for (std::size_t i = 0; i < count; ++i) {
            offered += parts[i].size();
        }
        const std::optional<std::size_t> written = stream_->write({parts.data(), count});
        if (!written) {
            out.clear();
            close("reader");
            return;
        }
        worker_->metrics().sent_bytes.add(*written);
        out.consume(*written);
        if (*written < offered) {
            awaiting_room_ = true;
            stream_->await_writable(shared_from_this());
        }
    }
    if (out.empty()) {
        pending_.reset();
        after_output();
    } else if (pending_ == nullptr) {
        pending_ = std::make_unique<OutputBuffer>(std::move(out));
        out = OutputBuffer();
    }
}

void Connection::after_output() {
    if (input_ended_ && first_ == nullptr && reading_ == nullptr && events_ == nullptr) {
        output_ended_ = true;
    }
    if (!output_ended_ || wait_ == Wait::End) {
        return;
    }
    if (peer_ended_) {
        close("server");
    } else {
        // Closing at once might destroy the answer on its way: the kernel answers bytes that still
        // come in with a reset. So the other end closes first, within kLingerTime.
        stream_->end_writing();
    }
}

void Connection::on_writable() {
    awaiting_room_ = false;
    wait_ = Wait::Nothing;  // that was progress: patience begins anew
    flush();
}

void Connection::drain() {
    if (closed_) {
        return;
    }
    if (events_ != nullptr) {
        end_events();
    } else if (first_ == nullptr && reading_ == nullptr && pending_ == nullptr && !output_ended_) {
        close("drained");
    } else {
        input_ended_ = true;
        leftover_.clear();
    }
}

void Connection::close(std::string_view reason) {
    if (std::exchange(closed_, true)) {
        return;
    }
    const std::shared_ptr<Connection> self = shared_from_this();
    if (events_ != nullptr) {
        worker_->metrics().streams.subtract();
        worker_->metrics().streams_ended.with({reason}).add();
        std::exchange(events_, nullptr)->end();
    }
    if (reading_ != nullptr && !in_body_) {
        worker_->recycle(std::exchange(reading_, nullptr));
    }
    reading_.reset();
    while (first_ != nullptr) {
        std::shared_ptr<Exchange> exchange = dequeue();
        exchange->detach();
        if (exchange->state != Exchange::State::Working) {
            worker_->recycle(std::move(exchange));
        }
    }
    if (timer_ != TimerId::None) {
        worker_->loop().cancel(std::exchange(timer_, TimerId::None));
    }
    pending_.reset();
    leftover_ = {};
    stream_->close();
    worker_->remove(*this);
    std::exchange(on_gone_, {})();
}

Connection::Wait Connection::waiting_for() const {
    if (pending_ != nullptr) {
        return Wait::Room;
    }
    if (output_ended_) {
        return Wait::End;
    }
    if (events_ != nullptr) {
        return Wait::Heartbeat;
    }
    if (reading_ != nullptr) {
        return in_body_ ? Wait::Body : Wait::Head;
    }
    return first_ == nullptr ? Wait::Request : Wait::Nothing;
}

Connection::Moment Connection::expiry() const {
    const Limits& limits = worker_->limits();
    switch (wait_) {
    case Wait::Nothing:
        break;
    case Wait::Request:
        return wait_began_ + limits.idle_time_max;
    case Wait::Head:
        return message_began_ + limits.header_time_max;
    case Wait::Body:
        return std::min<Moment>(
            message_began_ + limits.body_time_max, body_seen_ + kBodyRateWindow
        );
    case Wait::Room:
        return wait_began_ + limits.write_time_max;
    case Wait::Heartbeat:
        return wait_began_ + limits.stream_heartbeat;
    case Wait::End:
        return wait_began_ + kLingerTime;
    }
    return kNever;
}

void Connection::settle() {
    const Wait wait = waiting_for();
    const bool lasts = wait == Wait::Room || wait == Wait::End;
    if (wait != wait_ || !lasts) {
        wait_ = wait;
        wait_began_ = now_;
    }
    deadline_ = expiry();
    arm();
}

void Connection::arm() {
    // A timer that rings too early costs less than one that is set and cancelled for each request.
    if (deadline_ == kNever || (timer_ != TimerId::None && armed_for_ <= deadline_)) {
        return;
    }
    if (timer_ != TimerId::None) {
        worker_->loop().cancel(timer_);
    }
    armed_for_ = deadline_;
    timer_ = worker_->loop().after(
        std::chrono::ceil<Duration>(deadline_ - now_),
        [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->on_timer();
            }
        }
    );
}

void Connection::on_timer() {
    timer_ = TimerId::None;
    if (closed_) {
        return;
    }
    now_ = worker_->loop().monotonic();
    if (now_ >= deadline_) {
        on_expired();
    } else {
        arm();
    }
}

void Connection::on_expired() {
    switch (wait_) {
    case Wait::Nothing:
        return;
    case Wait::Request:
    case Wait::End:
        close("idle");
        return;
    case Wait::Head:
        refuse({
            .status = 408,
            .reason = "header_time",
            .detail = "the header did not arrive in time",
        });
        break;
    case Wait::Body:
        on_slow_body();
        break;
    case Wait::Room:
        worker_->metrics().count_refusal("write_time");
        close("slow_reader");
        return;
    case Wait::Heartbeat:
        send_events(kHeartbeat);
        break;
    }
    flush();
}

void Connection::on_slow_body() {
    const Limits& limits = worker_->limits();
    const std::size_t bytes = reading_->incoming.body.size();
    const auto window = std::chrono::duration<double>(now_ - body_seen_);
    if (now_ - message_began_ >= limits.body_time_max) {
        refuse({
            .status = 408,
            .reason = "body_time",
            .detail = "the body did not arrive in time",
        });
    } else if (static_cast<double>(bytes - body_seen_bytes_) <
               static_cast<double>(limits.body_rate_min) * window.count()) {
        refuse({
            .status = 408,
            .reason = "body_rate",
            .detail = "the body arrives more slowly than " + std::to_string(limits.body_rate_min) +
                      " bytes a second",
        });
    } else {
        body_seen_ = now_;
        body_seen_bytes_ = bytes;
    }
}

}  // namespace attune::api::http
