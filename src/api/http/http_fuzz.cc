// Feeds bytes to the reader of requests, once whole and once cut into pieces: both must read the
// same requests, and nothing may be read that the guards forbid.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/http/compression.h"
#include "api/http/request_reader.h"
#include "base/assert.h"

namespace {

using namespace attune::api;
using namespace attune::api::http;

constexpr std::size_t kBodyMax = 4096;

void check_request(const IncomingRequest& incoming) {
    const Request& request = incoming.request;
    ATTUNE_ASSERT(request.path.starts_with('/') || request.path == "*");
    ATTUNE_ASSERT(request.target.find_first_of(" \r\n") == std::string_view::npos);
    ATTUNE_ASSERT(incoming.body.size() <= kBodyMax);
    std::size_t hosts = 0;
    for (const HeaderField& field : request.headers) {
        ATTUNE_ASSERT(field.value.find_first_of("\r\n") == std::string_view::npos);
        ATTUNE_ASSERT(field.value.find('\0') == std::string_view::npos);
        hosts += equal_ignoring_case(field.name, "host") ? 1 : 0;
    }
    ATTUNE_ASSERT(hosts == 1 || (hosts == 0 && incoming.version == 10));
    ATTUNE_ASSERT(!incoming.framing.chunked || !incoming.framing.content_length);
    (void)request.query_value("a");
    (void)request.trace_id();
    (void)accepts_gzip(request.header("accept-encoding"));
}

void append_request(const IncomingRequest& incoming, std::string& out) {
    out.append(to_string(incoming.request.method)).append(" ").append(incoming.request.target);
    for (const HeaderField& field : incoming.request.headers) {
        out.append("\n").append(field.name).append(":").append(field.value);
    }
    out.append("\n\n").append(incoming.body).append("\n");
}

/// What the reader makes of `bytes` when they come in pieces of `piece` bytes.
std::string read(std::string_view bytes, std::size_t piece) {
    const Limits limits{.request_line_bytes_max = 512, .header_bytes_max = 1024};
    RequestReader reader(limits);
    IncomingRequest incoming;
    std::string out;
    bool in_body = false;
    std::size_t begin = 0;
    std::size_t end = std::min(piece, bytes.size());
    while (true) {
        const std::string_view here = bytes.substr(begin, end - begin);
        const RequestReader::Progress progress = here.empty() ? RequestReader::Progress{}
                                                 : in_body
                                                     ? reader.read_body(here, kBodyMax, incoming)
                                                     : reader.read_head(here, incoming);
        if (progress.refusal) {
            return out.append("refused");
        }
        ATTUNE_ASSERT(progress.used_bytes <= here.size());
        begin += progress.used_bytes;
        in_body = progress.complete ? !in_body && reader.has_body() : in_body;
        if (progress.complete && !in_body) {
            check_request(incoming);
            append_request(incoming, out);
            incoming.clear(64);
        }
        if (progress.used_bytes == 0 || begin == end) {
            if (end == bytes.size() && (progress.used_bytes == 0 || begin == end)) {
                return out;
            }
            end = std::min(end + piece, bytes.size());
        }
    }
}

/// Whether both read the same requests. Of bytes that come in pieces, a fault among the last few
/// may not be seen before more come.
bool same(std::string_view whole, std::string_view pieces) {
    return whole == pieces || whole == std::string(pieces) + "refused";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::string whole = read(bytes, size + 1);
    ATTUNE_ASSERT(same(whole, read(bytes, 1)));
    ATTUNE_ASSERT(same(whole, read(bytes, 7)));

    static Compression compression;
    std::string inflated;
    (void)compression.inflate(bytes, {.bytes_max = 100'000, .ratio_max = 100}, inflated);
    ATTUNE_ASSERT(inflated.size() <= 100'000 + std::size_t{16} * 1024);
    return 0;
}
