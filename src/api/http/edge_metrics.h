#pragma once

#include <string_view>

#include "base/metrics.h"

namespace attune::api::http {

/// What the edge counts.
struct EdgeMetrics {
    explicit EdgeMetrics(Metrics& metrics);

    /// By one of the words of Limits and head_guard; takes a lock.
    void count_refusal(std::string_view reason) const { refused.with({reason}).add(); }

    CounterFamily requests;           // route, method, status
    HistogramFamily request_seconds;  // route
    CounterFamily refused;            // reason
    CounterFamily streams_ended;      // reason
    CounterFamily handshakes;         // version, resumed
    Gauge requests_in_flight;
    Gauge connections;
    Counter connections_opened;
    Gauge streams;
    Counter received_bytes;
    Counter sent_bytes;
};

}  // namespace attune::api::http
