#pragma once

#include <cstddef>

#include "base/time.h"

namespace attune::api::http {

using namespace std::chrono_literals;

/// What one client may cost. Reaching a limit is answered with a status that says so and counted in
/// attune_http_refused_total under the reason given here.
struct Limits {
    std::size_t connections_max = 16'384;            ///< Beyond: closed at once. `connections`
    std::size_t connections_per_address_max = 8192;  ///< `connections_per_address`
    std::size_t request_line_bytes_max = std::size_t{8} * 1024;  ///< 414 `request_line`
    std::size_t header_bytes_max = std::size_t{16} * 1024;  ///< With the request line; 431 `header`
    std::size_t header_fields_max = 64;                     ///< 431 `header_fields`
    std::size_t body_bytes_max =
        std::size_t{500} * 1000;  ///< Sent and decompressed; by route. 413 `body`
    std::size_t bodies_bytes_max =
        std::size_t{256} * 1024 * 1024;   ///< Of all requests; 503 `bodies`
    std::size_t inflate_ratio_max = 100;  ///< Decompressed to compressed; 413 `inflate_ratio`
    std::size_t chunk_line_bytes_max =
        std::size_t{4} * 1024;  ///< Size, extensions; trailer. 400 `chunk_line`
    /// Requests of one connection that may be worked on at once; more wait in the socket.
    std::size_t pipelined_max = 32;
    Duration handshake_time_max = 10s;  ///< Of TLS; closed. `handshake_time`
    Duration header_time_max = 10s;     ///< From the first byte; 408 `header_time`
    Duration body_time_max = 25s;       ///< From the end of the header; 408 `body_time`
    std::size_t body_rate_min = 512;    ///< Bytes a second, asked every 5 s; 408 `body_rate`
    Duration idle_time_max = 75s;       ///< Between requests; closed. `idle` is not a refusal
    Duration write_time_max = 30s;      ///< Without progress while a response waits. `write_time`
    std::size_t stream_bytes_max =
        std::size_t{256} * 1024;      ///< Events waiting for a reader. `slow_reader`
    Duration stream_heartbeat = 15s;  ///< A comment on a silent stream, so proxies keep it open
    std::size_t compress_bytes_min = 1024;  ///< Smaller responses are sent as they are
};

}  // namespace attune::api::http
