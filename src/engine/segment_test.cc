#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/test_shop.h"

namespace attune::engine {
namespace {

using Changes = std::vector<std::string>;

constexpr Duration kSecond(1'000);

constexpr const char* kLooking = R"(
features: {views: {count: Viewed, window: 10s}}
segments: {looking: views >= 2}
)";

TEST(Segment, IsEnteredByAnEventAndLeftWhenTheWindowEmpties) {
    TestShop shop(kLooking);
    shop.track("u", "Viewed");
    shop.pass(3 * kSecond);
    shop.track("u", "Viewed");
    EXPECT_EQ(shop.segment_changes(), Changes{"+looking@3"});
    shop.wake(60 * kSecond);
    EXPECT_EQ(shop.segment_changes(), (Changes{"+looking@3", "-looking@10"}));
}

TEST(Segment, TheMomentOfAChangeDoesNotDependOnWhoLooksWhen) {
    for (const std::int64_t step : {1, 7, 1'000, 10'000, 60'000}) {
        TestShop shop(kLooking);
        shop.track("u", "Viewed");
        shop.track("u", "Viewed");
        while (shop.now() < kStart + Duration(60'000)) {
            shop.wake(Duration(step * 10));
        }
        EXPECT_EQ(shop.segment_changes(), (Changes{"+looking@0", "-looking@10"})) << step;
    }
}

TEST(Segment, AChangeAtTheVeryMomentOfALookIsNotLost) {
    TestShop shop(kLooking);
    shop.track("u", "Viewed");
    shop.track("u", "Viewed");
    shop.wake(10 * kSecond);
    shop.wake(10 * kSecond);
    EXPECT_EQ(shop.segment_changes(), (Changes{"+looking@0", "-looking@10"}));
}

TEST(Segment, IsLeftWhenWhatWasCountedCameLate) {
    TestShop shop(kLooking);
    shop.pass(8 * kSecond);
    shop.send({.user = "u", .event = "Viewed", .at = Duration(2 * kSecond)});
    shop.send({.user = "u", .event = "Viewed", .at = Duration(2 * kSecond)});
    EXPECT_EQ(shop.segment_changes(), Changes{"+looking@8"});
    shop.wake(60 * kSecond);
    EXPECT_EQ(shop.segment_changes(), (Changes{"+looking@8", "-looking@12"}));
}

TEST(Segment, IsNotEnteredForWhatIsOverWhenItComesIn) {
    TestShop shop(kLooking);
    shop.pass(100 * kSecond);
    shop.send({.user = "u", .event = "Viewed", .at = Duration(2 * kSecond)});
    shop.send({.user = "u", .event = "Viewed", .at = Duration(2 * kSecond)});
    shop.wake(60 * kSecond);
    EXPECT_EQ(shop.segment_changes(), Changes{});
}

TEST(Segment, IsLeftInTheEndAlsoIfASendersClockIsFast) {
    TestShop shop(kLooking);
    shop.send({.user = "u", .event = "Viewed", .at = Duration(30 * kSecond)});
    shop.send({.user = "u", .event = "Viewed", .at = Duration(30 * kSecond)});
    EXPECT_EQ(shop.segment_changes(), Changes{"+looking@30"});
    shop.wake(200 * kSecond);
    EXPECT_EQ(shop.segment_changes(), (Changes{"+looking@30", "-looking@40"}));
}

TEST(Segment, AnAgePassesItsSpan) {
    TestShop shop(R"(
features: {order: {since: Ordered}}
segments:
  lapsed: order > duration("PT1H")
  lapsed or at the hour: order >= duration("PT1H")
)");
    shop.track("u", "Ordered");
    shop.wake(Duration(2 * 3'600'000));
    EXPECT_EQ(shop.segment_changes(), (Changes{"+lapsed or at the hour@3600", "+lapsed@3600.001"}));
    shop.track("u", "Ordered");
    EXPECT_EQ(shop.segment_changes().size(), 4U);
}

constexpr const char* kDwell = R"(
features: {views: {count: Viewed, window: 60s}}
segments: {staying: {when: views >= 1, for at least: 20s}}
)";

TEST(Segment, WithADwellTimeIsEnteredOnceItHasLasted) {
    TestShop shop(kDwell);
    shop.pass(5 * kSecond);
    shop.track("u", "Viewed");
    shop.wake(20 * kSecond);
    EXPECT_EQ(shop.segment_changes(), Changes{});
    shop.wake(Duration(1));
    EXPECT_EQ(shop.segment_changes(), Changes{"+staying@25"});
    shop.wake(100 * kSecond);
    EXPECT_EQ(shop.segment_changes(), (Changes{"+staying@25", "-staying@65"}));
}

TEST(Segment, WithADwellTimeIsNotEnteredWhenTheConditionBreaks) {
    TestShop shop(R"(
features: {order: {since: Ordered}}
segments: {quiet: {when: order > duration("PT10S"), for at least: 20s}}
)");
    shop.track("u", "Ordered");
    shop.wake(25 * kSecond);
    shop.track("u", "Ordered");
    shop.wake(25 * kSecond);
    EXPECT_EQ(shop.segment_changes(), Changes{});
    shop.wake(10 * kSecond);
    EXPECT_EQ(shop.segment_changes(), Changes{"+quiet@55.001"});
}

TEST(Segment, FollowsTraitsAndConsent) {
    TestShop shop("segments: {vip: traits.tier = \"gold\" and consent.marketing}\n");
    shop.send({.user = "u", .properties = R"({"tier":"gold"})", .type = "identify"});
    EXPECT_EQ(shop.segment_changes(), Changes{});
    shop.pass(kSecond);
    shop.send({.user = "u", .properties = R"({"consent":{"marketing":true}})", .type = "identify"});
    shop.pass(kSecond);
    shop.send({.user = "u", .properties = R"({"tier":null})", .type = "identify"});
    EXPECT_EQ(shop.segment_changes(), (Changes{"+vip@1", "-vip@2"}));
}

TEST(Segment, EnteringAndLeavingStartCampaigns) {
    TestShop shop(std::string(kLooking) + R"(
campaigns:
  hello: {on: entered looking, do: [{webhook: {url: 'https://a.example/in'}}]}
  bye: {on: left looking, do: [{webhook: {url: 'https://a.example/out'}}]}
)");
    shop.track("u", "Viewed");
    shop.track("u", "Viewed");
    shop.wake(20 * kSecond);
    ASSERT_EQ(shop.effects().webhooks.size(), 2U);
    EXPECT_EQ(shop.effects().webhooks[0].url, "https://a.example/in");
    EXPECT_EQ(shop.effects().webhooks[1].url, "https://a.example/out");
    EXPECT_EQ(shop.effects().webhooks[1].at, kStart + Duration(10'000));
}

TEST(Warnings, BelongToTheDefinitionWhoseExpressionMadeThem) {
    TestShop shop(R"(
features: {spent: {sum: Bought, of: properties.price * 2}}
rules: {dear: {on: Bought, when: properties.price > 100}}
segments: {old: traits.age >= 60}
)");
    shop.send({.user = "u", .properties = R"({"age":"sixty"})", .type = "identify"});
    shop.track("u", "Bought", R"({"price":"a lot"})");
    shop.track("u", "Bought", R"({"price":120})");
    std::map<std::string, std::uint64_t> blamed;
    const program::Program& program = shop.population().program();
    for (const program::Blame& blame : shop.population().effects().counts.blames) {
        blamed[std::string(name_of(program, blame.definition))] += blame.warnings;
    }
    EXPECT_EQ(
        blamed, (std::map<std::string, std::uint64_t>{{"spent", 1}, {"dear", 1}, {"old", 3}})
    );
    EXPECT_EQ(shop.population().effects().counts.warnings, 5U);
}

}  // namespace
}  // namespace attune::engine
