#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "customer/instances.h"
#include "engine/test_shop.h"

namespace attune::engine {
namespace {

using Fired = std::vector<std::string>;

constexpr Duration kMinute(60'000);

std::string workspace(const std::string& patterns) {
    return "patterns:\n" + patterns;
}

constexpr const char* kCart = "  cart: {sequence: [{cart: Added}, {not: Ordered, within: 30m}]}\n";

TEST(Pattern, AnAbsenceFiresAtItsDeadline) {
    TestShop shop(workspace(kCart));
    shop.track("u", "Added");
    shop.wake(30 * kMinute);
    EXPECT_EQ(shop.firings(), Fired{}) << "the deadline itself is still in time";
    shop.wake(Duration(1));
    EXPECT_EQ(shop.firings(), Fired{"cart@1800"});
    shop.wake(60 * kMinute);
    EXPECT_EQ(shop.firings().size(), 1U);
    EXPECT_TRUE(customer::instances(shop.blob("u")).empty());
}

TEST(Pattern, WhatComesExactlyAtTheDeadlineStillCounts) {
    TestShop shop(workspace(kCart));
    shop.track("u", "Added");
    shop.pass(30 * kMinute);
    shop.track("u", "Ordered");
    shop.wake(60 * kMinute);
    EXPECT_EQ(shop.firings(), Fired{});
}

TEST(Pattern, WhatComesAfterTheDeadlineDoesNotCount) {
    TestShop shop(workspace(kCart));
    shop.track("u", "Added");
    shop.pass(30 * kMinute + Duration(1));
    shop.track("u", "Ordered");
    EXPECT_EQ(shop.firings(), Fired{"cart@1800"});
}

TEST(Pattern, WhatAFastClockSendsFromBehindTheDeadlineDoesNotCount) {
    TestShop shop(workspace(kCart));
    shop.track("u", "Added");
    shop.pass(kMinute);
    shop.send({.user = "u", .event = "Ordered", .at = Duration(31 * kMinute)});
    shop.wake(40 * kMinute);
    EXPECT_EQ(shop.firings(), Fired{"cart@1800"});
}

TEST(Pattern, RestartBeginsAnewWithEachFirstStep) {
    TestShop shop(workspace(kCart));
    shop.track("u", "Added");
    shop.pass(20 * kMinute);
    shop.track("u", "Added");
    shop.wake(29 * kMinute);
    EXPECT_EQ(shop.firings(), Fired{});
    shop.wake(2 * kMinute);
    EXPECT_EQ(shop.firings(), Fired{"cart@3000"});
}

TEST(Pattern, IgnoreKeepsTheOneUnderWay) {
    TestShop shop(workspace(
        "  cart: {sequence: [{cart: Added}, {not: Ordered, within: 30m}], on_repeat: ignore}\n"
    ));
    shop.track("u", "Added");
    shop.pass(20 * kMinute);
    shop.track("u", "Added");
    shop.wake(100 * kMinute);
    EXPECT_EQ(shop.firings(), Fired{"cart@1800"});
}

constexpr const char* kParallel =
    "  cart: {sequence: [{cart: Added}, {not: Ordered, within: 30m}], on_repeat: parallel up to "
    "2}\n";

TEST(Pattern, ParallelRunsAsManyAsItMay) {
    TestShop shop(workspace(kParallel));
    for (int i = 0; i < 3; ++i) {
        shop.track("u", "Added");
        shop.pass(10 * kMinute);
    }
    shop.wake(100 * kMinute);
    EXPECT_EQ(shop.firings(), (Fired{"cart@1800", "cart@2400"}));
}

TEST(Pattern, TwoDeadlinesAtOnceFireBothWithEffectsOfTheirOwn) {
    TestShop shop(
        workspace(kParallel) +
        "  other: {sequence: [{cart: Added}, {not: Paid, within: 30m}]}\n"
        "campaigns: {c: {on: cart, do: [{webhook: {url: 'https://a.example/b'}}]}}\n"
    );
    shop.track("u", "Added");
    shop.track("u", "Added");
    shop.wake(31 * kMinute);
    EXPECT_EQ(shop.firings().size(), 3U);
    ASSERT_EQ(shop.effects().webhooks.size(), 2U);
    EXPECT_NE(shop.effects().webhooks[0].id, shop.effects().webhooks[1].id);
}

TEST(Pattern, OneEventThatEndsTwoInstancesFiresTwice) {
    TestShop shop(
        workspace("  both: {sequence: [{a: A}, {b: B}], within: 1h, on_repeat: parallel up to 3}\n"
        ) +
        "campaigns: {c: {on: both, do: [{webhook: {url: 'https://a.example/b'}}]}}\n"
    );
    shop.track("u", "A");
    shop.track("u", "A");
    shop.track("u", "B");
    ASSERT_EQ(shop.effects().webhooks.size(), 2U);
    EXPECT_NE(shop.effects().webhooks[0].id, shop.effects().webhooks[1].id);
    shop.track("u", "B");
    EXPECT_EQ(shop.firings().size(), 2U);
}

constexpr const char* kSearch =
    "  found: {sequence: [{search: Searched}, {view: Viewed, where: properties.price > 10}, {add: "
    "Added}],"
    " within: 10m}\n";

TEST(Pattern, ASequenceFiresWithItsLastStep) {
    TestShop shop(workspace(kSearch));
    shop.track("u", "Searched");
    shop.pass(kMinute);
    shop.track("u", "Viewed", R"({"price":5})");
    shop.track("u", "Added");
    EXPECT_EQ(shop.firings(), Fired{}) << "the view was too cheap";
    shop.track("u", "Viewed", R"({"price":50})");
    shop.pass(9 * kMinute);
    shop.track("u", "Added");
    EXPECT_EQ(shop.firings(), Fired{"found@600"}) << "ten minutes to the millisecond";
}

TEST(Pattern, ASequenceThatTakesTooLongIsForgotten) {
    TestShop shop(workspace(kSearch));
    shop.track("u", "Searched");
    shop.track("u", "Viewed", R"({"price":50})");
    shop.pass(10 * kMinute + Duration(1));
    shop.track("u", "Added");
    EXPECT_EQ(shop.firings(), Fired{});
    EXPECT_TRUE(customer::instances(shop.blob("u")).empty());
}

TEST(Pattern, AnyOfSeveralEventsMayBeAStep) {
    TestShop shop(workspace("  both: {sequence: [{any of: [A, B]}, {c: C}], within: 1h}\n"));
    shop.track("u", "B");
    shop.track("u", "C");
    shop.track("v", "A");
    shop.track("v", "C");
    EXPECT_EQ(shop.firings().size(), 2U);
}

TEST(Pattern, ALateFirstStepFiresAsOfItsOwnDeadline) {
    TestShop shop(workspace(kCart));
    shop.pass(120 * kMinute);
    shop.send({.user = "u", .event = "Added", .at = Duration(60 * kMinute)});
    shop.wake(Duration(1));
    EXPECT_EQ(shop.firings(), Fired{"cart@5400"});
}

TEST(Pattern, AnAbsenceInTheMiddleLeadsOn) {
    TestShop shop(
        workspace("  back: {sequence: [{cart: Added}, {not: Ordered, within: 10m}, {seen: Viewed, "
                  "within: 10m}]}\n")
    );
    shop.track("u", "Added");
    shop.pass(5 * kMinute);
    shop.track("u", "Viewed");
    EXPECT_EQ(shop.firings(), Fired{});
    shop.pass(10 * kMinute);
    shop.track("u", "Viewed");
    EXPECT_EQ(shop.firings(), Fired{"back@900"});
}

constexpr const char* kThrice =
    "  keen: {sequence: [{view: Viewed, times: 3}], within: 1h, same: properties.product}\n";

TEST(Pattern, CountsEventsThatAgreeInAProperty) {
    TestShop shop(workspace(kThrice));
    for (const char* product : {"a", "b", "a", "b", "c"}) {
        shop.track("u", "Viewed", R"({"product":")" + std::string(product) + "\"}");
    }
    shop.track("u", "Viewed");
    EXPECT_EQ(shop.firings(), Fired{});
    shop.pass(kMinute);
    shop.track("u", "Viewed", R"({"product":"b"})");
    EXPECT_EQ(shop.firings(), Fired{"keen@60"});
    shop.track("u", "Viewed", R"({"product":"b"})");
    shop.track("u", "Viewed", R"({"product":"b"})");
    EXPECT_EQ(shop.firings().size(), 1U) << "each event counts once";
    shop.track("u", "Viewed", R"({"product":"b"})");
    EXPECT_EQ(shop.firings().size(), 2U);
}

TEST(Pattern, AnyThreeWithinTheTimeCount) {
    TestShop shop(workspace(kThrice));
    const auto view_at = [&](std::int64_t minute) {
        shop.set_now(minute * kMinute);
        shop.track("u", "Viewed", R"({"product":"a"})");
    };
    view_at(0);
    view_at(50);
    view_at(70);
    EXPECT_EQ(shop.firings(), Fired{}) << "70 minutes for three";
    view_at(100);
    EXPECT_EQ(shop.firings(), Fired{"keen@6000"}) << "50, 70 and 100";
    shop.wake(600 * kMinute);
    EXPECT_TRUE(customer::instances(shop.blob("u")).empty());
}

TEST(Pattern, KeysShareTheirRoomAndTheOldestGivesWay) {
    TestShop shop("workspace: {limits: {pattern_instances: 4}}\n" + workspace(kThrice));
    for (int i = 0; i < 10; ++i) {
        shop.pass(kMinute);
        shop.track("u", "Viewed", R"({"product":)" + std::to_string(i) + "}");
    }
    EXPECT_EQ(customer::instances(shop.blob("u")).size(), 4U);
    EXPECT_EQ(shop.effects().counts.instances_dropped, 6U);
    for (int i = 0; i < 2; ++i) {
        shop.track("u", "Viewed", R"({"product":9})");
    }
    EXPECT_EQ(shop.firings().size(), 1U);
}

TEST(Pattern, AnAbsenceIsOfTheSameKeyToo) {
    TestShop shop(
        workspace("  cart: {sequence: [{cart: Added}, {not: Ordered, within: 30m}], same: "
                  "properties.product}\n")
    );
    shop.track("u", "Added", R"({"product":"a"})");
    shop.track("u", "Added", R"({"product":"b"})");
    shop.track("u", "Ordered", R"({"product":"a"})");
    shop.wake(31 * kMinute);
    EXPECT_EQ(shop.firings(), Fired{"cart@1800"});
}

TEST(Pattern, StrictEndsWithAnyOtherEvent) {
    for (const bool strict : {false, true}) {
        TestShop shop(workspace(
            "  next: {sequence: [{a: A}, {b: B}], within: 1h, strict: " +
            std::string(strict ? "true" : "false") + "}\n"
        ));
        shop.track("u", "A");
        shop.track("u", "B");
        EXPECT_EQ(shop.firings().size(), 1U);
        shop.track("u", "A");
        shop.track("u", "Unheard Of");
        shop.track("u", "B");
        EXPECT_EQ(shop.firings().size(), strict ? 1U : 2U);
    }
}

TEST(Pattern, ALaterStepMayNeedSeveralEvents) {
    TestShop shop(
        workspace("  p: {sequence: [{search: Searched}, {view: Viewed, times: 2}, {not: Ordered, "
                  "within: 5m}], "
                  "within: 1h}\n")
    );
    shop.track("u", "Searched");
    shop.track("u", "Viewed");
    shop.wake(10 * kMinute);
    EXPECT_EQ(shop.firings(), Fired{});
    shop.track("u", "Viewed");
    shop.wake(6 * kMinute);
    EXPECT_EQ(shop.firings(), Fired{"p@900"});
}

}  // namespace
}  // namespace attune::engine
