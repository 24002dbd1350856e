#include "api/http/edge_metrics.h"

namespace attune::api::http {

EdgeMetrics::EdgeMetrics(Metrics& metrics)
    : requests(metrics.counters(
          {.name = "attune_http_requests",
           .help = "Requests answered, by route, method and status",
           .labels = {"route", "method", "status"},
           .series_max = 1000}
      )),
      request_seconds(metrics.histograms(
          {.name = "attune_http_request",
           .help = "Time from the end of a request's header to its response's going out",
           .unit = MetricUnit::Seconds,
           .labels = {"route"}}
      )),
      refused(metrics.counters(
          {.name = "attune_http_refused",
           .help = "Requests and connections turned away by the edge, by reason",
           .labels = {"reason"}}
      )),
      streams_ended(metrics.counters(
          {.name = "attune_http_streams_ended",
           .help = "Event streams that ended, by who ended them and why",
           .labels = {"reason"}}
      )),
      handshakes(metrics.counters(
          {.name = "attune_tls_handshakes",
           .help = "Connections secured, by version of TLS and whether a session was resumed",
           .labels = {"version", "resumed"}}
      )),
      requests_in_flight(metrics.gauge(
          {.name = "attune_http_requests_in_flight",
           .help = "Requests that have been read and not yet answered"}
      )),
      connections(metrics.gauge({.name = "attune_http_connections", .help = "Connections open now"})
      ),
      connections_opened(metrics.counter(
          {.name = "attune_http_connections_opened", .help = "Connections accepted"}
      )),
      streams(metrics.gauge({.name = "attune_http_streams", .help = "Event streams open now"})),
      received_bytes(metrics.counter(
          {.name = "attune_http_received",
           .help = "Bytes received, after TLS",
           .unit = MetricUnit::Bytes}
      )),
      sent_bytes(metrics.counter(
          {.name = "attune_http_sent", .help = "Bytes sent, before TLS", .unit = MetricUnit::Bytes}
      )) {}

}  // namespace attune::api::http
