#include <string>

#include <gtest/gtest.h>

#include "api/test_service.h"

namespace attune::api {
namespace {

constexpr const char* kHooks = R"(
campaigns: {hook: {on: Added, do: [{webhook: {url: 'https://shop.example/hook'}}]}}
)";

std::string text_at(const std::string& body, std::initializer_list<std::string_view> path) {
    const std::string quoted = at(body, path);
    return quoted.size() < 2 ? quoted : quoted.substr(1, quoted.size() - 2);
}

class DeadLetters : public testing::Test {
protected:
    DeadLetters() : service_(kHooks) { service_.world().webhooks().holds = true; }

    /// Effects of customers `from` up to `to` that the receiver refuses for good.
    void kill(int from, int to) {
        for (int i = from; i < to; ++i) {
            service_.post(
                "/v1/track",
                R"({"event":"Added","messageId":"m)" + std::to_string(i) + R"(","userId":"u)" +
                    std::to_string(i) + "\"}"
            );
            refuse_all();
        }
    }

    void refuse_all() {
        auto held = std::move(service_.world().webhooks().held);
        service_.world().webhooks().held.clear();
        for (auto& done : held) {
            done(delivery::Outcome::permanent("410 Gone"));
        }
        service_.world().run();
    }

    std::string list(const std::string& query = "") {
        return service_.get("/v1/dead-letters" + query).body();
    }

    TestService service_;
};

TEST_F(DeadLetters, AreListedWithTheirReasons) {
    EXPECT_EQ(list(), R"({"items":[],"next":null})");
    kill(0, 1);
    const std::string all = list();
    ASSERT_EQ(count_at(all, {"items"}), 1U) << all;
    EXPECT_EQ(text_at(all, {"items", "0", "reason"}), "410 Gone");
    EXPECT_EQ(text_at(all, {"items", "0", "channel"}), "webhook");
    EXPECT_EQ(text_at(all, {"items", "0", "destination"}), "https://shop.example");
    EXPECT_EQ(at(all, {"items", "0", "attempts"}), "1");
}

TEST_F(DeadLetters, AreNotTheFirstThatIsHeardOfAFailure) {
    for (int i = 0; i < 8; ++i) {
        const std::string n = std::to_string(i);
        service_.post("/v1/track", R"({"event":"Added","userId":"w)" + n + R"("})");
    }
    const auto number = [this](const std::string& line) {
        const std::string all = service_.get("/metrics").body();
        const std::size_t found = all.find("\n" + line + " ");
        return found == std::string::npos ? std::string("absent")
                                          : all.substr(found + line.size() + 2, 2);
    };
    // All of both workers, whichever of them looked last.
    EXPECT_EQ(number("attune_outbox_pending"), "8\n");
    EXPECT_EQ(at(service_.get("/v1/status").body(), {"last_delivery_failure"}), "null");
    auto held = std::move(service_.world().webhooks().held);
    service_.world().webhooks().held.clear();
    ASSERT_FALSE(held.empty());
    held.front()(delivery::Outcome::retry("503 Service Unavailable"));
    service_.world().run();
    EXPECT_EQ(number(R"(attune_delivery_failures_total{channel="webhook",reason="retry"})"), "1\n");
    EXPECT_EQ(number(R"(attune_delivery_attempts_total{channel="webhook"})"), "1\n");
    const std::string status = service_.get("/v1/status").body();
    EXPECT_EQ(text_at(status, {"last_delivery_failure", "reason"}), "503 Service Unavailable");
    EXPECT_EQ(text_at(status, {"last_delivery_failure", "channel"}), "webhook");
    EXPECT_EQ(at(status, {"last_delivery_failure", "final"}), "false");
}

TEST_F(DeadLetters, AreListedPageByPageAcrossWorkers) {
    kill(0, 7);
    std::set<std::string> seen;
    std::string query = "?limit=3";
    std::size_t pages = 0;
    for (bool more = true; more; ++pages) {
        const std::string body = list(query);
        for (std::size_t i = 0; i < count_at(body, {"items"}); ++i) {
            seen.insert(text_at(body, {"items", std::to_string(i), "id"}));
        }
        more = at(body, {"next"}) != "null";
        query = "?limit=3&after=" + text_at(body, {"next"});
    }
    EXPECT_EQ(seen.size(), 7U);
    EXPECT_EQ(pages, 3U);
    EXPECT_EQ(service_.get("/v1/dead-letters?after=yesterday").status(), 400U);
}

TEST_F(DeadLetters, AreSentAgainUnderTheSameId) {
    kill(0, 1);
    const std::string id = text_at(list(), {"items", "0", "id"});
    EXPECT_EQ(service_.post("/v1/dead-letters/" + id + "/replay", "").status(), 204U);
    EXPECT_EQ(count_at(list(), {"items"}), 0U);
    service_.world().pass(Duration(1'000));
    ASSERT_EQ(service_.world().webhooks().started.size(), 2U);
    EXPECT_EQ(service_.world().webhooks().started.back(), id);
}

TEST_F(DeadLetters, ThatAreDroppedStayAwayAfterACrash) {
    kill(0, 2);
    const std::string id = text_at(list(), {"items", "0", "id"});
    const std::string other = text_at(list(), {"items", "1", "id"});
    EXPECT_EQ(service_.send(Method::Delete, "/v1/dead-letters/" + id).status(), 204U);
    service_.crash(3);
    const std::string left = list();
    ASSERT_EQ(count_at(left, {"items"}), 1U);
    EXPECT_EQ(text_at(left, {"items", "0", "id"}), other);
}

TEST_F(DeadLetters, ThatNobodyKnowsAreNotFound) {
    EXPECT_EQ(service_.post("/v1/dead-letters/e0/replay", "").status(), 404U);
    EXPECT_EQ(service_.send(Method::Delete, "/v1/dead-letters/e0").status(), 404U);
}

TEST(DeadLettersLog, IsAnsweredOnlyWhenDurable) {
    TestService service(kHooks, {.hold = true});
    service.world().webhooks().holds = true;
    service.begin(Method::Post, "/v1/track", R"({"event":"Added","messageId":"m","userId":"u"})");
    const auto settle = [&] {
        service.world().run();
        service.world().log().release();
        service.world().run();
    };
    settle();
    ASSERT_EQ(service.world().webhooks().held.size(), 1U);
    service.world().webhooks().held[0](delivery::Outcome::permanent("no"));
    settle();
    const std::string id = text_at(service.get("/v1/dead-letters").body(), {"items", "0", "id"});
    const TestExchange& drop = service.send(Method::Delete, "/v1/dead-letters/" + id);
    EXPECT_FALSE(drop.answered());
    settle();
    EXPECT_EQ(drop.status(), 204U);
}

}  // namespace
}  // namespace attune::api
