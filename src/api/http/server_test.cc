#include "api/http/server.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "api/http/compression.h"
#include "api/http/test_server.h"

namespace attune::api::http {
namespace {

using testing::ReceivedResponse;
using testing::TestClient;
using testing::TestServer;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

std::string post(std::string_view path, std::string_view body, std::string_view fields = "") {
    std::string request = "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n";
    request.append(fields).append("Content-Length: ").append(std::to_string(body.size()));
    return request.append("\r\n\r\n").append(body);
}

std::string many(const std::string& text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) {
        all += text;
    }
    return all;
}

void say_body(const Request& request, Responder responder) {
    responder.send(Response::text(std::string(request.body)));
}

/// Requests that wait until the test answers them.
class Waiting {
public:
    RequestHandler handler() {
        return [this](const Request& request, Responder responder) {
            const std::lock_guard lock(mutex_);
            bodies_.emplace_back(request.body);
            responders_.push_back(std::move(responder));
            came_.notify_all();
        };
    }

    void wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        came_.wait(lock, [&] { return responders_.size() >= count; });
    }

    Responder& at(std::size_t index) {
        const std::lock_guard lock(mutex_);  // a deque's elements stay where they are, its map not
        return responders_.at(index);
    }
    void clear() {
        const std::lock_guard lock(mutex_);
        responders_.clear();
    }
    [[nodiscard]] std::vector<std::string> bodies() {
        const std::lock_guard lock(mutex_);
        return bodies_;
    }

private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::deque<Responder> responders_;
    std::vector<std::string> bodies_;
};

TEST(Server, AnswersFromTheHandlersThread) {
    const TestServer server([](Router& router) { router.add(Method::Post, "/a", say_body); });
    const ReceivedResponse response = server.ask(post("/a", "hello"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "hello");
    EXPECT_EQ(response.headers.at("x-content-type-options"), "nosniff");
    EXPECT_EQ(response.headers.at("cache-control"), "no-store");
    EXPECT_EQ(response.headers.at("x-request-id").size(), 16U);
    EXPECT_EQ(
        server.metric("attune_http_requests_total{route=\"/a\",method=\"POST\",status=\"200\"}"),
        "1"
    );
}

TEST(Server, AnswersFromAnotherThread) {
    Waiting waiting;
    const TestServer server([&](Router& router) {
        router.add(Method::Post, "/a", waiting.handler());
    });
    TestClient client = server.connect();
    client.send(post("/a", "hello"));
    waiting.wait_for(1);
    EXPECT_EQ(waiting.at(0).request().body, "hello");
    waiting.at(0).send(Response::json("{}"));
    EXPECT_EQ(client.receive().body, "{}");
    EXPECT_EQ(server.metric("attune_http_requests_in_flight"), "0");
}

TEST(Server, GivesHandlersReadableBytesBehindTheBody) {
    const TestServer server([](Router& router) {
        router.add(Method::Post, "/a", [](const Request& request, Responder responder) {
            const std::string_view padded(
                request.body.data(), request.body.size() + Request::kBodyPadding
            );
            responder.send(Response::text(std::string(padded.substr(request.body.size()))));
        });
    });
    EXPECT_EQ(server.ask(post("/a", "x")).body, std::string(Request::kBodyPadding, '\0'));
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
    Waiting waiting;
    const TestServer server([&](Router& router) {
        router.add(Method::Post, "/a", waiting.handler());
    });
    TestClient client = server.connect();
    client.send(post("/a", "1") + post("/a", "2") + post("/a", "3"));
    waiting.wait_for(3);
    EXPECT_EQ(waiting.bodies(), (std::vector<std::string>{"1", "2", "3"}));
    for (const std::size_t index : {2U, 0U, 1U}) {
        waiting.at(index).send(Response::text("answer " + std::to_string(index)));
    }
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(client.receive().body, "answer " + std::to_string(i));
    }
}

TEST(Server, WorksOnNoMorePipelinedRequestsThanTheLimit) {
    Waiting waiting;
    const TestServer server(
        [&](Router& router) { router.add(Method::Post, "/a", waiting.handler()); },
        {.pipelined_max = 2}
    );
    TestClient client = server.connect();
    client.send(many(post("/a", "x"), 5));
    for (std::size_t i = 0; i < 5; ++i) {
        waiting.wait_for(i + 1);
        EXPECT_LE(waiting.bodies().size(), i + 2);
        waiting.at(i).send(Response::text(std::to_string(i)));
        EXPECT_EQ(client.receive().body, std::to_string(i));
    }
}

TEST(Server, AnswersFiveHundredWhenAResponderIsDropped) {
    const TestServer server([](Router& router) {
        router.add(Method::Get, "/a", [](const Request& /*request*/, Responder /*dropped*/) {});
    });
    EXPECT_EQ(server.ask(kGet).status, 500);
}

TEST(Server, SurvivesClientsThatLeaveBeforeTheAnswer) {
    Waiting waiting;
    const TestServer server([&](Router& router) {
        router.add(Method::Post, "/a", waiting.handler());
        router.add(Method::Get, "/a", say_body);
    });
    {
        TestClient client = server.connect();
        client.send(post("/a", "x") + post("/a", "y"));
        waiting.wait_for(2);
    }
    waiting.at(1).send(Response::text("nobody hears"));
    waiting.clear();
    EXPECT_EQ(server.ask(kGet).status, 200);
}

TEST(Server, ClosesBehindTheAnswerWhenAsked) {
    const TestServer server([](Router& router) { router.add(Method::Get, "/a", say_body); });
    TestClient client = server.connect();
    const ReceivedResponse response =
        client.ask("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(response.headers.at("connection"), "close");
    EXPECT_TRUE(client.closed());
}

TEST(Server, KeepsAnHttp10ConnectionOnlyWhenAsked) {
    const TestServer server([](Router& router) { router.add(Method::Get, "/a", say_body); });
    TestClient client = server.connect();
    const std::string keep = "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    EXPECT_EQ(client.ask(keep).headers.at("connection"), "keep-alive");
    EXPECT_EQ(client.ask("GET /a HTTP/1.0\r\n\r\n").headers.at("connection"), "close");
    EXPECT_TRUE(client.closed());
}

TEST(Server, AnswersAClientThatHasEndedWriting) {
    Waiting waiting;
    const TestServer server([&](Router& router) {
        router.add(Method::Post, "/a", waiting.handler());
    });
    TestClient client = server.connect();
    client.send(post("/a", "x"));
    client.end_writing();
    waiting.wait_for(1);
    waiting.at(0).send(Response::text("late"));
    EXPECT_EQ(client.receive().body, "late");
    EXPECT_TRUE(client.closed());
}

TEST(Server, AnswersHeadWithoutABody) {
    const TestServer server([](Router& router) {
        router.add(Method::Get, "/a", [](const Request& /*request*/, Responder responder) {
            responder.send(Response::text("12345"));
        });
    });
    TestClient client = server.connect();
    client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(kGet));
    EXPECT_EQ(client.receive(true).headers.at("content-length"), "5");
    EXPECT_EQ(client.receive().body, "12345");
}

TEST(Server, SaysContinueToAClientThatWaitsForIt) {
    const TestServer server([](Router& router) { router.add(Method::Post, "/a", say_body); });
    TestClient client = server.connect();
    client.send("POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(client.receive().status, 100);
    client.send("hi");
    EXPECT_EQ(client.receive().body, "hi");
}

TEST(Server, RefusesInsteadOfSayingContinue) {
    const TestServer server([](Router& router) { router.add(Method::Post, "/a", say_body); });
    TestClient client = server.connect();
    const ReceivedResponse response = client.ask(
        "POST /b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    );
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.headers.at("connection"), "close");
}

TEST(Server, DropsTheBodyOfARequestWithoutARouteAndGoesOn) {
    const TestServer server([](Router& router) { router.add(Method::Post, "/a", say_body); });
    TestClient client = server.connect();
    EXPECT_EQ(client.ask(post("/b", "x")).status, 404);
    EXPECT_EQ(client.ask(post("/a", "y")).body, "y");
}

TEST(Server, NamesTheMethodsOfAPath) {
    const TestServer server([](Router& router) { router.add(Method::Get, "/a", say_body); });
    const ReceivedResponse response = server.ask(post("/a", "x"));
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(response.headers.at("allow"), "GET, HEAD, OPTIONS");
}

TEST(Server, AsksAdmissionBeforeTheBody) {
    const TestServer server([](Router& router) {
        router.add(Method::Post, "/a", say_body);
        router.set_admission([](const Request& request, const Route& /*route*/) {
            return request.header("authorization") == "Bearer sesame"
                       ? std::optional<Response>{}
                       : to_response(Problem{.status = 401, .detail = "no key"});
        });
    });
    TestClient client = server.connect();
    EXPECT_EQ(client.ask(post("/a", "x")).status, 401);
    EXPECT_EQ(client.ask(post("/a", "x", "Authorization: Bearer sesame\r\n")).status, 200);
}

TEST(Server, KeepsASoundRequestIdAndReplacesAnyOther) {
    const TestServer server([](Router& router) { router.add(Method::Post, "/a", say_body); });
    TestClient client = server.connect();
    const std::string sound = "X-Request-Id: a-1.b:2_c\r\n";
    EXPECT_EQ(client.ask(post("/a", "", sound)).headers.at("x-request-id"), "a-1.b:2_c");
    const std::string markup = "X-Request-Id: <script>\r\n";
    EXPECT_EQ(client.ask(post("/a", "", markup)).headers.at("x-request-id").size(), 16U);
}

TEST(Server, TakesOnlyTheMediaTypesOfARoute) {
    const TestServer server([](Router& router) {
        router.add(Method::Post, "/a", say_body, {.media_types = {"application/json"}});
    });
    TestClient client = server.connect();
    const std::string json = "Content-Type: Application/JSON; charset=utf-8\r\n";
    EXPECT_EQ(client.ask(post("/a", "{}", json)).status, 200);
    const ReceivedResponse refused = client.ask(post("/a", "{}", "Content-Type: text/xml\r\n"));
    EXPECT_EQ(refused.status, 415);
    EXPECT_EQ(refused.headers.at("accept"), "application/json");
}

TEST(Server, InflatesABodyAlsoWhenItIsCalledAForm) {
    Compression compression;
    const std::string body = compression.deflate("{\"a\":1}");
    const TestServer server([](Router& router) { router.add(Method::Post, "/a", say_body); });
    TestClient client = server.connect();
    EXPECT_EQ(client.ask(post("/a", body, "Content-Encoding: gzip\r\n")).body, "{\"a\":1}");
    const std::string form = "Content-Type: application/x-www-form-urlencoded\r\n";
    EXPECT_EQ(client.ask(post("/a", body, form)).body, "{\"a\":1}");
    EXPECT_EQ(client.ask(post("/a", body, "Content-Type: image/png\r\n")).body, body);
}

TEST(Server, RefusesBodiesThatInflateTooFarOrNotAtAll) {
    Compression compression;
    const TestServer server([](Router& router) { router.add(Method::Post, "/a", say_body); });
    TestClient client = server.connect();
    const std::string gzip = "Content-Encoding: gzip\r\n";
    const std::string dense = compression.deflate(std::string(200'000, 'a'));
    EXPECT_EQ(client.ask(post("/a", dense, gzip)).status, 413);
    EXPECT_EQ(server.metric("attune_http_refused_total{reason=\"inflate_ratio\"}"), "1");
    std::string varied;
    for (int i = 0; varied.size() < 600'000; ++i) {
        varied += std::to_string(i * 7919);
    }
    EXPECT_EQ(client.ask(post("/a", compression.deflate(varied), gzip)).status, 413);
    EXPECT_EQ(server.metric("attune_http_refused_total{reason=\"body\"}"), "1");
    EXPECT_EQ(client.ask(post("/a", "no gzip", gzip)).status, 400);
    EXPECT_EQ(client.ask(post("/a", dense.substr(0, 20), gzip)).status, 400);
    EXPECT_EQ(client.ask(post("/a", dense + "x", gzip)).status, 413);
    EXPECT_EQ(client.ask(post("/a", "x", "Content-Encoding: br\r\n")).status, 415);
    EXPECT_EQ(client.ask(post("/a", "still here")).body, "still here");
}

TEST(Server, CompressesLargeAnswersForThoseWhoTakeIt) {
    const std::string text = many("compressible ", 1000);
    const TestServer server([&](Router& router) {
        router.add(Method::Get, "/a", [&](const Request& /*request*/, Responder responder) {
            responder.send(Response::text(text));
        });
    });
    TestClient client = server.connect();
    const ReceivedResponse small =
        client.ask("GET /a HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br, gzip;q=0.5\r\n\r\n");
    EXPECT_EQ(small.headers.at("content-encoding"), "gzip");
    EXPECT_EQ(small.headers.at("vary"), "Accept-Encoding");
    EXPECT_LT(small.body.size(), 1000U);
    Compression compression;
    std::string inflated;
    ASSERT_FALSE(compression.inflate(small.body, {100'000, 1000}, inflated).has_value());
    EXPECT_EQ(inflated, text);
    EXPECT_EQ(client.ask(kGet).body, text);
    const std::string never = "GET /a HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip;q=0\r\n\r\n";
    EXPECT_EQ(client.ask(never).body, text);
}

TEST(Server, SendsABodyThatFillsTheSocket) {
    const auto large = std::make_shared<const std::string>(20'000'000, 'x');
    const TestServer server([&](Router& router) {
        router.add(Method::Get, "/a", [&](const Request& /*request*/, Responder responder) {
            Response response;
            response.content_type = "application/octet-stream";
            response.shared_body = large;
            responder.send(std::move(response));
        });
    });
    TestClient client = server.connect(4096);
    client.send(std::string(kGet) + std::string(kGet));
    EXPECT_EQ(client.receive().body, *large);
    EXPECT_EQ(client.receive().body, *large);
}

TEST(Server, AnswersPreflightsOfRoutesWithCors) {
    const TestServer server([](Router& router) {
        router.add(Method::Post, "/open", say_body, {.cors = Cors{}});
        router.add(Method::Post, "/own", say_body, {.cors = Cors{.origins = {"https://shop"}}});
        router.add(Method::Post, "/closed", say_body);
    });
    TestClient client = server.connect();
    const auto preflight = [&](const std::string& path, const std::string& origin) {
        return client.ask(
            "OPTIONS " + path + " HTTP/1.1\r\nHost: a\r\nOrigin: " + origin +
            "\r\nAccess-Control-Request-Method: POST\r\n\r\n"
        );
    };
    const ReceivedResponse open = preflight("/open", "https://any");
    EXPECT_EQ(open.status, 204);
    EXPECT_EQ(open.headers.at("access-control-allow-origin"), "*");
    EXPECT_EQ(open.headers.at("access-control-allow-methods"), "POST");
    const auto own = preflight("/own", "https://shop").headers;
    EXPECT_EQ(own.at("access-control-allow-origin"), "https://shop");
    EXPECT_EQ(preflight("/own", "https://evil").headers.count("access-control-allow-origin"), 0U);
    EXPECT_EQ(preflight("/closed", "https://a").headers.count("access-control-allow-origin"), 0U);
    const auto answer = client.ask(post("/own", "x", "Origin: https://shop\r\n")).headers;
    EXPECT_EQ(answer.at("access-control-allow-origin"), "https://shop");
    EXPECT_EQ(answer.at("vary"), "Origin");
}

TEST(Server, LetsNoAnswerAddFieldsToItsHead) {
    const TestServer server([](Router& router) {
        router.add(Method::Get, "/a", [](const Request& /*request*/, Responder responder) {
            Response response = Response::text("x");
            response.headers.emplace_back("X-Name", "a\r\nSet-Cookie: b");
            responder.send(std::move(response));
        });
    });
    const ReceivedResponse response = server.ask(kGet);
    EXPECT_EQ(response.headers.count("set-cookie"), 0U);
    EXPECT_EQ(response.headers.at("x-name"), "a  Set-Cookie: b");
}

TEST(Server, SaysWhyItCannotListen) {
    EventLoops loops(1);
    const auto router = std::make_shared<Router>();
    const auto listen = [&](const std::string& on) {
        Metrics fresh;
        return Server::create({.listen = on, .router = router, .loops = &loops, .metrics = &fresh})
            .error();
    };
    TestServer first([](Router& /*router*/) {});
    const Error in_use = listen(first.server().address());
    EXPECT_EQ(in_use.kind, Error::Kind::Conflict);
    EXPECT_EQ(
        in_use.message,
        "cannot listen on " + first.server().address() + ": another process listens there already"
    );
    EXPECT_EQ(listen("127.0.0.1").kind, Error::Kind::InvalidInput);
    EXPECT_EQ(listen("127.0.0.1:").kind, Error::Kind::InvalidInput);
    EXPECT_EQ(listen("127.0.0.1:99999").kind, Error::Kind::InvalidInput);
    EXPECT_EQ(listen("nowhere:80").kind, Error::Kind::InvalidInput);
    EXPECT_EQ(listen("203.0.113.1:80").kind, Error::Kind::InvalidInput);
}

}  // namespace
}  // namespace attune::api::http
