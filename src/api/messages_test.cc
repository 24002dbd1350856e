#include <set>
#include <string>

#include <gtest/gtest.h>

#include "api/test_service.h"

namespace attune::api {
namespace {

constexpr const char* kShop = R"(
campaigns: {hello: {on: Added, do: [{message: {title: "{{ event }}"}}]}}
)";

/// An event that brings a message. Each has an id of its own: equal ones would be repeats.
std::string added(const std::string& who) {
    static int sequence = 0;
    return R"({"event":"Added","messageId":"m)" + std::to_string(++sequence) + "\"," + who + "}";
}

void add(TestService& service, const std::string& who) {
    service.post("/v1/track", added(who));
}

const std::string kPhone = R"("anonymousId":"phone")";

TEST(Messages, ArePolledFromWhereTheReaderStopped) {
    TestService service(kShop);
    EXPECT_EQ(service.get("/v1/messages?anonymousId=phone").body(), R"({"messages":[]})");
    for (int i = 0; i < 3; ++i) {
        add(service, kPhone);
    }
    const std::string all = service.get("/v1/messages?anonymousId=phone").body();
    ASSERT_EQ(count_at(all, {"messages"}), 3U);
    EXPECT_EQ(at(all, {"messages", "0", "seq"}), "1");
    EXPECT_EQ(at(all, {"messages", "0", "title"}), "\"Added\"");
    const std::string rest = service.get("/v1/messages?anonymousId=phone&after=2").body();
    ASSERT_EQ(count_at(rest, {"messages"}), 1U);
    EXPECT_EQ(at(rest, {"messages", "0", "seq"}), "3");
    EXPECT_EQ(service.get("/v1/messages").status(), 400U);
    EXPECT_EQ(service.get("/v1/messages/stream").status(), 400U);
}

TEST(Messages, AreShownToNobodyBeforeTheyAreDurable) {
    TestService service(kShop, {.hold = true});
    TestExchange& early = service.get("/v1/messages/stream?anonymousId=phone");
    service.begin(Method::Post, "/v1/track", added(kPhone));
    service.world().run();
    TestExchange& late = service.get("/v1/messages/stream?anonymousId=phone");
    const TestExchange& poll = service.get("/v1/messages?anonymousId=phone");
    EXPECT_TRUE(early.events().events().empty());
    EXPECT_TRUE(late.events().events().empty());
    EXPECT_FALSE(poll.answered());
    service.world().log().release();
    service.world().run();
    EXPECT_EQ(early.events().events().size(), 1U);
    EXPECT_EQ(late.events().events().size(), 1U);
    EXPECT_EQ(count_at(poll.body(), {"messages"}), 1U);
}

TEST(MessageStream, BringsWhatWaitsAndWhatComes) {
    TestService service(kShop);
    add(service, kPhone);
    TestExchange& stream = service.get("/v1/messages/stream?anonymousId=phone");
    add(service, kPhone);
    add(service, R"("anonymousId":"other")");
    const auto events = stream.events().events();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].name, "message");
    EXPECT_EQ(at(events[0].data, {"seq"}), "1");
    EXPECT_EQ(at(events[1].data, {"seq"}), "2");
}

TEST(MessageStream, ResumedLosesNothingAndRepeatsNothing) {
    TestService service(kShop, {.workers = 3});
    std::multiset<std::string> got;
    std::string last;
    const auto take = [&](TestExchange& stream) {
        for (const ReadEvent& event : stream.events().events()) {
            got.insert(at(event.data, {"id"}));
            last = event.id;
        }
    };
    for (int round = 0; round < 5; ++round) {
        TestExchange& stream = service.get(
            "/v1/messages/stream?anonymousId=phone",
            last.empty() ? TestService::Headers{} : TestService::Headers{{"Last-Event-ID", last}}
        );
        add(service, kPhone);
        stream.events().end();
        take(stream);
        add(service, kPhone);  // While nobody listens.
        if (round == 2) {
            service.crash(2);
        }
    }
    TestExchange& stream =
        service.get("/v1/messages/stream?anonymousId=phone", {{"Last-Event-ID", last}});
    take(stream);
    EXPECT_EQ(got.size(), 10U);
    EXPECT_EQ(std::set(got.begin(), got.end()).size(), 10U);
}

TEST(MessageStream, FollowsTheVisitorWhoLogsIn) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        TestService service(kShop, {.workers = 4, .seed = seed});
        add(service, R"("userId":"ada")");
        TestExchange& stream = service.get("/v1/messages/stream?anonymousId=phone");
        add(service, kPhone);
        // All at once: the link, and messages before and after it.
        service.begin(Method::Post, "/v1/track", added(kPhone));
        service.begin(Method::Post, "/v1/track", added(R"("userId":"ada",)" + kPhone));
        service.begin(Method::Post, "/v1/track", added(R"("userId":"ada")"));
        service.world().run();
        add(service, kPhone);
        std::multiset<std::string> got;
        std::string last;
        for (const ReadEvent& event : stream.events().events()) {
            got.insert(at(event.data, {"id"}));
            last = event.id;
        }
        ASSERT_EQ(got.size(), 6U) << "seed " << seed;
        ASSERT_EQ(std::set(got.begin(), got.end()).size(), 6U) << "seed " << seed;
        TestExchange& again =
            service.get("/v1/messages/stream?anonymousId=phone", {{"Last-Event-ID", last}});
        EXPECT_TRUE(again.events().events().empty()) << "seed " << seed;
    }
}

TEST(MessageStream, EndsWhenTheReaderGoes) {
    TestService service(kShop);
    TestExchange& stream = service.get("/v1/messages/stream?anonymousId=phone");
    stream.events().end();
    service.world().run();
    add(service, kPhone);
    EXPECT_TRUE(stream.events().events().empty());
}

}  // namespace
}  // namespace attune::api
