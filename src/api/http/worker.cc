#include "api/http/worker.h"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <random>

#include "api/http/connection.h"
#include "base/hash.h"

namespace attune::api::http {

namespace {

constexpr std::size_t kFreeExchangesMax = 256;
constexpr std::size_t kRequestIdBytesMax = 128;

bool plain(std::string_view id) {
    return !id.empty() && id.size() <= kRequestIdBytesMax &&
           std::all_of(id.begin(), id.end(), [](char c) {
               return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ||
                      c == '.' || c == ':';
           });
}

void append_hex(std::uint64_t number, std::string& out) {
    for (int shift = 60; shift >= 0; shift -= 4) {
        out.push_back("0123456789abcdef"[(number >> static_cast<unsigned>(shift)) & 0xfU]);
    }
}

std::uint64_t random_seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace

Worker::Worker(Options options)
    : options_(std::move(options)),
      counts_(options_.router->routes().size() + 1),
      id_seed_(random_seed()) {}

void Worker::add(std::shared_ptr<Connection> connection) {
    metrics().connections.add();
    metrics().connections_opened.add();
    connections_.emplace(connection.get(), std::move(connection));
}

void Worker::remove(Connection& connection) {
    const auto removed = connections_.extract(&connection);
    if (removed) {
        metrics().connections.subtract();
        drained_if_empty();
    }
}

void Worker::drain(Task done) {
    draining_ = true;
    drained_ = std::move(done);
    std::vector<std::shared_ptr<Connection>> all;
    for (const auto& entry : connections_) {
        all.push_back(entry.second);
    }
    for (const auto& connection : all) {
        connection->drain();
    }
    drained_if_empty();
}

void Worker::drained_if_empty() {
    if (connections_.empty() && drained_) {
        std::exchange(drained_, {})();
    }
}

std::size_t Worker::close_all() {
    std::vector<std::shared_ptr<Connection>> all;
    for (const auto& entry : connections_) {
        all.push_back(entry.second);
    }
    for (const auto& connection : all) {
        connection->close("closed");
    }
    return all.size();
}

std::shared_ptr<Exchange> Worker::take_exchange(Connection& connection) {
    std::shared_ptr<Exchange> exchange;
    if (free_exchanges_.empty()) {
        exchange = std::make_shared<Exchange>();
    } else {
        exchange = std::move(free_exchanges_.back());
        free_exchanges_.pop_back();
    }
    exchange->begin(shared_from_this(), connection);
    return exchange;
}

void Worker::recycle(std::shared_ptr<Exchange> exchange) {
    body_bytes_ -= exchange->reserved_bytes;
    exchange->clear();
    if (free_exchanges_.size() < kFreeExchangesMax) {
        free_exchanges_.push_back(std::move(exchange));
    }
}

void Worker::flush_later(Connection& connection) {
    if (!connection.mark_for_flush()) {
        return;
    }
    to_flush_.push_back(connection.weak_from_this());
    if (to_flush_.size() == 1) {
        loop().post([self = shared_from_this()] {
            for (const auto& waiting : std::exchange(self->to_flush_, {})) {
                if (const auto found = waiting.lock()) {
                    found->flush();
                }
            }
        });
    }
}

bool Worker::reserve(Exchange& exchange, std::size_t bytes) {
    if (body_bytes_ + bytes > options_.body_bytes_max) {
        return false;
    }
    body_bytes_ += bytes;
    exchange.reserved_bytes += bytes;
    return true;
}

void Worker::name_request(Exchange& exchange) {
    const std::string_view given = exchange.incoming.request.header("x-request-id");
    if (plain(given)) {
        exchange.request_id.assign(given);
    } else {
        append_hex(hash_combine(id_seed_, ++ids_), exchange.request_id);
    }
    exchange.incoming.request.request_id = exchange.request_id;
}

std::string_view Worker::date() {
    const std::int64_t now = std::time(nullptr);
    if (now != date_s_) {
        date_s_ = now;
        std::tm parts{};
        (void)::gmtime_r(&now, &parts);
        char text[64];
        date_.assign(text, std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts));
    }
    return date_;
}

void Worker::count(const Exchange& exchange, std::chrono::nanoseconds now) {
    const Route* route = exchange.route;
    RouteCounts& counts = route != nullptr ? counts_[route->index] : counts_.back();
    const std::string_view name = route != nullptr ? route->label() : "none";
    if (!counts.made) {
        counts.made = true;
        counts.seconds = metrics().request_seconds.with({name});
    }
    const Method method = exchange.incoming.request.method;
    const unsigned status =
        exchange.state == Exchange::State::Streaming ? 200 : exchange.response.status;
    const auto key = static_cast<std::uint32_t>(status * 16 + static_cast<unsigned>(method));
    auto known = std::find_if(counts.requests.begin(), counts.requests.end(), [&](const auto& e) {
        return e.first == key;
    });
    if (known == counts.requests.end()) {
        const Counter counter =
            metrics().requests.with({name, to_string(method), std::to_string(status)});
        known = counts.requests.insert(known, {key, counter});
    }
    known->second.add();
    counts.seconds.observe(now - exchange.began);
}

}  // namespace attune::api::http
