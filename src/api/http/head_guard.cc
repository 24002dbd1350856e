#include "api/http/head_guard.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace attune::api::http {

namespace {

constexpr std::size_t kEmptyLinesMax = 2;

Refusal bad(std::string_view reason, std::string detail) {
    return {.status = 400, .reason = reason, .detail = "cannot read request: " + detail};
}

bool digit(char c) {
    return c >= '0' && c <= '9';
}
bool alphanumeric(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

/// Checks one line that ends at `end`, the place of its line feed.
std::optional<Refusal> check_line(std::string_view line, bool request_line) {
    if (line.empty() || line.back() != '\r') {
        return bad("bare_lf", "a line ends without a carriage return");
    }
    line.remove_suffix(1);
    if (line.find('\r') != std::string_view::npos) {
        return bad("bare_cr", "a carriage return stands inside a line");
    }
    if (line.find('\0') != std::string_view::npos) {
        return bad("nul", "the header holds a NUL byte");
    }
    if (!line.empty() && (line.front() == ' ' || line.front() == '\t')) {
        return request_line ? bad("syntax", "the request line begins with white space")
                            : bad("obs_fold", "a header field continues on a second line");
    }
    return std::nullopt;
}

Refusal line_too_long(const Limits& limits) {
    return {
        .status = 414,
        .reason = "request_line",
        .detail = "the request line is longer than " +
                  std::to_string(limits.request_line_bytes_max) + " bytes",
    };
}

Refusal header_too_long(const Limits& limits) {
    return {
        .status = 431,
        .reason = "header",
        .detail = "the header is longer than " + std::to_string(limits.header_bytes_max) + " bytes",
    };
}

Refusal too_many_fields(const Limits& limits) {
    return {
        .status = 431,
        .reason = "header_fields",
        .detail =
            "the header has more than " + std::to_string(limits.header_fields_max) + " fields",
    };
}

/// `host[:port]` as RFC 3986 writes it: a name, an IPv4 address, or an address in brackets.
bool valid_host(std::string_view host) {
    const std::size_t bracket = host.starts_with('[') ? host.find(']') : 0;
    if (bracket == std::string_view::npos) {
        return false;
    }
    const std::size_t colon = host.find(':', bracket);
    const std::string_view name = host.substr(0, colon);
    const std::string_view port =
        colon == std::string_view::npos ? std::string_view{} : host.substr(colon + 1);
    if (name.empty() || port.size() > 5 || !std::all_of(port.begin(), port.end(), digit)) {
        return false;
    }
    if (bracket > 0) {
        const std::string_view address = name.substr(1, bracket - 1);
        return bracket + 1 == name.size() && !address.empty() &&
               std::all_of(address.begin(), address.end(), [](char c) {
                   return alphanumeric(c) || c == ':' || c == '.' || c == '%';
               });
    }
    return std::all_of(name.begin(), name.end(), [](char c) {
        return alphanumeric(c) || std::string_view("-._~%!$&'()*+,;=").find(c) != std::string::npos;
    });
}

/// The framing and routing fields of one head, counted.
struct Fields {
    std::string_view host;
    std::string_view length;
    std::string_view encoding;
    std::string_view expect;
    unsigned hosts = 0;
    unsigned lengths = 0;
    unsigned encodings = 0;
};

Fields collect(std::span<const HeaderField> headers) {
    Fields fields;
    for (const HeaderField& header : headers) {
        // Lengths first: nearly every field is ruled out without looking at its text.
        const std::size_t size = header.name.size();
        if (size == 4 && equal_ignoring_case(header.name, "host")) {
            fields.host = header.value;
            ++fields.hosts;
        } else if (size == 14 && equal_ignoring_case(header.name, "content-length")) {
            fields.length = header.value;
            ++fields.lengths;
        } else if (size == 17 && equal_ignoring_case(header.name, "transfer-encoding")) {
            fields.encoding = header.value;
            ++fields.encodings;
        } else if (size == 6 && equal_ignoring_case(header.name, "expect")) {
            fields.expect = header.value;
        }
    }
    return fields;
}

std::optional<Refusal> check_host(const Fields& fields, unsigned version) {
    if (fields.hosts > 1) {
        return bad("host", "there is more than one Host");
    }
    if (fields.hosts == 0) {
        return version == 10 ? std::optional<Refusal>{} : bad("host", "there is no Host");
    }
    if (!valid_host(fields.host)) {
        return bad("host", "Host is not a name with an optional port");
    }
    return std::nullopt;
}

std::optional<Refusal> check_framing(const Fields& fields, unsigned version, Framing& framing) {
    if (fields.encodings > 0) {
        if (fields.lengths > 0) {
            return bad("length_and_encoding", "it has Content-Length and Transfer-Encoding");
        }
        if (fields.encodings > 1 || !equal_ignoring_case(fields.encoding, "chunked")) {
            return bad("transfer_encoding", "Transfer-Encoding is not exactly \"chunked\"");
        }
        if (version == 10) {
            return bad("transfer_encoding", "HTTP/1.0 has no Transfer-Encoding");
        }
        framing.chunked = true;
    }
    if (fields.lengths > 1) {
        return bad("content_length", "there is more than one Content-Length");
    }
    if (fields.lengths == 1) {
        std::size_t length = 0;
        const char* end = fields.length.data() + fields.length.size();
        const auto [stop, error] = std::from_chars(fields.length.data(), end, length);
        if (error != std::errc{} || stop != end || !digit(fields.length.front())) {
            return bad("content_length", "Content-Length is not a whole number");
        }
        framing.content_length = length;
    }
    return std::nullopt;
}

std::optional<Refusal> check_target(
    const ParsedHead& head, const Fields& fields, Framing& framing
) {
    std::string_view target = head.target;
    const bool sound = std::all_of(target.begin(), target.end(), [](char c) {
        return c > ' ' && c < 0x7f && c != '#' && c != '"' && c != '<' && c != '>' && c != '\\';
    });
    if (!sound) {
        return bad("target", "the target holds bytes that a URL must percent-encode");
    }
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (target.size() >= scheme.size() &&
            equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
            target.remove_prefix(scheme.size());
            const std::size_t slash = std::min(target.find_first_of("/?"), target.size());
            // RFC 9112 3.2.2 sets the target's host above Host. A proxy may have acted on either.
            if (!equal_ignoring_case(target.substr(0, slash), fields.host)) {
                return bad("host", "Host differs from the host of the target");
            }
            target.remove_prefix(slash);
            target = target.empty() ? std::string_view("/") : target;
        }
    }
    if (!target.starts_with('/') && target != "*") {
        return bad("target", "the target is neither a path nor a URL");
    }
    framing.target = target;
    return std::nullopt;
}

}  // namespace

HeadExtent measure_head(std::string_view bytes, const Limits& limits) {
    HeadExtent extent;
    while (bytes.substr(extent.skipped_bytes).starts_with("\r\n") &&
           extent.skipped_bytes < 2 * kEmptyLinesMax) {
        extent.skipped_bytes += 2;
    }
    std::size_t begin = extent.skipped_bytes;
    const std::size_t start = begin;
    for (std::size_t lines = 0;; ++lines) {
        const std::size_t feed = bytes.find('\n', begin);
        const bool complete = feed != std::string_view::npos;
        const std::size_t end = complete ? feed + 1 : bytes.size();
        if (lines == 0 && end - begin > limits.request_line_bytes_max) {
            extent.refusal = line_too_long(limits);
        } else if (end - start > limits.header_bytes_max) {
            extent.refusal = header_too_long(limits);
        } else if (lines > limits.header_fields_max + 1) {
            extent.refusal = too_many_fields(limits);
        } else if (complete) {
            extent.refusal = check_line(bytes.substr(begin, feed - begin), lines == 0);
        }
        if (extent.refusal || !complete) {
            return extent;
        }
        if (feed - begin == 1) {
            extent.bytes = end - start;
            return extent;
        }
        begin = end;
    }
}

std::optional<Refusal> check_head(const ParsedHead& head, Framing& framing) {
    const Fields fields = collect(head.headers);
    if (auto refusal = check_host(fields, head.version)) {
        return refusal;
    }
    if (auto refusal = check_framing(fields, head.version, framing)) {
        return refusal;
    }
    if (!fields.expect.empty() && head.version == 11) {
        if (!equal_ignoring_case(fields.expect, "100-continue")) {
            return Refusal{
                .status = 417,
                .reason = "expect",
                .detail = "the only expectation that can be met is 100-continue",
            };
        }
        framing.expects_continue = true;
    }
    return check_target(head, fields, framing);
}

}  // namespace attune::api::http
