#include <string>

#include <gtest/gtest.h>

#include "api/test_service.h"

namespace attune::api {
namespace {

constexpr const char* kShop = R"(
events: {Viewed: {properties: {product: integer}}}
features: {views: {count: Viewed}}
)";

std::string track(
    const std::string& user, const std::string& id, const std::string& product = "1"
) {
    return R"({"type":"track","event":"Viewed","userId":")" + user + R"(","messageId":")" + id +
           R"(","properties":{"product":)" + product + "}}";
}

std::string batch(const std::vector<std::string>& calls) {
    std::string body = R"({"batch":[)";
    for (const std::string& call : calls) {
        body += (body.back() == '[' ? "" : ",") + call;
    }
    return body + "]}";
}

TEST(Ingest, AnswersSegmentsCallsAsItsSdksExpect) {
    TestService service(kShop);
    for (const char* path : {"/v1/track", "/v1/t"}) {
        const TestExchange& answer =
            service.post(path, R"({"event":"Viewed","userId":"ada","properties":{"product":1}})");
        EXPECT_EQ(answer.status(), 200U);
        EXPECT_EQ(answer.body(), R"({"success":true})");
    }
    EXPECT_EQ(
        service.post("/v1/identify", R"({"userId":"ada","traits":{"name":"Ada"}})").status(), 200U
    );
    EXPECT_EQ(
        service.post("/v1/batch", batch({track("ada", "m1"), track("bob", "m2")})).status(), 200U
    );
    EXPECT_EQ(at(service.get("/v1/profiles/ada").body(), {"traits", "name"}), "\"Ada\"");
    EXPECT_EQ(service.world().customers().size(), 2U);
}

TEST(Ingest, AnswersOnlyWhenAllOfTheRequestIsDurable) {
    TestService service(kShop, {.workers = 4, .hold = true});
    std::vector<std::string> calls;
    calls.reserve(20);
    for (int i = 0; i < 20; ++i) {
        calls.push_back(track("user" + std::to_string(i), "m" + std::to_string(i)));
    }
    const TestExchange& answer = service.post("/v1/batch", batch(calls));
    EXPECT_FALSE(answer.answered());
    service.world().log().release();
    service.world().run();
    EXPECT_TRUE(answer.answered());
}

TEST(Ingest, RefusesBodiesThatAreNoCalls) {
    TestService service(kShop);
    for (const char* body :
         {"", "{", "nonsense", "[]", R"({"batch":[]})", R"({"batch":7})", "\xff\xfe"}) {
        const TestExchange& answer = service.post("/v1/batch", body);
        EXPECT_EQ(answer.status(), 400U) << body;
        EXPECT_NE(at(answer.body(), {"detail"}), "null") << body;
    }
    EXPECT_EQ(service.post("/v1/track", "[1,2").status(), 400U);
    EXPECT_EQ(service.world().log().end(), Position{});
}

TEST(Ingest, OneBadOfTwoAndAHalfThousandDoesNotSpoilTheOthers) {
    TestService service(kShop);
    std::vector<std::string> calls;
    calls.reserve(2'500);
    for (int i = 0; i < 2'500; ++i) {
        calls.push_back(track(
            "user" + std::to_string(i % 50), "m" + std::to_string(i), i == 1'234 ? "\"shoe\"" : "1"
        ));
    }
    const TestExchange& answer = service.post("/v1/events", batch(calls));
    ASSERT_EQ(answer.status(), 200U);
    ASSERT_EQ(count_at(answer.body(), {"results"}), 2'500U);
    EXPECT_EQ(at(answer.body(), {"results", "1233", "status"}), "\"accepted\"");
    EXPECT_EQ(at(answer.body(), {"results", "1234", "status"}), "\"quarantined\"");
    EXPECT_EQ(at(answer.body(), {"results", "1234", "id"}), "\"m1234\"");
    EXPECT_EQ(at(answer.body(), {"results", "1234", "field"}), "\"properties.product\"");
    const std::string quarantine = service.get("/v1/quarantine").body();
    ASSERT_EQ(count_at(quarantine, {"items"}), 1U);
    EXPECT_EQ(at(quarantine, {"items", "0", "event", "messageId"}), "\"m1234\"");
}

TEST(Ingest, AnItemThatIsNoObjectIsReportedAlone) {
    TestService service(kShop);
    const TestExchange& answer =
        service.post("/v1/events", batch({track("ada", "m1"), "7", track("ada", "m2")}));
    ASSERT_EQ(answer.status(), 200U);
    EXPECT_EQ(at(answer.body(), {"results", "0", "status"}), "\"accepted\"");
    EXPECT_EQ(at(answer.body(), {"results", "1", "status"}), "\"quarantined\"");
    EXPECT_EQ(at(answer.body(), {"results", "2", "status"}), "\"accepted\"");
}

TEST(Events, AreListedAsJsonWhateverWasSent) {
    TestService service(kShop);
    service.post("/v1/track", R"({"event":"Viewed","userId":"ada","properties":{"product":1}})");
    service.post("/v1/identify", R"({"userId":"ada","traits":{"name":"Ada"}})");
    service.post(
        "/v1/events",
        batch({track("ada", "m1"), R"({"type":"track","userId":"ada","event": oops})", "7"})
    );
    service.post("/v1/events", batch({track("ada", "m2"), "{\"type\":\"track\",\"x\":\"\xff\"}"}));
    const std::string body = service.get("/v1/events?after=0").body();
    ASSERT_EQ(count_at(body, {"items"}), 6U) << body;
    EXPECT_EQ(at(body, {"items", "0", "type"}), "\"identify\"");
    // What names no customer waits for nobody, so it is logged first.
    EXPECT_EQ(at(body, {"items", "3", "event", "messageId"}), "\"m1\"");
    EXPECT_EQ(at(body, {"items", "3", "type"}), "\"track\"");
    EXPECT_EQ(
        at(body, {"items", "1", "event"}),
        R"("{\"type\":\"track\",\"userId\":\"ada\",\"event\": oops}")"
    );
    EXPECT_EQ(at(body, {"items", "2", "event"}), "7");
    EXPECT_EQ(at(body, {"items", "5", "event", "messageId"}), "\"m2\"");
    EXPECT_NE(at(body, {"items", "4", "event"}).find("\xef\xbf\xbd"), std::string::npos);
}

TEST(Ingest, ABadCloudEventDoesNotSpoilItsBatch) {
    TestService service(kShop);
    const std::string good =
        R"({"specversion":"1.0","id":"1","source":"/shop","type":"Viewed","subject":"ada","data":{"product":1}})";
    const std::string old =
        R"({"specversion":"2","id":"2","source":"/shop","type":"Viewed","subject":"ada"})";
    const std::string nobody = R"({"specversion":"1.0","id":"3","source":"/shop","type":"Viewed"})";
    const std::string body = "[" + old + "," + good + "," + nobody + ",7]";
    const TestExchange& answer =
        service.post("/v1/events", body, {{"Content-Type", "application/cloudevents-batch+json"}});
    ASSERT_EQ(answer.status(), 200U) << answer.body();
    EXPECT_EQ(at(answer.body(), {"results", "0", "status"}), "\"quarantined\"");
    EXPECT_EQ(
        at(answer.body(), {"results", "0", "reason"}), R"("specversion must be \"1.0\", got \"2\"")"
    );
    EXPECT_EQ(at(answer.body(), {"results", "1", "status"}), "\"accepted\"");
    EXPECT_EQ(at(answer.body(), {"results", "2", "status"}), "\"quarantined\"");
    EXPECT_EQ(at(answer.body(), {"results", "3", "reason"}), "\"an event must be an object\"");
    const std::string quarantine = service.get("/v1/quarantine").body();
    ASSERT_EQ(count_at(quarantine, {"items"}), 3U) << quarantine;
    EXPECT_EQ(at(quarantine, {"items", "0", "event", "id"}), "\"2\"");
    EXPECT_EQ(
        at(quarantine, {"items", "0", "reason"}), R"("specversion must be \"1.0\", got \"2\"")"
    );
    EXPECT_EQ(at(service.get("/v1/profiles/ada").body(), {"features", "views"}), "1");
}

TEST(Ingest, SaysWhatIsARepeat) {
    TestService service(kShop);
    const TestExchange& answer =
        service.post("/v1/events", batch({track("ada", "m1"), track("ada", "m1")}));
    EXPECT_EQ(at(answer.body(), {"results", "0", "status"}), "\"accepted\"");
    EXPECT_EQ(at(answer.body(), {"results", "1", "status"}), "\"duplicate\"");
}

TEST(Ingest, IsBusyWhileTheLogTakesNothing) {
    TestService service(kShop);
    service.world().log().refuse(true);
    EXPECT_EQ(service.post("/v1/batch", batch({track("ada", "m1")})).status(), 503U);
    const TestExchange& strict = service.post("/v1/events", batch({track("ada", "m1")}));
    EXPECT_EQ(strict.status(), 503U);
    EXPECT_EQ(at(strict.body(), {"results", "0", "status"}), "\"refused\"");
}

TEST(Ingest, TakesCloudEventsInThreeModes) {
    TestService service(kShop);
    const std::string event =
        R"({"specversion":"1.0","id":"1","source":"/shop","type":"Viewed","subject":"ada","data":{"product":1}})";
    const auto type = [](const char* name) { return TestService::Headers{{"Content-Type", name}}; };
    const TestExchange& structured =
        service.post("/v1/events", event, type("application/cloudevents+json"));
    EXPECT_EQ(structured.status(), 200U) << structured.body();
    EXPECT_EQ(at(structured.body(), {"results", "0", "status"}), "\"accepted\"");
    std::string other = event;
    other.replace(other.find(R"("id":"1")"), 8, R"("id":"2")");
    const TestExchange& many = service.post(
        "/v1/events", "[" + event + "," + other + "]", type("application/cloudevents-batch+json")
    );
    EXPECT_EQ(at(many.body(), {"results", "0", "status"}), "\"duplicate\"");
    EXPECT_EQ(at(many.body(), {"results", "1", "status"}), "\"accepted\"");
    const TestExchange& binary = service.post(
        "/v1/events",
        R"({"product":1})",
        {{"Content-Type", "application/json"},
         {"ce-specversion", "1.0"},
         {"ce-id", "3"},
         {"ce-source", "/shop"},
         {"ce-type", "Viewed"},
         {"ce-subject", "ada"}}
    );
    EXPECT_EQ(at(binary.body(), {"results", "0", "status"}), "\"accepted\"");
    EXPECT_EQ(at(service.get("/v1/profiles/ada").body(), {"features", "views"}), "3");
    EXPECT_EQ(
        service.post("/v1/events", "[]", type("application/cloudevents-batch+json")).body(),
        R"({"results":[]})"
    );
    const TestExchange& bad =
        service.post("/v1/events", R"({"id":"1"})", type("application/cloudevents+json"));
    EXPECT_EQ(bad.status(), 400U);
}

TEST(Quarantine, IsReadPageByPage) {
    TestService service(kShop);
    for (int i = 0; i < 7; ++i) {
        service.post("/v1/batch", batch({track("ada", "m" + std::to_string(i), "\"bad\"")}));
        if (i == 3) {
            service.world().write_behind();
        }
    }
    std::string after;
    std::vector<std::string> ids;
    for (int page = 0; page < 4; ++page) {
        const std::string body = service.get("/v1/quarantine?limit=3" + after).body();
        for (std::size_t i = 0; i < count_at(body, {"items"}); ++i) {
            ids.push_back(at(body, {"items", std::to_string(i), "event", "messageId"}));
        }
        const std::string next = at(body, {"next"});
        if (next == "null") {
            break;
        }
        after = "&after=" + next;
    }
    ASSERT_EQ(ids.size(), 7U);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        EXPECT_EQ(ids[i], "\"m" + std::to_string(i) + "\"");
    }
}

}  // namespace
}  // namespace attune::api
