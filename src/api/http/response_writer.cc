#include "api/http/response_writer.h"

#include <algorithm>
#include <charconv>

namespace attune::api::http {

namespace {

void append_number(std::size_t number, std::string& out) {
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof(digits), number).ptr);
}

/// A value of ours may hold what a customer typed; a line feed in it would begin a new field.
void append_value(std::string_view value, std::string& out) {
    const std::size_t before = out.size();
    out.append(value);
    const auto first = out.begin() + static_cast<std::ptrdiff_t>(before);
    std::replace_if(
        first, out.end(), [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; }, ' '
    );
}

void append_field(std::string_view name, std::string_view value, std::string& out) {
    out.append(name).append(": ");
    append_value(value, out);
    out.append("\r\n");
}

bool has(const Response& response, std::string_view name) {
    return std::any_of(response.headers.begin(), response.headers.end(), [&](const auto& header) {
        return equal_ignoring_case(header.first, name);
    });
}

void append_head(const Response& response, const ResponseFrame& frame, std::string& out) {
    if (response.status == 200) {
        out.append("HTTP/1.1 200 OK\r\nDate: ");
    } else {
        out.append("HTTP/1.1 ");
        append_number(response.status, out);
        out.append(" ").append(reason_phrase(response.status)).append("\r\nDate: ");
    }
    out.append(frame.date).append("\r\n");
    if (!response.content_type.empty()) {
        out.append("Content-Type: ").append(response.content_type).append("\r\n");
    }
    out.append("X-Content-Type-Options: nosniff\r\n");
    if (frame.secure) {
        out.append("Strict-Transport-Security: max-age=31536000\r\n");
    }
    for (const auto& [name, value] : response.headers) {
        append_field(name, value, out);
    }
    // Answers are about a person unless they say otherwise: no cache may keep them.
    if (!has(response, "cache-control")) {
        out.append("Cache-Control: no-store\r\n");
    }
    out.append("X-Request-Id: ").append(frame.request_id).append("\r\n");
    if (frame.close) {
        out.append("Connection: close\r\n");
    } else if (frame.version == 10) {
        out.append("Connection: keep-alive\r\n");
    }
}

std::string_view body_of(const Response& response) {
    return response.shared_body != nullptr ? *response.shared_body : response.body;
}

void compress(
    Response& response, const ResponseFrame& frame, std::size_t bytes_min, Compression& compression
) {
    if (body_of(response).size() < bytes_min || !compressible(response.content_type) ||
        has(response, "content-encoding")) {
        return;
    }
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (accepts_gzip(frame.accept_encoding)) {
        response.body = compression.deflate(body_of(response));
        response.shared_body.reset();
        response.headers.emplace_back("Content-Encoding", "gzip");
    }
}

}  // namespace

void write_response(
    Response response,
    const ResponseFrame& frame,
    std::size_t compress_bytes_min,
    Compression& compression,
    OutputBuffer& out
) {
    const bool bodiless = response.status == 204 || response.status == 304;
    if (!bodiless) {
        compress(response, frame, compress_bytes_min, compression);
    }
    std::string& text = out.text();
    append_head(response, frame, text);
    if (!bodiless) {
        text.append("Content-Length: ");
        append_number(body_of(response).size(), text);
        text.append("\r\n");
    }
    text.append("\r\n");
    if (bodiless || frame.head_only) {
        return;
    }
    if (response.shared_body != nullptr) {
        out.append(std::move(response.shared_body));
    } else {
        out.append(std::move(response.body));
    }
}

void write_stream_head(const Response& response, const ResponseFrame& frame, OutputBuffer& out) {
    std::string& text = out.text();
    append_head(response, frame, text);
    // nginx would otherwise gather events before it passes them on.
    text.append("X-Accel-Buffering: no\r\n\r\n");
}

}  // namespace attune::api::http
