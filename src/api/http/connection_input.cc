// How a connection reads requests and hands them to their routes.

#include <algorithm>
#include <utility>

#include "api/http/compression.h"
#include "api/http/connection.h"

namespace attune::api::http {

namespace {

// Small bodies are not counted against the room for all bodies: the header limits bound them.
constexpr std::size_t kUncountedBytes = std::size_t{16} * 1024;
constexpr std::size_t kReservedAtOnce = std::size_t{64} * 1024;
constexpr std::size_t kLingerBytesMax = std::size_t{1024} * 1024;
constexpr std::size_t kUnsentBytesMax = std::size_t{256} * 1024;
constexpr std::string_view kForm = "application/x-www-form-urlencoded";

Response to_response(const Refusal& refusal) {
    Response response = api::to_response(Problem{
        .status = refusal.status, .type = refusal.reason, .detail = refusal.detail});
    if (refusal.status == 503) {
        response.headers.emplace_back("Retry-After", "1");
    }
    return response;
}

bool identity(std::string_view encoding) {
    return encoding.empty() || equal_ignoring_case(encoding, "identity");
}

bool gzip(std::string_view encoding) {
    return equal_ignoring_case(encoding, "gzip") || equal_ignoring_case(encoding, "x-gzip");
}

Refusal no_room() {
    return {
        .status = 503,
        .reason = "bodies",
        .detail = "too many large requests are being read; try again later",
    };
}

}  // namespace

void Connection::on_read(std::string_view bytes) {
    awaiting_read_ = false;
    if (closed_) {
        return;
    }
    now_ = worker_->loop().monotonic();
    if (bytes.empty()) {
        peer_ended_ = true;
        input_ended_ = true;
        if (output_ended_ || events_ != nullptr || reading_ != nullptr ||
            (first_ == nullptr && pending_ == nullptr)) {
            close("reader");
            return;
        }
    }
    worker_->metrics().received_bytes.add(bytes.size());
    if (output_ended_ || events_ != nullptr) {
        // Nothing of interest comes any more; reading on lets the other end see our last answer.
        lingered_bytes_ += bytes.size();
        if (lingered_bytes_ > kLingerBytesMax) {
            close("reader");
            return;
        }
        read_more();
        return;
    }
    busy_ = true;
    if (leftover_.empty()) {
        const std::size_t used = consume(bytes);
        leftover_.assign(bytes.substr(used));
    } else {
        leftover_.append(bytes);
        leftover_.erase(0, consume(leftover_));
    }
    busy_ = false;
    flush();
}

bool Connection::takes_requests() const {
    return !input_ended_ && in_queue_ < worker_->limits().pipelined_max &&
           (pending_ == nullptr || pending_->size() < kUnsentBytesMax);
}

std::size_t Connection::consume(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && (reading_ != nullptr || takes_requests())) {
        const std::string_view rest = bytes.substr(used);
        const std::size_t step = in_body_ ? take_body(rest) : take_head(rest);
        used += step;
        if (step == 0) {
            break;
        }
    }
    // What follows the last request is not wanted: a refused one's body, most often.
    return input_ended_ && reading_ == nullptr ? bytes.size() : used;
}

std::size_t Connection::take_head(std::string_view bytes) {
    if (reading_ == nullptr) {
        reading_ = worker_->take_exchange(*this);
        message_began_ = now_;
    }
    RequestReader::Progress progress = reader_.read_head(bytes, reading_->incoming);
    if (progress.refusal) {
        refuse(*progress.refusal);
        return bytes.size();
    }
    if (progress.complete) {
        on_head();
    }
    return progress.used_bytes;
}

void Connection::on_head() {
    Exchange& exchange = *reading_;
    enqueue(reading_);
    in_body_ = true;
    message_began_ = now_;
    body_seen_ = now_;
    body_seen_bytes_ = 0;
    exchange.began = now_;
    exchange.incoming.request.remote_address = remote_address_;
    worker_->name_request(exchange);
    look_up_route(exchange);
    if (auto refusal = check_size(exchange)) {
        refuse(*refusal);
        return;
    }
    check_type(exchange);
    if (!exchange.incoming.keep_alive || worker_->draining()) {
        input_ended_ = true;
    }
    if (!reader_.has_body()) {
        dispatch();
        return;
    }
    owes_continue_ = exchange.incoming.framing.expects_continue;
    if (owes_continue_ && exchange.refusal) {
        // The client may send the body or not, and we cannot tell which: so the connection ends.
        owes_continue_ = false;
        input_ended_ = true;
        dispatch();
    }
}

void Connection::look_up_route(Exchange& exchange) {
    Request& request = exchange.incoming.request;
    const Router& router = worker_->router();
    const Router::Match match = router.find(request);
    exchange.route = match.route;
    exchange.body_max = worker_->limits().body_bytes_max;
    if (match.route == nullptr) {
        exchange.refusal = Router::answer_without_route(request, match);
        return;
    }
    if (match.route->options.body_max != 0) {
        exchange.body_max = match.route->options.body_max;
    }
    exchange.refusal = router.admit(request, *match.route);
}

std::optional<Refusal> Connection::check_size(Exchange& exchange) {
    const std::size_t length = exchange.incoming.framing.content_length.value_or(0);
    if (length > exchange.body_max) {
        return Refusal{
            .status = 413,
            .reason = "body",
            .detail = "the body is larger than " + std::to_string(exchange.body_max) + " bytes",
        };
    }
    if (length > kUncountedBytes && !worker_->reserve(exchange, length)) {
        return no_room();
    }
    return std::nullopt;
}

void Connection::check_type(Exchange& exchange) {
    if (exchange.refusal || !reader_.has_body()) {
        return;
    }
    const Request& request = exchange.incoming.request;
    const std::string_view encoding = request.header("content-encoding");
    if (!identity(encoding) && !gzip(encoding)) {
        worker_->metrics().count_refusal("content_encoding");
        exchange.refusal = to_response(Refusal{
            .status = 415,
            .reason = "content_encoding",
            .detail = "the only content encoding understood here is gzip",
        });
        exchange.refusal->headers.emplace_back("Accept-Encoding", "gzip");
        return;
    }
    const auto& accepted = exchange.route->options.media_types;
    const std::string_view type = request.media_type();
    const bool fits = std::any_of(accepted.begin(), accepted.end(), [&](std::string_view one) {
        return equal_ignoring_case(one, type);
    });
    if (!accepted.empty() && !fits) {
        worker_->metrics().count_refusal("media_type");
        std::string list;
        for (const std::string_view one : accepted) {
            list.append(list.empty() ? "" : ", ").append(one);
        }
        exchange.refusal = to_response(Refusal{
            .status = 415,
            .reason = "media_type",
            .detail = std::string(request.path) + " takes " + list,
        });
        exchange.refusal->headers.emplace_back("Accept", list);
    }
}

std::size_t Connection::take_body(std::string_view bytes) {
    owes_continue_ = false;
    Exchange& exchange = *reading_;
    RequestReader::Progress progress =
        reader_.read_body(bytes, exchange.body_max, exchange.incoming);
    const std::size_t held = exchange.incoming.body.size();
    if (!progress.refusal && held > kUncountedBytes && held > exchange.reserved_bytes &&
        !worker_->reserve(exchange, held - exchange.reserved_bytes + kReservedAtOnce)) {
        progress.refusal = no_room();
    }
    if (progress.refusal) {
        refuse(*progress.refusal);
        return bytes.size();
    }
    if (progress.complete) {
        dispatch();
    }
    return progress.used_bytes;
}

std::optional<Refusal> Connection::decode_body(Exchange& exchange) {
    std::string& body = exchange.incoming.body;
    const Request& request = exchange.incoming.request;
    const std::string_view encoding = request.header("content-encoding");
    const std::string_view type = request.media_type();
    // An SDK in the field sends gzip as a form, without a word about it.
    const bool mislabelled = identity(encoding) && looks_gzipped(body) &&
                             (type.empty() || equal_ignoring_case(type, kForm));
    if (!body.empty() && (gzip(encoding) || mislabelled)) {
        std::string inflated;
        auto refusal = worker_->compression().inflate(
            body,
            {.bytes_max = exchange.body_max, .ratio_max = worker_->limits().inflate_ratio_max},
            inflated
        );
        if (refusal) {
            return refusal;
        }
        if (inflated.size() > kUncountedBytes && !worker_->reserve(exchange, inflated.size())) {
            return no_room();
        }
        body.swap(inflated);
    }
    return std::nullopt;
}

void Connection::dispatch() {
    const std::shared_ptr<Exchange> exchange = std::exchange(reading_, nullptr);
    in_body_ = false;
    if (!exchange->refusal && !exchange->incoming.body.empty()) {
        if (const auto refusal = decode_body(*exchange)) {
            worker_->metrics().count_refusal(refusal->reason);
            exchange->refusal = to_response(*refusal);
        }
    }
    if (exchange->refusal) {
        exchange->response = std::move(*exchange->refusal);
        exchange->state = Exchange::State::Answered;
        return;
    }
    Request& request = exchange->incoming.request;
    std::string& body = exchange->incoming.body;
    const std::size_t body_bytes = body.size();
    body.append(Request::kBodyPadding, '\0');
    request.body = std::string_view(body).substr(0, body_bytes);
    exchange->state = Exchange::State::Working;
    worker_->metrics().requests_in_flight.add();
    exchange->route->handler(request, Responder(exchange));
}

void Connection::refuse(const Refusal& refusal) {
    worker_->metrics().count_refusal(refusal.reason);
    std::shared_ptr<Exchange> exchange = std::exchange(reading_, nullptr);
    if (exchange == nullptr) {
        exchange = worker_->take_exchange(*this);
    }
    if (!std::exchange(in_body_, false)) {
        exchange->began = message_began_;
        worker_->name_request(*exchange);
        enqueue(exchange);
    }
    exchange->response = to_response(refusal);
    exchange->state = Exchange::State::Answered;
    owes_continue_ = false;
    input_ended_ = true;
}

void Connection::use_leftover() {
    if (leftover_.empty() || (reading_ == nullptr && !takes_requests())) {
        return;
    }
    busy_ = true;
    leftover_.erase(0, consume(leftover_));
    busy_ = false;
    if (first_ != nullptr && (first_->state == Exchange::State::Answered ||
                              first_->state == Exchange::State::Streaming)) {
        worker_->flush_later(*this);
    }
}

void Connection::read_more() {
    if (closed_ || awaiting_read_ || peer_ended_) {
        return;
    }
    if (output_ended_ || events_ != nullptr || reading_ != nullptr || takes_requests()) {
        awaiting_read_ = true;
        stream_->await_read(shared_from_this());
    }
}

}  // namespace attune::api::http
