#include "api/http/request_reader.h"

#include <algorithm>

#include <boost/beast/http/basic_parser.hpp>

#include "base/assert.h"

namespace attune::api::http {

namespace beast = boost::beast::http;

namespace {

using boost::system::error_code;

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

Method method_of(beast::verb verb) {
    switch (verb) {
    case beast::verb::get:
        return Method::Get;
    case beast::verb::head:
        return Method::Head;
    case beast::verb::post:
        return Method::Post;
    case beast::verb::put:
        return Method::Put;
    case beast::verb::patch:
        return Method::Patch;
    case beast::verb::delete_:
        return Method::Delete;
    case beast::verb::options:
        return Method::Options;
    default:
        return Method::Other;
    }
}

/// Whether a request line ends in a version of the right form, whichever it be.
bool names_version(std::string_view head) {
    const std::string_view line = head.substr(0, head.find('\r'));
    const std::string_view version = line.substr(std::min(line.rfind(' ') + 1, line.size()));
    return version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' &&
           std::count(line.begin(), line.end(), ' ') == 2;
}

Refusal malformed(const error_code& error, std::string_view head) {
    if (error == beast::error::bad_version && names_version(head)) {
        return {
            .status = 505,
            .reason = "version",
            .detail = "the only versions spoken here are HTTP/1.1 and HTTP/1.0",
        };
    }
    return {
        .status = 400,
        .reason = "syntax",
        .detail = "cannot read request: " + (error == beast::error::need_more || !error
                                                 ? "a line ends too early"
                                                 : error.message()),
    };
}

Refusal chunk_lines_too_long() {
    return {
        .status = 400,
        .reason = "chunk_line",
        .detail =
            "cannot read request: chunk sizes, extensions or trailers take more room than "
            "they may",
    };
}

}  // namespace

/// Beast's parser with our request behind it.
class RequestReader::Parser final : public beast::basic_parser<true> {
public:
    Parser(IncomingRequest& request, std::size_t line_bytes_max)
        : request_(&request), line_bytes_max_(line_bytes_max) {
        eager(true);
        // Both are checked outside: by measure_head() and, since routes differ, by read_body().
        header_limit(~std::uint32_t{0});
        body_limit(boost::none);
    }

    void set_body_max(std::size_t bytes) { body_max_ = bytes; }
    [[nodiscard]] bool body_too_large() const { return body_too_large_; }
    [[nodiscard]] bool line_too_long() const { return line_too_long_; }

    /// Whether bytes were left over, part of a chunk's line or of the trailer.
    void set_waiting(bool waiting) { waiting_ = waiting; }
    [[nodiscard]] bool waiting() const { return waiting_; }

    /// Bytes of chunk lines and trailers so far, when `used` bytes of body stage have been read.
    [[nodiscard]] std::size_t overhead(std::size_t used) {
        wire_bytes_ += used;
        return wire_bytes_ - body_bytes_;
    }

private:
    void on_request_impl(
        beast::verb method,
        boost::beast::string_view /*method*/,
        boost::beast::string_view target,
        int version,
        error_code& /*error*/
    ) override {
        request_->request.method = method_of(method);
        request_->request.target = view(target);
        request_->version = static_cast<unsigned>(version);
    }

    void on_response_impl(
        int /*status*/, boost::beast::string_view /*reason*/, int /*version*/, error_code& /*error*/
    ) override {}

    void on_field_impl(
        beast::field /*name*/,
        boost::beast::string_view name,
        boost::beast::string_view value,
        error_code& error
    ) override {
        if (!in_body_) {
            request_->headers.push_back({view(name), view(value)});
            return;
        }
        trailer_bytes_ += name.size() + value.size() + 4;  // dropped, and bounded
        check_line(trailer_bytes_, error);
    }

    void on_header_impl(error_code& /*error*/) override {
        in_body_ = true;
        request_->keep_alive = keep_alive();
    }

    void on_body_init_impl(
        const boost::optional<std::uint64_t>& /*length*/, error_code& /*error*/
    ) override {}

    std::size_t on_body_impl(boost::beast::string_view body, error_code& error) override {
        if (body.size() > body_max_ - std::min(body_max_, body_bytes_)) {
            body_too_large_ = true;
            error = beast::error::body_limit;
            return 0;
        }
        body_bytes_ += body.size();
        request_->body.append(body.data(), body.size());
        return body.size();
    }

    void on_chunk_header_impl(
        std::uint64_t size, boost::beast::string_view extensions, error_code& error
    ) override {
        check_line(extensions.size(), error);
        // Said before the bytes come, so that a client that waits for an answer gets it.
        if (size > body_max_ - std::min(body_max_, body_bytes_)) {
            body_too_large_ = true;
            error = beast::error::body_limit;
        }
    }

    std::size_t on_chunk_body_impl(
        std::uint64_t /*remaining*/, boost::beast::string_view body, error_code& error
    ) override {
        return on_body_impl(body, error);
    }

    void on_finish_impl(error_code& /*error*/) override {}

    void check_line(std::size_t bytes, error_code& error) {
        if (bytes > line_bytes_max_) {
            line_too_long_ = true;
            error = beast::error::bad_chunk_extension;
        }
    }

    IncomingRequest* request_;
    const std::size_t line_bytes_max_;
    std::size_t trailer_bytes_ = 0;
    bool line_too_long_ = false;
    std::size_t body_max_ = 0;
    std::size_t body_bytes_ = 0;
    std::size_t wire_bytes_ = 0;
    bool in_body_ = false;
    bool waiting_ = false;
    bool body_too_large_ = false;
};

void IncomingRequest::clear(std::size_t bytes_max) {
    for (std::string* text : {&head, &body}) {
        text->clear();
        if (text->capacity() > bytes_max) {
            text->shrink_to_fit();
        }
    }
    std::vector<PathParameter> parameters = std::move(request.parameters);
    parameters.clear();
    request = {};
    request.parameters = std::move(parameters);
    headers.clear();
    framing = {};
    version = 11;
    keep_alive = true;
}

RequestReader::RequestReader(const Limits& limits) : limits_(&limits) {}
RequestReader::RequestReader(RequestReader&&) noexcept = default;
RequestReader::~RequestReader() = default;

RequestReader::Progress RequestReader::read_head(std::string_view bytes, IncomingRequest& request) {
    HeadExtent extent = measure_head(bytes, *limits_);
    if (extent.refusal) {
        return {.refusal = std::move(extent.refusal)};
    }
    if (extent.bytes == 0) {
        return {};
    }
    request.head.assign(bytes.substr(extent.skipped_bytes, extent.bytes));
    parser_ = std::make_unique<Parser>(request, limits_->chunk_line_bytes_max);
    error_code error;
    const std::size_t used = parser_->put({request.head.data(), request.head.size()}, error);
    // The head is complete, so a parser that wants more has met a line that ends too early.
    if (error || used != request.head.size()) {
        return {.refusal = malformed(error, request.head)};
    }
    ATTUNE_ASSERT(parser_->is_header_done());
    const ParsedHead head{request.request.target, request.headers, request.version};
    if (auto refusal = check_head(head, request.framing)) {
        return {.refusal = std::move(refusal)};
    }
    Request& parsed = request.request;
    parsed.headers = request.headers;
    parsed.target = request.framing.target;
    const std::size_t mark = parsed.target.find('?');
    parsed.path = parsed.target.substr(0, mark);
    parsed.query =
        mark == std::string_view::npos ? std::string_view{} : parsed.target.substr(mark + 1);
    return {.used_bytes = extent.skipped_bytes + extent.bytes, .complete = true, .refusal = {}};
}

bool RequestReader::has_body() const {
    return parser_ != nullptr && !parser_->is_done();
}

RequestReader::Progress RequestReader::read_body(
    std::string_view bytes, std::size_t body_max, IncomingRequest& request
) {
    ATTUNE_ASSERT(has_body());
    // Beast relies on this where it comes back to a last chunk ("0", two line ends) that it has
    // seen in part. Whatever it waits for, a sound body has as many bytes left.
    if (parser_->waiting() && bytes.size() < 5) {
        return {};
    }
    parser_->set_body_max(body_max);
    error_code error;
    Progress progress;
    progress.used_bytes = parser_->put({bytes.data(), bytes.size()}, error);
    if (parser_->body_too_large()) {
        progress.refusal = Refusal{
            .status = 413,
            .reason = "body",
            .detail = "the body is larger than " + std::to_string(body_max) + " bytes",
        };
        return progress;
    }
    if (parser_->line_too_long()) {
        progress.refusal = chunk_lines_too_long();
        return progress;
    }
    if (error && error != beast::error::need_more) {
        progress.refusal = malformed(error, request.head);
        return progress;
    }
    progress.complete = parser_->is_done();
    const std::size_t waiting = progress.complete ? 0 : bytes.size() - progress.used_bytes;
    parser_->set_waiting(waiting > 0);
    // Body bytes are always used at once, so what waits is a chunk's line or the trailer. A body in
    // chunks of one byte has five bytes of overhead to each.
    if (waiting > limits_->chunk_line_bytes_max ||
        parser_->overhead(progress.used_bytes) >
            4 * limits_->chunk_line_bytes_max + 8 * request.body.size()) {
        progress.refusal = chunk_lines_too_long();
    }
    return progress;
}

}  // namespace attune::api::http
