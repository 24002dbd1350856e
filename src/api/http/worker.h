#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/http/compression.h"
#include "api/http/edge_metrics.h"
#include "api/http/exchange.h"
#include "api/http/limits.h"
#include "api/http/output_buffer.h"
#include "api/router.h"
#include "base/loop.h"

namespace attune::api::http {

class Connection;

/// What the connections of one loop share: routes, limits, counts, and memory used again. For the
/// loop's thread.
class Worker final : public std::enable_shared_from_this<Worker> {
public:
    struct Options {
        Loop* loop;
        std::shared_ptr<const Router> router;
        std::shared_ptr<const EdgeMetrics> metrics;
        Limits limits;
        std::size_t body_bytes_max;  ///< This worker's share of Limits::bodies_bytes_max.
    };

    explicit Worker(Options options);

    [[nodiscard]] Loop& loop() const { return *options_.loop; }
    [[nodiscard]] const Router& router() const { return *options_.router; }
    [[nodiscard]] const Limits& limits() const { return options_.limits; }
    [[nodiscard]] const EdgeMetrics& metrics() const { return *options_.metrics; }
    [[nodiscard]] Compression& compression() { return compression_; }

    void add(std::shared_ptr<Connection> connection);
    void remove(Connection& connection);

    /// Takes no more requests; `done` is called once the last connection has gone.
    void drain(Task done);
    [[nodiscard]] bool draining() const { return draining_; }
    /// Ends every connection and returns how many there were.
    std::size_t close_all();

    [[nodiscard]] std::shared_ptr<Exchange> take_exchange(Connection& connection);
    /// Takes back what neither a connection nor a Responder uses.
    void recycle(std::shared_ptr<Exchange> exchange);

    /// Flushes the connection after the tasks at hand, so that responses that become ready together
    /// go out in one write.
    void flush_later(Connection& connection);

    /// Takes room for `bytes` more of a body; false when there is none.
    [[nodiscard]] bool reserve(Exchange& exchange, std::size_t bytes);

    /// The caller's X-Request-Id where it is short and plain, else one made here.
    void name_request(Exchange& exchange);

    /// The time as `Date` writes it.
    [[nodiscard]] std::string_view date();

    void count(const Exchange& exchange, std::chrono::nanoseconds now);

    /// Where a connection puts its output together before it is written; empty between flushes.
    OutputBuffer scratch;

private:
    struct RouteCounts {
        std::vector<std::pair<std::uint32_t, Counter>> requests;  // method and status packed
        Histogram seconds;
        bool made = false;
    };

    void drained_if_empty();

    const Options options_;
    Compression compression_;
    std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
    std::vector<std::shared_ptr<Exchange>> free_exchanges_;
    std::vector<std::weak_ptr<Connection>> to_flush_;
    std::vector<RouteCounts> counts_;  // by Route::index; the last is for requests without a route
    std::size_t body_bytes_ = 0;
    std::uint64_t id_seed_;
    std::uint64_t ids_ = 0;
    std::int64_t date_s_ = -1;
    std::string date_;
    bool draining_ = false;
    Task drained_;
};

}  // namespace attune::api::http
