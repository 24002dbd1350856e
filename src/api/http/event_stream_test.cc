#include <future>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "api/http/test_server.h"

namespace attune::api::http {
namespace {

using namespace std::chrono_literals;
using testing::ReceivedResponse;
using testing::TestClient;
using testing::TestServer;

constexpr const char* kStream = "GET /stream HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 41\r\n\r\n";

/// A route that hands the stream it opens to the test.
class OpenedStream {
public:
    RequestHandler handler(StreamOptions options = {}) {
        return [this, options](const Request& request, Responder responder) {
            last_event_id_ = request.header("last-event-id");
            opened_.set_value(responder.stream(options));
        };
    }

    EventStream get() { return opened_.get_future().get(); }
    [[nodiscard]] const std::string& last_event_id() const { return last_event_id_; }

private:
    std::promise<EventStream> opened_;
    std::string last_event_id_;
};

TEST(EventStream, BringsEventsInOrderFromAnyThread) {
    OpenedStream opened;
    const TestServer server([&](Router& router) {
        router.add(Method::Get, "/stream", opened.handler(), {.cors = Cors{}});
    });
    TestClient client = server.connect();
    client.send(kStream);
    EventStream stream = opened.get();
    EXPECT_EQ(opened.last_event_id(), "41");
    const ReceivedResponse head = client.receive();
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.headers.at("content-type"), "text/event-stream");
    EXPECT_EQ(head.headers.at("cache-control"), "no-store");
    EXPECT_EQ(head.headers.count("content-length"), 0U);
    stream.send({.id = "42", .name = "message", .data = "{\"a\":1}"});
    stream.send({.data = "two\nlines"});
    stream.send({.id = "4\n4", .name = "x\r\ny", .data = ""});
    EXPECT_EQ(client.receive_until("\n\n"), "id: 42\nevent: message\ndata: {\"a\":1}\n\n");
    EXPECT_EQ(client.receive_until("\n\n"), "data: two\ndata: lines\n\n");
    EXPECT_EQ(client.receive_until("\n\n"), "id: 44\nevent: xy\ndata: \n\n");
    EXPECT_EQ(server.metric("attune_http_streams"), "1");
    stream.close();
    EXPECT_TRUE(client.closed());
    EXPECT_FALSE(stream.open());
}

TEST(EventStream, EndsWhenItsHandleGoes) {
    OpenedStream opened;
    const TestServer server([&](Router& router) {
        router.add(Method::Get, "/stream", opened.handler());
    });
    TestClient client = server.connect();
    client.send(kStream);
    {
        EventStream stream = opened.get();
        stream.send({.data = "last words"});
    }
    EXPECT_NE(client.receive_all().find("data: last words\n\n"), std::string::npos);
}

TEST(EventStream, TellsWhenTheReaderLeaves) {
    OpenedStream opened;
    const TestServer server([&](Router& router) {
        router.add(Method::Get, "/stream", opened.handler());
    });
    TestClient client = server.connect();
    client.send(kStream);
    EventStream stream = opened.get();
    std::promise<void> ended;
    stream.on_close([&] { ended.set_value(); });
    (void)client.receive();
    client.close();
    ended.get_future().wait();
    EXPECT_FALSE(stream.open());
    stream.send({.data = "to nobody"});
    EXPECT_EQ(server.metric("attune_http_streams_ended_total{reason=\"reader\"}"), "1");
    EXPECT_EQ(server.metric("attune_http_streams"), "0");
}

TEST(EventStream, RunsOnCloseAlsoWhenTheEndCameFirst) {
    OpenedStream opened;
    const TestServer server([&](Router& router) {
        router.add(Method::Get, "/stream", opened.handler());
    });
    TestClient client = server.connect();
    client.send(kStream);
    EventStream stream = opened.get();
    client.close();
    std::promise<void> ended;
    stream.on_close([&] { ended.set_value(); });
    ended.get_future().wait();
}

TEST(EventStream, LetsGoOfAReaderThatDoesNotRead) {
    OpenedStream opened;
    const TestServer server([&](Router& router) {
        router.add(
            Method::Get, "/stream", opened.handler({.buffered_bytes_max = std::size_t{64} * 1024})
        );
    });
    TestClient client = server.connect(4096);
    client.send(kStream);
    EventStream stream = opened.get();
    std::promise<void> ended;
    stream.on_close([&] { ended.set_value(); });
    const std::string data(1000, 'x');
    std::size_t sent = 0;
    while (stream.open() && sent < 100'000) {  // 100 MB is more than any kernel buffers
        stream.send({.data = data});
        ++sent;
    }
    ended.get_future().wait();
    EXPECT_EQ(server.metric("attune_http_streams_ended_total{reason=\"slow_reader\"}"), "1");
}

TEST(EventStream, WaitsForEarlierAnswersOfTheConnection) {
    std::promise<Responder> first;
    OpenedStream opened;
    const TestServer server([&](Router& router) {
        router.add(Method::Get, "/first", [&](const Request& /*request*/, Responder responder) {
            first.set_value(std::move(responder));
        });
        router.add(Method::Get, "/stream", opened.handler());
    });
    TestClient client = server.connect();
    client.send(std::string("GET /first HTTP/1.1\r\nHost: a\r\n\r\n") + kStream);
    EventStream stream = opened.get();
    stream.send({.data = "early"});
    first.get_future().get().send(Response::text("first"));
    EXPECT_EQ(client.receive().body, "first");
    EXPECT_EQ(client.receive().status, 200);
    EXPECT_EQ(client.receive_until("\n\n"), "data: early\n\n");
}

TEST(EventStream, BeatsWhileItIsSilent) {
    OpenedStream opened;
    const TestServer server(
        [&](Router& router) { router.add(Method::Get, "/stream", opened.handler()); },
        {.stream_heartbeat = 5ms}
    );
    TestClient client = server.connect();
    client.send(kStream);
    const EventStream stream = opened.get();
    (void)client.receive();
    EXPECT_EQ(client.receive_until("\n\n"), ":\n\n");
    EXPECT_EQ(client.receive_until("\n\n"), ":\n\n");
}

TEST(EventStream, EndsWithADrain) {
    OpenedStream opened;
    TestServer server([&](Router& router) { router.add(Method::Get, "/stream", opened.handler()); }
    );
    TestClient client = server.connect();
    client.send(kStream);
    const EventStream stream = opened.get();
    (void)client.receive();
    std::promise<std::string> rest;
    std::thread reader([&] {
        rest.set_value(client.receive_all());
        client.close();
    });
    EXPECT_EQ(server.server().drain(20s), 0U);
    EXPECT_EQ(rest.get_future().get(), "");
    reader.join();
}

}  // namespace
}  // namespace attune::api::http
