#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "api/http/limits.h"
#include "api/http/refusal.h"
#include "api/http_message.h"

namespace attune::api::http {

/// What Beast's parser lets through although RFC 9112 does not, or although no honest client sends
/// it: the shapes by which a proxy and a server are made to disagree on where a request ends.

/// How much of a buffer is the head of a request.
struct HeadExtent {
    std::size_t bytes = 0;          ///< The head with its empty line; 0 while it is incomplete.
    std::size_t skipped_bytes = 0;  ///< Empty lines before it, as RFC 9112 2.2 allows.
    std::optional<Refusal> refusal;
};

/// Finds the end of the head and checks its lines: their ends, lengths and number, no NUL, no
/// folding.
[[nodiscard]] HeadExtent measure_head(std::string_view bytes, const Limits& limits);

/// What the parser read from a head.
struct ParsedHead {
    std::string_view target;
    std::span<const HeaderField> headers;
    unsigned version = 11;  ///< 10 or 11
};

/// How a head frames its body, and what else the edge must know of it.
struct Framing {
    std::optional<std::size_t> content_length;
    bool chunked = false;
    bool expects_continue = false;
    std::string_view target;  ///< In origin form: of an absolute target, what follows its host.
};

/// Checks the fields that frame and route: Host, Content-Length, Transfer-Encoding, Expect, target.
[[nodiscard]] std::optional<Refusal> check_head(const ParsedHead& head, Framing& framing);

}  // namespace attune::api::http
