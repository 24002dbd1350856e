#include <string>

#include <gtest/gtest.h>

#include "customer/merges.h"
#include "engine/test_shop.h"

// When campaigns may not reach a customer: quiet hours and limits across campaigns.

namespace attune::engine {
namespace {

constexpr Duration kMinute(60'000);
constexpr Duration kHour(3'600'000);

std::string campaign(const std::string& quiet) {
    return "campaigns:\n"
           "  c: {on: Viewed, quiet_hours: {from: \"22:00\", to: \"08:00\"" +
           quiet + "}, do: [{message: {title: Hi}}]}\n";
}

TEST(QuietHours, HoldACampaignUntilTheyEnd) {
    TestShop shop(campaign(""));
    shop.set_now(21 * kHour + 59 * kMinute);
    shop.track("u", "Viewed");
    EXPECT_EQ(shop.effects().messages.size(), 1U);
    shop.pass(2 * kMinute);
    shop.track("u", "Viewed");
    shop.track("u", "Viewed");
    EXPECT_EQ(shop.effects().messages.size(), 1U);
    EXPECT_EQ(shop.effects().counts.held, 2U);
    shop.set_now(32 * kHour + Duration(1));
    shop.population().advance_due(shop.now());
    ASSERT_EQ(shop.effects().messages.size(), 2U) << "a campaign that is held waits once";
    EXPECT_EQ(shop.effects().messages[1].at, kStart + 32 * kHour);
    shop.wake(24 * kHour);
    EXPECT_EQ(shop.effects().messages.size(), 2U);
}

TEST(QuietHours, MayDropACampaign) {
    TestShop shop(campaign(", then: drop"));
    shop.set_now(23 * kHour);
    shop.track("u", "Viewed");
    shop.wake(24 * kHour);
    EXPECT_TRUE(shop.effects().messages.empty());
    EXPECT_EQ(shop.effects().counts.quiet_dropped, 1U);
}

TEST(QuietHours, AreThoseOfTheCustomersZoneAlsoWhenClocksChange) {
    TestShop shop(campaign(", zone: traits.zone"));
    shop.send({.user = "kiri", .properties = R"({"zone":"Pacific/Auckland"})", .type = "identify"});
    shop.send({.user = "jean", .properties = R"({"zone":"Europe/Paris"})", .type = "identify"});
    shop.send({.user = "nemo", .properties = R"({"zone":"Nowhere"})", .type = "identify"});
    // In Paris it is 23:00, and clocks will go on at night; in Auckland it is 11:00.
    shop.set_now(*parse_timestamp("2026-03-28T22:00:00Z") - kStart);
    for (const char* user : {"kiri", "jean", "nemo"}) {
        shop.track(user, "Viewed");
    }
    EXPECT_EQ(shop.effects().messages.size(), 1U) << "for nemo the workspace's zone counts, UTC";
    shop.wake(24 * kHour);
    ASSERT_EQ(shop.effects().messages.size(), 3U);
    EXPECT_EQ(shop.effects().messages[1].at, *parse_timestamp("2026-03-29T06:00:00Z"));
    EXPECT_EQ(shop.effects().messages[2].at, *parse_timestamp("2026-03-29T08:00:00Z"));
}

constexpr const char* kContact =
    "workspace: {contact_limits: {message: {times: 2, per: 1d}, any: {times: 3, per: day}}}\n"
    "campaigns:\n"
    "  both: {on: Viewed, do: [{message: {title: Hi}}, {webhook: {url: 'https://a.example/b'}}]}\n"
    "  other: {on: Added, do: [{message: {title: Hi}}]}\n"
    "  receipt: {on: Ordered, transactional: true, do: [{message: {title: Thanks}}]}\n";

TEST(ContactLimits, CountAcrossCampaignsAndChannels) {
    TestShop shop(kContact);
    shop.track("u", "Viewed");
    EXPECT_EQ(shop.effects().messages.size(), 1U);
    EXPECT_EQ(shop.effects().webhooks.size(), 1U);
    shop.track("u", "Added");
    shop.track("u", "Added");
    EXPECT_EQ(shop.effects().messages.size(), 2U) << "two messages a day";
    shop.track("u", "Viewed");
    EXPECT_EQ(shop.effects().webhooks.size(), 1U) << "three contacts a day";
    EXPECT_EQ(shop.effects().counts.capped, 3U);
    shop.track("u", "Ordered");
    EXPECT_EQ(shop.effects().messages.size(), 3U) << "a receipt is always sent";
    shop.pass(24 * kHour);
    shop.track("u", "Viewed");
    EXPECT_EQ(shop.effects().messages.size(), 4U);
    EXPECT_EQ(shop.effects().webhooks.size(), 2U);
}

TEST(LateAfter, EventsThatComeTooLateChangeTraitsOnly) {
    TestShop shop(
        "workspace: {late_after: 1h}\n"
        "features: {views: {count: Viewed}}\n"
        "campaigns: {c: {on: Viewed, do: [{message: {title: Hi}}]}}\n"
    );
    shop.set_now(3 * kHour);
    shop.send({.user = "u", .event = "Viewed", .at = Duration(2 * kHour)});
    EXPECT_EQ(shop.feature("u", "views"), "1");
    shop.send({.user = "u", .event = "Viewed", .id = "x", .at = Duration(2 * kHour - Duration(1))});
    EXPECT_EQ(shop.feature("u", "views"), "1");
    EXPECT_EQ(shop.effects().counts.too_late, 1U);
    EXPECT_EQ(shop.effects().messages.size(), 1U);
    EXPECT_EQ(
        shop.send({.user = "u", .event = "Viewed", .id = "x"}), Population::Verdict::Duplicate
    );
}

TEST(Merges, AreListedWithTheIdentifierThatShowedThem) {
    TestShop shop("features: {views: {count: Viewed}}\n");
    shop.send({.anonymous = "phone", .event = "Viewed"});
    shop.pass(kMinute);
    shop.send({.user = "ada", .anonymous = "phone", .event = "Viewed"});
    const std::vector<customer::Merge> merges = customer::merges(shop.blob("ada"));
    ASSERT_EQ(merges.size(), 1U);
    EXPECT_EQ(merges[0].at, kStart + kMinute);
    EXPECT_EQ(merges[0].from.text, "phone");
}

TEST(Holdout, KeepsACampaignFromItsShareOfTheCustomersAlwaysTheSame) {
    TestShop shop("campaigns: {c: {on: Viewed, holdout: 25%, do: [{message: {title: Hi}}]}}\n");
    constexpr std::size_t kCustomers = 400;
    for (int round = 0; round < 2; ++round) {
        for (std::size_t i = 0; i < kCustomers; ++i) {
            shop.track("u" + std::to_string(i), "Viewed");
        }
    }
    const std::size_t reached = shop.effects().messages.size();
    EXPECT_EQ(reached + shop.effects().counts.held_out, 2 * kCustomers);
    EXPECT_EQ(reached % 2, 0U) << "who was reached is reached again";
    EXPECT_NEAR(static_cast<double>(reached) / (2 * kCustomers), 0.75, 0.07);
}

}  // namespace
}  // namespace attune::engine
