#include "api/http/request_reader.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace attune::api::http {
namespace {

/// Brings `bytes` in pieces of `piece`, each with what was not used before it, and returns the body
/// that was read, or the reason of the refusal.
std::string read(std::string_view bytes, std::size_t piece) {
    const Limits limits;
    RequestReader reader(limits);
    IncomingRequest incoming;
    bool in_body = false;
    std::size_t begin = 0;
    for (std::size_t end = 0; end < bytes.size() || begin < end;) {
        const std::size_t before = begin;
        end = std::max(end, std::min(begin + piece, bytes.size()));
        const std::string_view here = bytes.substr(begin, end - begin);
        const RequestReader::Progress progress =
            in_body ? reader.read_body(here, 1000, incoming) : reader.read_head(here, incoming);
        if (progress.refusal) {
            return std::string(progress.refusal->reason);
        }
        begin += progress.used_bytes;
        if (progress.complete && (in_body || !reader.has_body())) {
            return incoming.body;
        }
        in_body = in_body || progress.complete;
        if (begin == before) {
            if (end == bytes.size()) {
                break;
            }
            ++end;
        }
    }
    return "incomplete";
}

TEST(RequestReader, UndoesChunksHoweverTheyAreCut) {
    const std::string_view request =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\nhi\r\n00A;x=\"y\"\r\n0123456789\r\n0\r\nX: y\r\n\r\n";
    for (std::size_t piece = 1; piece <= request.size(); ++piece) {
        EXPECT_EQ(read(request, piece), "hi0123456789") << piece;
    }
}

TEST(RequestReader, ReadsAnEmptyChunkedBodyByteByByte) {
    const std::string_view request =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    for (std::size_t piece = 1; piece <= request.size(); ++piece) {
        EXPECT_EQ(read(request, piece), "") << piece;
    }
}

TEST(RequestReader, RefusesLinesThatEndTooEarly) {
    for (const std::string_view request :
         {"G\r\n\r\n",
          "GET\r\n\r\n",
          "GET /\r\n\r\n",
          "GET / \r\n\r\n",
          "GET / HTTP/1\r\n\r\n",
          "POST /aX: y\r\n\r\n",
          "GET / HTTP/1.1\r\nH\r\n\r\n"}) {
        EXPECT_EQ(read(request, request.size()), "syntax") << request;
        EXPECT_EQ(read(request, 1), "syntax") << request;
    }
}

TEST(RequestReader, WaitsForTheRest) {
    EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: a\r\n\r", 1), "incomplete");
    EXPECT_EQ(read("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nhi", 1), "incomplete");
}

}  // namespace
}  // namespace attune::api::http
