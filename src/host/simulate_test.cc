#include "host/simulate.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/arena.h"
#include "value/json.h"

namespace attune::host {
namespace {

constexpr Timestamp kStart{1'767'225'600'000};  // 2026-01-01

ShopOptions small_shop() {
    ShopOptions options;
    options.customers = 300;
    options.products = 80;
    options.start = kStart;
    options.duplicates = 0.02;
    options.mistakes = 0.02;
    return options;
}

std::vector<Call> take(Shop& shop, std::size_t count) {
    std::vector<Call> calls;
    while (calls.size() < count) {
        calls.push_back(*shop.next());
    }
    return calls;
}

std::string text(Value object, std::string_view name) {
    const Value member = object.get(name);
    return member.is(Value::Kind::String) ? std::string(member.as_string()) : "";
}

TEST(Shop, TheSameSeedGivesTheSameCalls) {
    Shop first(small_shop());
    Shop second(small_shop());
    for (int number = 0; number < 5'000; ++number) {
        const auto left = first.next();
        const auto right = second.next();
        ASSERT_EQ(left->at, right->at);
        ASSERT_EQ(left->json, right->json);
    }
}

TEST(Shop, AnotherSeedGivesOtherCalls) {
    ShopOptions other = small_shop();
    other.seed = 2;
    Shop first(small_shop());
    Shop second(other);
    EXPECT_NE(take(first, 1)[0].json, take(second, 1)[0].json);
}

TEST(Shop, CallsComeInOrderOfTimeAndSayTheirTime) {
    Shop shop(small_shop());
    Timestamp last = kStart;
    for (const Call& call : take(shop, 5'000)) {
        ASSERT_GE(call.at, last);
        last = call.at;
        ASSERT_NE(call.json.find(to_string(call.at).substr(0, 4)), std::string::npos);
    }
}

TEST(Shop, EveryCallIsJsonWithWhatTheProtocolNeeds) {
    Shop shop(small_shop());
    for (const Call& call : take(shop, 5'000)) {
        Arena arena;
        const auto parsed = json::parse(call.json, arena);
        ASSERT_TRUE(parsed.ok()) << call.json;
        ASSERT_NE(text(parsed.value(), "type"), "") << call.json;
        ASSERT_NE(text(parsed.value(), "messageId"), "");
        ASSERT_NE(text(parsed.value(), "anonymousId"), "");
        ASSERT_TRUE(parse_timestamp(text(parsed.value(), "timestamp")));
    }
}

TEST(Shop, ItsRateIsTheOneAskedFor) {
    ShopOptions options = small_shop();
    options.customers = 5'000;
    options.events_per_second = 100;
    Shop shop(options);
    const auto calls = take(shop, 200'000);
    // The first sessions are still few; the last hundred thousand calls show the steady state.
    const Duration span = calls.back().at - calls[100'000].at;
    const double rate = 100'000.0 / (static_cast<double>(span.count()) / 1000);
    EXPECT_NEAR(rate, 100, 5);
}

TEST(Shop, CountsWhatItMade) {
    Shop shop(small_shop());
    std::map<std::string, std::uint64_t> by_event;
    std::set<std::string> ids;
    std::uint64_t repeats = 0;
    for (const Call& call : take(shop, 20'000)) {
        Arena arena;
        const Value parsed = json::parse(call.json, arena).value();
        if (!ids.insert(text(parsed, "messageId")).second) {
            ++repeats;
            continue;
        }
        ++by_event[text(parsed, text(parsed, "type") == "track" ? "event" : "type")];
    }
    EXPECT_EQ(shop.counts().calls, 20'000U);
    EXPECT_EQ(shop.counts().duplicates, repeats);
    EXPECT_EQ(shop.counts().orders, by_event["Order Completed"]);
    EXPECT_EQ(shop.counts().logins, by_event["identify"]);
    EXPECT_GT(shop.counts().mistakes, 0U);
    EXPECT_GT(shop.counts().carts_abandoned, shop.counts().orders / 2);
    EXPECT_GT(by_event["Product Viewed"], 10'000U);
    EXPECT_GT(by_event["Products Searched"], 500U);
}

TEST(Shop, VisitorsAreAnonymousUntilTheyLogIn) {
    ShopOptions options = small_shop();
    options.duplicates = 0;  // a repeat speaks as of before
    Shop shop(options);
    std::set<std::string> known;
    for (const Call& call : take(shop, 20'000)) {
        Arena arena;
        const Value parsed = json::parse(call.json, arena).value();
        const std::string visitor = text(parsed, "anonymousId");
        if (text(parsed, "type") == "identify") {
            EXPECT_NE(text(parsed.get("traits"), "email"), "");
            EXPECT_TRUE(
                parsed.get("traits").get("consent").get("marketing").is(Value::Kind::Boolean)
            );
            known.insert(visitor);
        } else if (text(parsed, "userId").empty()) {
            EXPECT_FALSE(known.contains(visitor)) << call.json;
        }
    }
    EXPECT_GT(known.size(), 50U);
}

TEST(Shop, HasteShortensSessionsAndKeepsTheRate) {
    ShopOptions options = small_shop();
    options.haste = 100;
    Shop shop(options);
    const auto calls = take(shop, 50'000);
    const double seconds = static_cast<double>((calls.back().at - kStart).count()) / 1000;
    EXPECT_NEAR(50'000 / seconds, options.events_per_second, 4);
}

TEST(Shop, ABusyOneReachesItsRateAtOnce) {
    for (const double haste : {1.0, 20.0}) {
        ShopOptions options = small_shop();
        options.customers = 5'000;
        options.events_per_second = 200;
        options.haste = haste;
        options.busy = true;
        Shop shop(options);
        std::map<std::int64_t, int> calls;
        for (auto call = shop.next(); call->at < kStart + Duration(30'000); call = shop.next()) {
            ++calls[(call->at - kStart) / Duration(3'000)];
        }
        for (const auto& [span, count] : calls) {
            EXPECT_NEAR(count, 600, 200) << haste << ", span " << span;
        }
    }
}

TEST(Shop, ABusyOneShowsWithinSecondsWhatADemoMustShow) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        ShopOptions options = small_shop();
        options.seed = seed;
        options.haste = 20;
        options.duplicates = 0;
        options.mistakes = 0;
        options.busy = true;
        Shop shop(options);
        std::set<std::string> consenting;
        std::set<std::string> carts;
        for (auto call = shop.next(); call->at < kStart + Duration(14'000); call = shop.next()) {
            Arena arena;
            const Value json = json::parse(call->json, arena).value();
            const std::string user = text(json, "userId");
            if (call->json.find(R"("marketing":true)") != std::string::npos) {
                consenting.insert(user);
            }
            const bool early = call->at < kStart + Duration(4'000);
            if (text(json, "event") == "Product Added" && early && consenting.count(user) > 0) {
                carts.insert(user);
            }
            if (text(json, "event") == "Order Completed") {
                carts.erase(user);
            }
        }
        EXPECT_FALSE(carts.empty()) << seed;
        EXPECT_GT(shop.counts().duplicates, 0U) << seed;
        EXPECT_GT(shop.counts().mistakes, 0U) << seed;
    }
}

}  // namespace
}  // namespace attune::host
