// Requests that no honest client sends: each is refused by name, and the connection ends.

#include <string>

#include <gtest/gtest.h>

#include "api/http/test_server.h"

namespace attune::api::http {
namespace {

using testing::ReceivedResponse;
using testing::TestClient;
using testing::TestServer;

/// Answers each request with what it was.
void echo(const Request& request, Responder responder) {
    std::string text(to_string(request.method));
    text.append(" ").append(request.path).append("?").append(request.query);
    for (const PathParameter& parameter : request.parameters) {
        text.append(" ").append(parameter.name).append("=").append(parameter.value);
    }
    text.append("\n").append(request.body);
    responder.send(Response::text(std::move(text)));
}

void add_echo(Router& router) {
    router.add(Method::Get, "/echo", echo);
    router.add(Method::Post, "/echo", echo);
    router.add(Method::Get, "/echo/{id}", echo);
}

struct Strictness {
    const char* name;
    std::string request;
    int status;
    const char* reason;
};

std::string many(const std::string& text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) {
        all += text;
    }
    return all;
}

const std::string kGet = "GET /echo HTTP/1.1\r\n";
const std::string kPost = "POST /echo HTTP/1.1\r\nHost: a\r\n";
const std::string kChunked = kPost + "Transfer-Encoding: chunked\r\n";

const std::vector<Strictness> kStrictness{
    {"NoHost", kGet + "\r\n", 400, "host"},
    {"TwoHosts", kGet + "Host: a\r\nHost: a\r\n\r\n", 400, "host"},
    {"EmptyHost", kGet + "Host:\r\n\r\n", 400, "host"},
    {"HostWithPath", kGet + "Host: a/b\r\n\r\n", 400, "host"},
    {"HostWithUser", kGet + "Host: me@a\r\n\r\n", 400, "host"},
    {"HostWithBadPort", kGet + "Host: a:8x\r\n\r\n", 400, "host"},
    {"HostList", kGet + "Host: a, b\r\n\r\n", 400, "host"},
    {"HostUnclosedBracket", kGet + "Host: [::1\r\n\r\n", 400, "host"},
    {"TargetOfAnotherHost", "GET http://b/echo HTTP/1.1\r\nHost: a\r\n\r\n", 400, "host"},
    {"LengthAndChunked", kChunked + "Content-Length: 5\r\n\r\n0\r\n\r\n", 400, "syntax"},
    {"ChunkedAndLength",
     kPost + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     400,
     "syntax"},
    {"LengthAndOtherEncoding",
     kPost + "Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n\r\nhello",
     400,
     "syntax"},
    {"ChunkedIdentity",
     kPost + "Transfer-Encoding: kChunked, identity\r\n\r\n0\r\n\r\n",
     400,
     "transfer_encoding"},
    {"IdentityChunked",
     kPost + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
     400,
     "transfer_encoding"},
    {"GzipChunked",
     kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
     400,
     "transfer_encoding"},
    {"QuotedChunked",
     kPost + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
     400,
     "transfer_encoding"},
    {"TwoTransferEncodings", kChunked + "Transfer-Encoding: chunked\r\n\r\n", 400, "syntax"},
    {"TwoDifferentTransferEncodings",
     kPost + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n",
     400,
     "transfer_encoding"},
    {"ChunkedOnVersion10",
     "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     400,
     "transfer_encoding"},
    {"EqualLengths",
     kPost + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
     400,
     "content_length"},
    {"DifferentLengths",
     kPost + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!",
     400,
     "syntax"},
    {"LengthList", kPost + "Content-Length: 2, 2\r\n\r\nhi", 400, "content_length"},
    {"SignedLength", kPost + "Content-Length: +2\r\n\r\nhi", 400, "syntax"},
    {"NegativeLength", kPost + "Content-Length: -2\r\n\r\nhi", 400, "syntax"},
    {"HexLength", kPost + "Content-Length: 0x2\r\n\r\nhi", 400, "syntax"},
    {"HugeLength", kPost + "Content-Length: 99999999999999999999\r\n\r\n", 400, "syntax"},
    {"EmptyLength", kPost + "Content-Length:\r\n\r\n", 400, "syntax"},
    {"BareLineFeed", "GET /echo HTTP/1.1\nHost: a\n\n", 400, "bare_lf"},
    {"BareLineFeedInField", kGet + "Host: a\nX: y\r\n\r\n", 400, "bare_lf"},
    {"BareCarriageReturn", kGet + "Host: a\r\nX: y\rz\r\n\r\n", 400, "bare_cr"},
    {"Nul", kGet + std::string("Host: a\r\nX: y\0z\r\n\r\n", 18), 400, "nul"},
    {"FoldedField", kGet + "Host: a\r\nX: y\r\n z\r\n\r\n", 400, "obs_fold"},
    {"FoldedWithTab", kGet + "Host: a\r\n\tX: y\r\n\r\n", 400, "obs_fold"},
    {"SpaceBeforeColon", kGet + "Host: a\r\nX : y\r\n\r\n", 400, "syntax"},
    {"FieldWithoutName", kGet + "Host: a\r\n: y\r\n\r\n", 400, "syntax"},
    {"FieldWithoutColon", kGet + "Host: a\r\nXyz\r\n\r\n", 400, "syntax"},
    {"FieldNameWithBracket", kGet + "Host: a\r\nX[0]: y\r\n\r\n", 400, "syntax"},
    {"ControlInValue", kGet + "Host: a\r\nX: \x01\r\n\r\n", 400, "syntax"},
    {"TwoSpacesInRequestLine", "GET  /echo HTTP/1.1\r\nHost: a\r\n\r\n", 400, "syntax"},
    {"SpaceInTarget", "GET /ec ho HTTP/1.1\r\nHost: a\r\n\r\n", 400, "syntax"},
    {"NoVersion", "GET /echo\r\nHost: a\r\n\r\n", 400, "syntax"},
    {"CutVersion", "GET /echo HT\r\n\r\n", 400, "syntax"},
    {"CutMethod", "GET\r\n\r\n", 400, "syntax"},
    {"CutTarget", "GET /echo\r\n\r\n", 400, "syntax"},
    {"CutField", kGet + "H\r\n\r\n", 400, "syntax"},
    {"Version09", "GET /echo HTTP/0.9\r\nHost: a\r\n\r\n", 505, "version"},
    {"Version20", "GET /echo HTTP/2.0\r\nHost: a\r\n\r\n", 505, "version"},
    {"LowerCaseVersion", "GET /echo http/1.1\r\nHost: a\r\n\r\n", 400, "syntax"},
    {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "version"},
    {"TlsHello", std::string("\x16\x03\x01\x02\x00\x01\x00\n", 8), 400, "bare_lf"},
    {"FragmentInTarget", "GET /echo#a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
    {"RawUtf8InTarget", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
    {"RelativeTarget", "GET echo HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target"},
    {"ConnectTarget", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 400, "target"},
    {"OtherExpectation", kPost + "Expect: payment\r\nContent-Length: 2\r\n\r\n", 417, "expect"},
    {"LongRequestLine",
     "GET /" + many("a", 9000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
     414,
     "request_line"},
    {"LongRequestLineWithoutEnd", "GET /" + many("a", 9000), 414, "request_line"},
    {"LongHeader", kGet + "Host: a\r\nX: " + many("a", 17000) + "\r\n\r\n", 431, "header"},
    {"ManyFields", kGet + "Host: a\r\n" + many("X: y\r\n", 70) + "\r\n", 431, "header_fields"},
    {"LargeBody", kPost + "Content-Length: 500001\r\n\r\n", 413, "body"},
    {"LargeChunk", kChunked + "\r\nfffffff\r\n", 413, "body"},
    {"HugeChunk", kChunked + "\r\nfffffffffffffffff\r\n", 400, "syntax"},
    {"ChunkWithoutSize", kChunked + "\r\n\r\nhi\r\n0\r\n\r\n", 400, "syntax"},
    {"ChunkSizeWithSign", kChunked + "\r\n+2\r\nhi\r\n0\r\n\r\n", 400, "syntax"},
    {"ChunkSizeWithPrefix", kChunked + "\r\n0x2\r\nhi\r\n0\r\n\r\n", 400, "syntax"},
    {"ChunkLongerThanSaid", kChunked + "\r\n2\r\nhi!\r\n0\r\n\r\n", 400, "syntax"},
    {"ChunkLineWithBareLineFeed", kChunked + "\r\n2\nhi\r\n0\r\n\r\n", 400, "syntax"},
    {"LongChunkExtension",
     kChunked + "\r\n2;" + many("a", 5000) + "\r\nhi\r\n0\r\n\r\n",
     400,
     "chunk_line"},
    {"LongChunkExtensionWithoutEnd", kChunked + "\r\n2;" + many("a", 5000), 400, "chunk_line"},
    {"ManyLongChunkExtensions",
     kChunked + "\r\n" + many("1;" + many("a", 1000) + "\r\nx\r\n", 60) + "0\r\n\r\n",
     400,
     "chunk_line"},
    {"LongTrailer", kChunked + "\r\n0\r\n" + many("X: y\r\n", 1000) + "\r\n", 400, "chunk_line"},
    {"LengthInTrailer", kChunked + "\r\n0\r\nContent-Length: 5\r\n\r\n", 400, "syntax"},
    {"EncodingInTrailer", kChunked + "\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "syntax"},
};

class RefusedRequest : public ::testing::TestWithParam<Strictness> {};

TEST_P(RefusedRequest, IsNamedAndEndsTheConnection) {
    const Strictness& given = GetParam();
    const TestServer server(add_echo, {}, 1);
    TestClient client = server.connect();
    client.send(given.request);
    const ReceivedResponse response = client.receive();
    EXPECT_EQ(response.status, given.status) << response.head << response.body;
    EXPECT_EQ(response.headers.at("connection"), "close");
    EXPECT_EQ(response.headers.at("content-type"), "application/problem+json");
    EXPECT_NE(
        response.body.find("\"type\":\"" + std::string(given.reason) + "\""), std::string::npos
    ) << response.body;
    // What follows must not be taken for a request.
    client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(
        server.metric("attune_http_refused_total{reason=\"" + std::string(given.reason) + "\"}"),
        "1"
    );
}

INSTANTIATE_TEST_SUITE_P(
    Strictness,
    RefusedRequest,
    ::testing::ValuesIn(kStrictness),
    [](const auto& tested) { return std::string(tested.param.name); }
);

void PrintTo(const Strictness& given, std::ostream* out) {
    *out << given.name;
}

struct Accepted {
    const char* name;
    std::string request;
    std::string body;
};

void PrintTo(const Accepted& given, std::ostream* out) {
    *out << given.name;
}

std::vector<Accepted> accepted() {
    const std::string chunked =
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    return {
        {"Plain", "GET /echo?a=b HTTP/1.1\r\nHost: a\r\n\r\n", "GET /echo?a=b\n"},
        {"HostWithPort", "GET /echo HTTP/1.1\r\nHost: a.b-c:8080\r\n\r\n", "GET /echo?\n"},
        {"HostIpv6", "GET /echo HTTP/1.1\r\nhost: [::1]:80\r\n\r\n", "GET /echo?\n"},
        {"Version10", "GET /echo HTTP/1.0\r\n\r\n", "GET /echo?\n"},
        {"EmptyLinesBefore", "\r\n\r\nGET /echo HTTP/1.1\r\nHost: a\r\n\r\n", "GET /echo?\n"},
        {"AbsoluteTarget",
         "GET http://a:8080/echo?x HTTP/1.1\r\nHost: A:8080\r\n\r\n",
         "GET /echo?x\n"},
        {"ChunkedInCapitals",
         "POST /echo HTTP/1.1\r\nHost: a\r\nTRANSFER-ENCODING: Chunked\r\n\r\n0\r\n\r\n",
         "POST /echo?\n"},
        {"Chunks", chunked + "2\r\nhi\r\n1;x=\"y\"\r\n!\r\n000\r\n\r\n", "POST /echo?\nhi!"},
        {"Trailers", chunked + "2\r\nhi\r\n0\r\nX: y\r\nHost: b\r\n\r\n", "POST /echo?\nhi"},
        {"Length",
         "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 02\r\n\r\nhi",
         "POST /echo?\nhi"},
        {"BodyOfGet",
         "GET /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
         "GET /echo?\nhi"},
        {"EscapedParameter",
         "GET /echo/a%20b%2Fc HTTP/1.1\r\nHost: a\r\n\r\n",
         "GET /echo/a%20b%2Fc? id=a b/c\n"},
        {"RawUtf8InValue", "GET /echo HTTP/1.1\r\nHost: a\r\nX: \xc3\xa4\r\n\r\n", "GET /echo?\n"},
    };
}

class AcceptedRequest : public ::testing::TestWithParam<Accepted> {};

TEST_P(AcceptedRequest, IsAnsweredHoweverItsBytesArrive) {
    const Accepted& given = GetParam();
    const TestServer server(add_echo, {}, 1);
    EXPECT_EQ(server.ask(given.request).body, given.body);
    TestClient client = server.connect();
    for (const char c : given.request) {
        client.send({&c, 1});
    }
    EXPECT_EQ(client.receive().body, given.body);
}

INSTANTIATE_TEST_SUITE_P(
    Strictness,
    AcceptedRequest,
    ::testing::ValuesIn(accepted()),
    [](const auto& tested) { return std::string(tested.param.name); }
);

}  // namespace
}  // namespace attune::api::http
