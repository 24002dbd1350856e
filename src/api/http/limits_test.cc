// Limits on time and number, and the drain. Limits on bytes are in strictness_test.cc.

#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "api/http/test_server.h"

namespace attune::api::http {
namespace {

using namespace std::chrono_literals;
using testing::ReceivedResponse;
using testing::TestClient;
using testing::TestServer;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

void answer(const Request& /*request*/, Responder responder) {
    responder.send(Response::text("x"));
}

void add_route(Router& router) {
    router.add(Method::Get, "/a", answer);
    router.add(Method::Post, "/a", answer);
}

TEST(TimeLimit, EndsAHeaderThatDoesNotArrive) {
    const TestServer server(add_route, {.header_time_max = 20ms});
    TestClient client = server.connect();
    const ReceivedResponse response = client.ask("GET /a HTTP/1.1\r\nHo");
    EXPECT_EQ(response.status, 408);
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(server.metric("attune_http_refused_total{reason=\"header_time\"}"), "1");
}

TEST(TimeLimit, IsNotMovedByATrickle) {
    const TestServer server(add_route, {.header_time_max = 50ms});
    TestClient client = server.connect();
    std::promise<ReceivedResponse> received;
    std::thread reader([&] { received.set_value(client.receive()); });
    auto future = received.get_future();
    client.send("GET /a HTTP/1.1\r\nHost: a\r\n");
    while (future.wait_for(1ms) == std::future_status::timeout) {
        client.send("X: y\r\n");
    }
    reader.join();
    // Whichever came first: the time, or the number of fields.
    const int status = future.get().status;
    EXPECT_TRUE(status == 408 || status == 431) << status;
}

TEST(TimeLimit, EndsABodyThatDoesNotArrive) {
    const TestServer server(add_route, {.body_time_max = 20ms});
    TestClient client = server.connect();
    client.send(kGet);
    (void)client.receive();
    const ReceivedResponse response =
        client.ask("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    EXPECT_EQ(response.status, 408);
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(server.metric("attune_http_refused_total{reason=\"body_time\"}"), "1");
}

TEST(TimeLimit, EndsAConnectionThatAsksNothing) {
    const TestServer server(add_route, {.idle_time_max = 20ms});
    TestClient silent = server.connect();
    EXPECT_TRUE(silent.closed());
    TestClient once = server.connect();
    EXPECT_EQ(once.ask(kGet).status, 200);
    EXPECT_TRUE(once.closed());
}

TEST(TimeLimit, EndsAConnectionThatDoesNotReadItsAnswer) {
    const auto large = std::make_shared<const std::string>(30'000'000, 'x');
    std::promise<void> ended;
    const TestServer server(
        [&](Router& router) {
            router.add(Method::Get, "/a", [&](const Request& /*request*/, Responder responder) {
                Response response = Response::text("");
                response.shared_body = large;
                responder.send(std::move(response));
            });
        },
        {.write_time_max = 50ms}
    );
    TestClient client = server.connect(4096);
    client.send(kGet);
    // The metric is the event; asking for it costs nothing but time.
    while (server.metric("attune_http_refused_total{reason=\"write_time\"}") == "0") {
        std::this_thread::yield();
    }
    EXPECT_LT(client.receive_all().size(), large->size());
}

TEST(ConnectionLimit, KeepsOthersOutAndLetsThemInAgain) {
    const TestServer server(add_route, {.connections_max = 2});
    TestClient first = server.connect();
    EXPECT_EQ(first.ask(kGet).status, 200);
    {
        TestClient second = server.connect();
        EXPECT_EQ(second.ask(kGet).status, 200);
        TestClient third = server.connect();
        EXPECT_TRUE(third.closed());
        EXPECT_EQ(server.metric("attune_http_refused_total{reason=\"connections\"}"), "1");
    }
    // The server may hear of the second's end later than the fourth's beginning.
    int status = 0;
    while (status != 200) {
        status = server.ask(kGet).status;
    }
}

TEST(ConnectionLimit, CountsByAddress) {
    const TestServer server(add_route, {.connections_per_address_max = 1});
    TestClient first = server.connect();
    EXPECT_EQ(first.ask(kGet).status, 200);
    EXPECT_TRUE(server.connect().closed());
    EXPECT_EQ(server.metric("attune_http_refused_total{reason=\"connections_per_address\"}"), "1");
}

TEST(BodyLimit, BoundsTheBodiesOfAllRequestsTogether) {
    const TestServer server(add_route, {.bodies_bytes_max = 200'000}, 1);
    const std::string request = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 150000\r\n\r\n";
    TestClient first = server.connect();
    first.send(request + "x");
    TestClient second = server.connect();
    // The first one's head may be read after the second's; one of them is kept out.
    second.send(request + "x");
    while (server.metric("attune_http_refused_total{reason=\"bodies\"}") == "0") {
        std::this_thread::yield();
    }
    first.send(std::string(149'999, 'x'));
    second.send(std::string(149'999, 'x'));
    const ReceivedResponse one = first.receive();
    const ReceivedResponse other = second.receive();
    EXPECT_EQ(one.status + other.status, 200 + 503);
    const ReceivedResponse& refused = one.status == 503 ? one : other;
    EXPECT_EQ(refused.headers.at("retry-after"), "1");
    EXPECT_EQ(server.ask(request + std::string(150'000, 'x')).status, 200);
}

TEST(BodyLimit, IsTheRoutesWhereItHasOne) {
    const TestServer server([](Router& router) {
        router.add(Method::Post, "/small", answer, {.body_max = 3});
        router.add(Method::Post, "/large", answer, {.body_max = 600'000});
    });
    const auto post = [](const std::string& path, std::size_t bytes) {
        return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(bytes) +
               "\r\n\r\n" + std::string(bytes, 'x');
    };
    EXPECT_EQ(server.ask(post("/small", 3)).status, 200);
    EXPECT_EQ(server.ask(post("/small", 4)).status, 413);
    EXPECT_EQ(server.ask(post("/large", 600'000)).status, 200);
    EXPECT_EQ(server.ask(post("/large", 600'001)).status, 413);
}

TEST(Drain, FinishesWhatIsBeingAnswered) {
    std::promise<Responder> came;
    // On one loop, so that the idle connection's end says that the busy one knows of the drain.
    TestServer server(
        [&](Router& router) {
            router.add(Method::Get, "/a", answer);
            router.add(Method::Get, "/slow", [&](const Request& /*request*/, Responder responder) {
                came.set_value(std::move(responder));
            });
        },
        {},
        1
    );
    TestClient idle = server.connect();
    EXPECT_EQ(idle.ask(kGet).status, 200);
    TestClient busy = server.connect();
    busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    Responder responder = came.get_future().get();
    std::promise<std::size_t> drained;
    std::thread draining([&] { drained.set_value(server.server().drain(20s)); });
    EXPECT_TRUE(idle.closed());
    EXPECT_FALSE(server.connect().connected());
    responder.send(Response::text("slow"));
    const ReceivedResponse response = busy.receive();
    EXPECT_EQ(response.body, "slow");
    EXPECT_EQ(response.headers.at("connection"), "close");
    EXPECT_TRUE(busy.closed());
    busy.close();
    EXPECT_EQ(drained.get_future().get(), 0U);
    draining.join();
}

TEST(Drain, CutsOffWhatDoesNotFinishInTime) {
    std::promise<Responder> came;
    TestServer server([&](Router& router) {
        router.add(Method::Get, "/slow", [&](const Request& /*request*/, Responder responder) {
            came.set_value(std::move(responder));
        });
    });
    TestClient client = server.connect();
    client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    Responder responder = came.get_future().get();
    EXPECT_EQ(server.server().drain(10ms), 1U);
    EXPECT_TRUE(client.closed());
    responder.send(Response::text("too late"));
}

TEST(Drain, LeavesRespondersSafeAfterTheServer) {
    std::promise<Responder> came;
    auto server = std::make_unique<TestServer>([&](Router& router) {
        router.add(Method::Get, "/slow", [&](const Request& /*request*/, Responder responder) {
            came.set_value(std::move(responder));
        });
    });
    TestClient client = server->connect();
    client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    Responder responder = came.get_future().get();
    server->loops().stop();
    responder.send(Response::text("to a stopped loop"));
    server.reset();
}

}  // namespace
}  // namespace attune::api::http
