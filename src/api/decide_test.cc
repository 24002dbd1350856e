#include <string>

#include <gtest/gtest.h>

#include "api/test_service.h"

namespace attune::api {
namespace {

constexpr const char* kShop = R"(
features: {views: {count: Viewed}}
offers:
  gift: {content: {title: "For {{ views }} views"}, eligible: views >= 2, limit: {times: 1}}
  hello: {content: {title: "Hello from {{ context.city }}"}, priority: -1}
placements:
  home_hero: {offers: [gift, hello]}
  footer: {offers: [hello]}
)";

std::string ask(const std::string& who, const std::string& more = {}) {
    return "{" + who + R"(,"placements":["home_hero"])" + more + "}";
}

TEST(Decide, AnswersWithOfferContentAndReason) {
    TestService service(kShop);
    const TestExchange& answer = service.post(
        "/v1/decide", ask(R"("userId":"ada")", R"(,"context":{"city":"Rome"},"explain":true)")
    );
    ASSERT_EQ(answer.status(), 200U) << answer.body();
    const std::string body = answer.body();
    EXPECT_EQ(at(body, {"decisions", "0", "placement"}), "\"home_hero\"");
    EXPECT_EQ(at(body, {"decisions", "0", "offer"}), "\"hello\"");
    EXPECT_EQ(at(body, {"decisions", "0", "content"}), R"({"title":"Hello from Rome"})");
    EXPECT_EQ(
        at(body, {"decisions", "0", "candidates", "0", "reason"}), "\"not true: views >= 2\""
    );
    EXPECT_EQ(service.world().customers().size(), 0U)
        << "asking about a stranger makes no customer";
    const std::string id = at(body, {"decisions", "0", "id"});
    const TestExchange& kept = service.get("/v1/decisions/" + id.substr(1, id.size() - 2));
    EXPECT_EQ(kept.status(), 200U);
    EXPECT_EQ(kept.body(), at(body, {"decisions", "0"}));
    EXPECT_EQ(service.get("/v1/decisions/d0").status(), 404U);
}

TEST(Decide, SeesTheEventsThatComeWithIt) {
    TestService service(kShop);
    const TestExchange& answer = service.post(
        "/v1/decide",
        ask(R"("userId":"ada")",
            R"(,"events":[{"type":"track","event":"Viewed"},{"type":"track","event":"Viewed","anonymousId":"phone"}])"
        )
    );
    ASSERT_EQ(answer.status(), 200U) << answer.body();
    EXPECT_EQ(at(answer.body(), {"decisions", "0", "content"}), R"({"title":"For 2 views"})");
    EXPECT_EQ(
        at(service.get("/v1/profiles/phone?by=anonymousId").body(), {"features", "views"}), "2"
    );
}

TEST(Decide, WaitsForItsEventsAndItsLimitToBeDurable) {
    TestService service(kShop, {.hold = true});
    const TestExchange& plain = service.post("/v1/decide", ask(R"("userId":"bob")"));
    EXPECT_TRUE(plain.answered()) << "nothing of it counts";
    const TestExchange& answer = service.post(
        "/v1/decide",
        ask(R"("userId":"ada")",
            R"(,"events":[{"type":"track","event":"Viewed","messageId":"1"},{"type":"track","event":"Viewed","messageId":"2"}])"
        )
    );
    EXPECT_FALSE(answer.answered());
    service.world().log().release();
    service.world().run();
    ASSERT_TRUE(answer.answered());
    EXPECT_EQ(at(answer.body(), {"decisions", "0", "offer"}), "\"gift\"");
    const auto before = service.world().customers();
    service.crash(3);
    EXPECT_EQ(service.world().customers(), before);
    EXPECT_EQ(
        at(service.post("/v1/decide", ask(R"("userId":"ada")")).body(),
           {"decisions", "0", "offer"}),
        "\"hello\""
    );
}

TEST(Decide, TellsWhichOfferMadeANullByAnErrorAndCountsIt) {
    TestService service(R"(
offers:
  grown_up: {eligible: context.age >= 18, priority: 1}
  open: {}
placements:
  home_hero: {offers: [grown_up, open]}
)");
    const std::string question =
        ask(R"("userId":"ada")", R"(,"context":{"age":"forty"},"explain":true)");
    const std::string body = service.post("/v1/decide", question).body();
    EXPECT_EQ(at(body, {"decisions", "0", "offer"}), "\"open\"");
    EXPECT_EQ(
        at(body, {"decisions", "0", "candidates", "0", "warnings"}),
        R"x(["the operands do not compare: \"forty\", 18 (in `context.age >= 18`)"])x"
    );
    EXPECT_EQ(at(body, {"decisions", "0", "candidates", "1", "warnings"}), "null");
    service.post("/v1/decide", question);
    std::string metrics;
    service.world().metrics().write(MetricsFormat::Prometheus, metrics);
    EXPECT_NE(
        metrics.find(R"(attune_expression_warnings_total{section="offer",name="grown_up"} 2)"),
        std::string::npos
    ) << metrics;
}

TEST(Decide, CountsForThePersonBehindTheDevice) {
    TestService service(kShop, {.workers = 3});
    service.post("/v1/track", R"({"event":"Viewed","userId":"ada","anonymousId":"phone"})");
    service.post("/v1/track", R"({"event":"Viewed","userId":"ada"})");
    const std::string question = ask(R"("anonymousId":"phone")");
    EXPECT_EQ(
        at(service.post("/v1/decide", question).body(), {"decisions", "0", "offer"}), "\"gift\""
    );
    EXPECT_EQ(
        at(service.post("/v1/decide", question).body(), {"decisions", "0", "offer"}), "\"hello\""
    );
    EXPECT_EQ(service.world().customers().size(), 1U);
}

TEST(Decide, SaysWhatIsWrongWithAQuestion) {
    TestService service(kShop);
    const auto refused = [&](const std::string& body) {
        const TestExchange& answer = service.post("/v1/decide", body);
        EXPECT_EQ(answer.status(), 400U) << body;
        return at(answer.body(), {"detail"});
    };
    EXPECT_EQ(
        refused(R"({"placements":["home_hero"]})"),
        "\"cannot decide: neither `userId` nor `anonymousId` is given\""
    );
    EXPECT_NE(
        refused(R"({"userId":"ada","placements":["home_heros"]})").find("did you mean"),
        std::string::npos
    );
    EXPECT_NE(
        refused(R"({"userId":"ada","placements":["home_heros"]})").find("home_hero"),
        std::string::npos
    );
    EXPECT_NE(refused(R"({"userId":"ada","placements":[]})").find("1 to 32"), std::string::npos);
    EXPECT_NE(
        refused(R"({"userId":7,"placements":["home_hero"]})").find("text of 1 to 256 bytes"),
        std::string::npos
    );
    EXPECT_NE(refused("[]").find("JSON object"), std::string::npos);
    refused("");
    refused("{");
    EXPECT_NE(
        refused(ask(R"("userId":"ada")",
                    R"(,"events":[{"type":"track","event":"Viewed","userId":"bob"}])"))
            .find("somebody else"),
        std::string::npos
    );
    EXPECT_NE(
        refused(ask(R"("userId":"ada")", R"(,"events":[7])")).find("an event is an object"),
        std::string::npos
    );
}

TEST(Decide, IsBusyWhileTheLogTakesNoEvents) {
    TestService service(kShop);
    service.world().log().refuse(true);
    EXPECT_EQ(
        service
            .post(
                "/v1/decide",
                ask(R"("userId":"ada")", R"(,"events":[{"type":"track","event":"Viewed"}])")
            )
            .status(),
        503U
    );
    EXPECT_EQ(service.post("/v1/decide", ask(R"("userId":"ada")")).status(), 200U);
}

TEST(Profile, ShowsWhatIsKnown) {
    TestService service(
        std::string(kShop) +
        "segments: {lookers: views >= 1}\n"
        "patterns: {cart: {sequence: [{a: Added}, {not: Ordered, within: 30m}]}}\n"
    );
    service.post(
        "/v1/identify",
        R"({"userId":"ada","anonymousId":"phone","traits":{"name":"Ada","consent":{"marketing":true}}})"
    );
    service.post("/v1/track", R"({"event":"Viewed","userId":"ada"})");
    service.post("/v1/track", R"({"event":"Added","userId":"ada"})");
    const std::string body = service.get("/v1/profiles/ada").body();
    EXPECT_EQ(at(body, {"identifiers"}), R"({"userId":["ada"],"anonymousId":["phone"]})");
    EXPECT_EQ(at(body, {"traits"}), R"({"name":"Ada"})");
    EXPECT_EQ(at(body, {"consent"}), R"({"marketing":true})");
    EXPECT_EQ(at(body, {"features", "views"}), "1");
    EXPECT_EQ(at(body, {"segments", "0", "name"}), "\"lookers\"");
    EXPECT_EQ(at(body, {"patterns", "0", "name"}), "\"cart\"");
    EXPECT_EQ(at(body, {"patterns", "0", "deadline"}), "\"2026-01-01T00:30:00.000Z\"");
    EXPECT_EQ(service.get("/v1/profiles/phone").body(), body);
    EXPECT_EQ(service.get("/v1/profiles/phone?by=userId").status(), 404U);
    const TestExchange& nobody = service.get("/v1/profiles/bob");
    EXPECT_EQ(nobody.status(), 404U);
    EXPECT_EQ(
        at(nobody.body(), {"detail"}), R"("there is no customer with the identifier \"bob\"")"
    );
    EXPECT_EQ(service.get("/v1/profiles/bob?by=shoe").status(), 400U);
}

TEST(Profile, IsFoundByAnyIdentifierAndListsWhatWasRefused) {
    TestService service(
        std::string(kShop) +
        "identifiers: {email: {from: traits.email}, club: {from: properties.club, on: Viewed}}\n"
    );
    service.post("/v1/identify", R"({"userId":"ada","traits":{"email":"Ada@B.example"}})");
    service.post("/v1/track", R"({"event":"Viewed","userId":"ada","properties":{"club":7}})");
    service.post("/v1/batch", R"({"batch":[
        {"type":"track","event":"Viewed","anonymousId":"phone"},
        {"type":"identify","anonymousId":"phone","traits":{"email":"ada@b.example"}},
        {"type":"identify","userId":"eve","traits":{"email":"ada@b.example"}}]})");
    const std::string body = service.get("/v1/profiles/ada").body();
    EXPECT_EQ(
        at(body, {"identifiers"}),
        R"({"userId":["ada"],"email":["ada@b.example"],"club":["7"],"anonymousId":["phone"]})"
    );
    EXPECT_EQ(at(body, {"features", "views"}), "2");
    for (const char* path :
         {"/v1/profiles/email:ADA%40b.example",
          "/v1/profiles/ada%40b.example?by=email",
          "/v1/profiles?identifier=email:ada%40b.example",
          "/v1/profiles/club:7",
          "/v1/profiles?identifier=userId:ada",
          "/v1/profiles/phone?by=anonymousId"}) {
        EXPECT_EQ(service.get(path).body(), body) << path;
    }
    EXPECT_EQ(service.get("/v1/profiles/ada?by=email").status(), 400U) << "it is no address";
    EXPECT_EQ(service.get("/v1/profiles/email:bob%40b.example").status(), 404U);
    const std::string eve = service.get("/v1/profiles/eve").body();
    EXPECT_EQ(at(eve, {"merges", "0", "outcome"}), "\"two users\"");
    EXPECT_EQ(at(eve, {"merges", "0", "identifier"}), "\"ada@b.example\"");

    const std::string audit = service.get("/v1/merges").body();
    EXPECT_EQ(at(audit, {"items", "0", "outcome"}), "\"merged\"");
    EXPECT_EQ(at(audit, {"items", "0", "customer"}), "\"userId:ada\"");
    EXPECT_EQ(at(audit, {"items", "0", "other"}), "\"anonymousId:phone\"");
    EXPECT_EQ(at(audit, {"items", "0", "by"}), "\"email:ada@b.example\"");
    EXPECT_EQ(at(audit, {"items", "1", "outcome"}), "\"two users\"");
    EXPECT_EQ(at(audit, {"items", "1", "customer"}), "\"userId:eve\"");
    EXPECT_EQ(count_at(audit, {"items"}), 2U);
    const std::string first = service.get("/v1/merges?limit=1").body();
    EXPECT_EQ(at(first, {"more"}), "true");
    EXPECT_EQ(
        at(service.get("/v1/merges?from=" + at(first, {"next"})).body(), {"items"}),
        "[" + at(audit, {"items", "1"}) + "]"
    );
    EXPECT_EQ(at(service.get("/v1/status").body(), {"merges_refused"}), "1");
    EXPECT_NE(
        service.get("/metrics").body().find(R"(attune_merges_refused_total{reason="two users"} 1)"),
        std::string::npos
    );
}

TEST(Profile, ExplainsASegmentPartByPart) {
    TestService service(
        std::string(kShop) +
        "segments: {lookers: '(views >= 2 or traits.vip = true) and views < 9'}\n"
    );
    service.post("/v1/track", R"({"event":"Viewed","userId":"ada","messageId":"1"})");
    const std::string body = service.get("/v1/profiles/ada/segments/lookers").body();
    EXPECT_EQ(at(body, {"member"}), "false");
    EXPECT_EQ(at(body, {"when", "value"}), "false");
    EXPECT_EQ(at(body, {"when", "parts", "0", "parts", "0", "expression"}), "\"views >= 2\"");
    EXPECT_EQ(at(body, {"when", "parts", "0", "parts", "0", "value"}), "false");
    EXPECT_EQ(at(body, {"when", "parts", "0", "parts", "0", "features"}), R"({"views":1})");
    EXPECT_EQ(at(body, {"when", "parts", "1", "value"}), "true");
    service.post("/v1/track", R"({"event":"Viewed","userId":"ada","messageId":"2"})");
    const std::string now = service.get("/v1/profiles/ada/segments/lookers").body();
    EXPECT_EQ(at(now, {"member"}), "true");
    EXPECT_EQ(at(now, {"when", "value"}), "true");
    EXPECT_EQ(service.get("/v1/profiles/ada/segments/nobody").status(), 404U);
}

}  // namespace
}  // namespace attune::api
