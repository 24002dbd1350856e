#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace attune::api {

enum class Method : std::uint8_t { Get, Head, Post, Put, Patch, Delete, Options, Other };

/// "GET"; "other" for a method that no route can have.
[[nodiscard]] std::string_view to_string(Method method);

/// Whether two ASCII texts are equal without regard to case, as names of header fields are.
[[nodiscard]] bool equal_ignoring_case(std::string_view lhs, std::string_view rhs);

/// Undoes %XX (and `+` for a space where `form` says so); nothing when an escape is malformed or
/// the text contains NUL.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool form);

/// A header field as sent, without the white space around its value.
struct HeaderField {
    std::string_view name;
    std::string_view value;
};

/// A part of the path that the route's pattern names, percent-decoded.
struct PathParameter {
    std::string_view name;
    std::string value;
};

/// Who asks, as far as the request has proved it.
struct Caller {
    enum class Kind : std::uint8_t {
        Server,  ///< May everything: the server key, or a server open to all of its machine.
        Source,  ///< Sends events: a source's write key, which any visitor of a page can read.
        User,    ///< One customer, by a token that the shop has signed.
    };
    Kind kind = Kind::Server;
    std::string user = {};  ///< A User's userId.
};

/// One request, complete and checked. Everything it points to lives as long as the Responder that
/// came with it.
struct Request {
    /// Readable bytes behind `body`, so that a parser that reads in wide steps needs no copy.
    static constexpr std::size_t kBodyPadding = 64;

    Method method = Method::Get;
    std::string_view target;  ///< As sent: `/v1/profiles/u%201?by=userId`.
    std::string_view path;    ///< The target before `?`, still percent-encoded.
    std::string_view query;   ///< The target behind `?`, still percent-encoded.
    std::span<const HeaderField> headers;
    std::string_view body;  ///< Decompressed; followed by kBodyPadding readable bytes.
    std::string_view remote_address;
    std::string_view request_id;  ///< The caller's X-Request-Id where it is sound, else made here.
    std::vector<PathParameter> parameters;
    Caller caller = {};  ///< Set by the Router's Admission.

    /// The value of the first field of that name, or empty. Case does not matter.
    [[nodiscard]] std::string_view header(std::string_view name) const;

    /// The part of the path that the route's pattern calls `name`: {id} in `/v1/profiles/{id}`.
    [[nodiscard]] std::string_view parameter(std::string_view name) const;

    /// The first value of `name` in the query string, decoded; nothing when it is absent or its
    /// encoding is malformed.
    [[nodiscard]] std::optional<std::string> query_value(std::string_view name) const;

    /// The media type without parameters, as sent: `application/json` for
    /// `application/json; charset=utf-8`.
    [[nodiscard]] std::string_view media_type() const;

    /// The 32 hex digits that name the caller's trace, from a sound W3C traceparent; else empty.
    [[nodiscard]] std::string_view trace_id() const;
};

/// What is sent back. Content-Length, Date, X-Request-Id, CORS fields and compression are the
/// edge's business.
struct Response {
    unsigned status = 200;
    std::string_view content_type = "application/json";  ///< Points to a literal.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::shared_ptr<const std::string> shared_body;  ///< Sent in place of `body` when set.

    [[nodiscard]] static Response json(std::string body, unsigned status = 200);
    [[nodiscard]] static Response text(std::string body, unsigned status = 200);
    [[nodiscard]] static Response empty(unsigned status = 204);
};

/// An error as RFC 9457 describes it. `detail` says what was attempted, on what, and why it was
/// refused; `field` names the member of the body that caused it, where one did.
struct Problem {
    unsigned status = 400;
    std::string_view type = {};  ///< A stable word: "body-too-large"; about:blank when empty.
    std::string detail;
    std::string field = {};
};

/// The problem as `application/problem+json`: type, title, status, detail and, where given, field.
[[nodiscard]] Response to_response(const Problem& problem);

/// The standard phrase of a status code: "Not Found".
[[nodiscard]] std::string_view reason_phrase(unsigned status);

}  // namespace attune::api
