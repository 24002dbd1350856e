#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/head_guard.h"
#include "api/http/limits.h"
#include "api/http/refusal.h"
#include "api/http_message.h"

namespace attune::api::http {

/// A request being read. It does not move: `request` points into its strings.
struct IncomingRequest {
    Request request;
    std::string head;  ///< The bytes of the head; the fields are views into it.
    std::vector<HeaderField> headers;
    std::string body;
    Framing framing;
    unsigned version = 11;
    bool keep_alive = true;

    /// Forgets the request and keeps the memory, up to `bytes_max` of it.
    void clear(std::size_t bytes_max);
};

/// Reads requests from a connection's bytes, one after the other. Knows no socket: the caller
/// brings bytes, and brings those again that were not used, with more behind them.
class RequestReader {
public:
    explicit RequestReader(const Limits& limits);
    RequestReader(RequestReader&&) noexcept;
    RequestReader& operator=(RequestReader&&) = delete;
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;
    ~RequestReader();

    struct Progress {
        std::size_t used_bytes = 0;
        bool complete = false;  ///< The head, or the body, is all there.
        std::optional<Refusal> refusal;
    };

    /// Reads a head into `request`. Once it is complete, read_body() follows if has_body().
    [[nodiscard]] Progress read_head(std::string_view bytes, IncomingRequest& request);

    [[nodiscard]] bool has_body() const;

    /// Appends to the body, undoing chunks; trailers are dropped. Refuses more than `body_max`.
    [[nodiscard]] Progress read_body(
        std::string_view bytes, std::size_t body_max, IncomingRequest& request
    );

private:
    class Parser;

    const Limits* limits_;
    std::unique_ptr<Parser> parser_;
};

}  // namespace attune::api::http
