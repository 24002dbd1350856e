#pragma once

#include <string_view>

#include "api/http/compression.h"
#include "api/http/output_buffer.h"
#include "api/http_message.h"

namespace attune::api::http {

/// What surrounds a response on its connection.
struct ResponseFrame {
    std::string_view request_id;
    std::string_view date;             ///< As `Date` is written.
    std::string_view accept_encoding;  ///< Of the request.
    unsigned version = 11;             ///< Of the request.
    bool head_only = false;            ///< The request was HEAD.
    bool close = false;                ///< The connection ends behind this response.
    bool secure = false;               ///< Through TLS: browsers are told to insist on it.
};

/// Writes a response in HTTP/1.1, compressed where the client takes it and it pays.
void write_response(
    Response response,
    const ResponseFrame& frame,
    std::size_t compress_bytes_min,
    Compression& compression,
    OutputBuffer& out
);

/// Writes the head of an event stream, whose end is the end of the connection.
void write_stream_head(const Response& response, const ResponseFrame& frame, OutputBuffer& out);

}  // namespace attune::api::http
