#include <string>

#include <gtest/gtest.h>

#include "customer/inbox.h"
#include "engine/effect_text.h"
#include "engine/test_shop.h"

namespace attune::engine {
namespace {

constexpr Duration kHour(3'600'000);

constexpr const char* kShop = R"(
events: {Viewed: {properties: {product: string}}}
campaigns:
  hello:
    on: Viewed
    when: properties.product = "shoe"
    consent: marketing
    limit: {times: 2, per: 1d}
    do:
      - message: {title: "Hi {{ traits.name }}", body: "{{ properties.product }}", content: {code: "{{ 1 + 1 }}"}}
      - email: {to: traits.email, subject: "For {{ traits.name }}", text: Hello}
      - webhook: {url: "https://a.example/{{ user id }}", body: {product: "{{ properties.product }}"}}
)";

void agree(TestShop& shop, const std::string& user) {
    shop.send(
        {.user = user,
         .properties = R"({"name":"Ada","email":"ada@example.com","consent":{"marketing":true}})",
         .type = "identify"}
    );
}

TEST(Campaign, ActsWithEverythingRendered) {
    TestShop shop(kShop);
    agree(shop, "u");
    shop.track("u", "Viewed", R"({"product":"shoe"})");
    ASSERT_EQ(shop.effects().messages.size(), 1U);
    ASSERT_EQ(shop.effects().emails.size(), 1U);
    ASSERT_EQ(shop.effects().webhooks.size(), 1U);
    const MessageEffect& message = shop.effects().messages[0];
    EXPECT_EQ(
        message.body,
        "{\"id\":\"" + effect_text(message.id) +
            R"(","campaign":"hello","title":"Hi Ada","body":"shoe","content":{"code":2},)" +
            R"("sentAt":"2026-01-01T00:00:00.000Z"})"
    );
    EXPECT_EQ(shop.effects().emails[0].to, "ada@example.com");
    EXPECT_EQ(shop.effects().emails[0].subject, "For Ada");
    EXPECT_EQ(shop.effects().webhooks[0].url, "https://a.example/u");
    EXPECT_EQ(shop.effects().webhooks[0].body, R"({"product":"shoe"})");
    ASSERT_EQ(customer::messages_after(shop.blob("u"), 0).size(), 1U);
}

TEST(Campaign, IsSilentWithoutConsentConditionOrAddress) {
    TestShop shop(kShop);
    shop.track("stranger", "Viewed", R"({"product":"shoe"})");
    agree(shop, "u");
    shop.track("u", "Viewed", R"({"product":"hat"})");
    EXPECT_TRUE(shop.effects().messages.empty());
    shop.send({.user = "v", .properties = R"({"consent":{"marketing":true}})", .type = "identify"});
    shop.track("v", "Viewed", R"({"product":"shoe"})");
    EXPECT_EQ(shop.effects().messages.size(), 1U);
    EXPECT_TRUE(shop.effects().emails.empty()) << "there is nobody to write to";
}

TEST(Campaign, KeepsItsLimit) {
    TestShop shop(kShop);
    agree(shop, "u");
    for (int i = 0; i < 5; ++i) {
        shop.track("u", "Viewed", R"({"product":"shoe"})");
        shop.pass(kHour);
    }
    EXPECT_EQ(shop.effects().emails.size(), 2U);
    shop.pass(19 * kHour);
    shop.track("u", "Viewed", R"({"product":"shoe"})");
    EXPECT_EQ(shop.effects().emails.size(), 3U) << "the first use is a day old";
}

TEST(Campaign, TheSameCauseHasTheSameIds) {
    const auto ids = [] {
        TestShop shop(kShop);
        agree(shop, "u");
        shop.track("u", "Viewed", R"({"product":"shoe"})");
        return std::vector<std::uint64_t>{
            shop.effects().messages[0].id,
            shop.effects().emails[0].id,
            shop.effects().webhooks[0].id};
    };
    EXPECT_EQ(ids(), ids());
    EXPECT_NE(ids()[0], ids()[1]);
    EXPECT_NE(ids()[1], ids()[2]);
}

TEST(Campaign, ARepeatedEventDoesNothing) {
    TestShop shop(kShop);
    agree(shop, "u");
    const Sent sent{
        .user = "u", .event = "Viewed", .properties = R"({"product":"shoe"})", .id = "once"};
    EXPECT_EQ(shop.send(sent), Population::Verdict::Accepted);
    const auto before = shop.all_bytes();
    EXPECT_EQ(shop.send(sent), Population::Verdict::Duplicate);
    EXPECT_EQ(shop.all_bytes(), before);
    EXPECT_EQ(shop.effects().counts.duplicates, 1U);
    EXPECT_EQ(shop.effects().emails.size(), 1U);
}

TEST(Campaign, WhatTheCustomerDoesWithAMessageIsKept) {
    TestShop shop(kShop);
    agree(shop, "u");
    shop.track("u", "Viewed", R"({"product":"shoe"})");
    const std::string property =
        R"({"message_id":")" + effect_text(shop.effects().messages[0].id) + "\"}";
    shop.track("u", "Message Shown", property);
    ASSERT_EQ(customer::messages_after(shop.blob("u"), 0).size(), 1U);
    EXPECT_TRUE(customer::messages_after(shop.blob("u"), 0)[0].shown);
    shop.track("u", "Message Dismissed", R"({"message_id":"nonsense"})");
    EXPECT_EQ(customer::messages_after(shop.blob("u"), 0).size(), 1U);
    shop.track("u", "Message Dismissed", property);
    EXPECT_TRUE(customer::messages_after(shop.blob("u"), 0).empty());
}

TEST(Campaign, DecidesOnAnOfferAndUsesItsLimit) {
    TestShop shop(R"(
offers:
  gift: {content: {title: A gift}, limit: {times: 1}}
  card: {content: {title: A card}, priority: -1}
placements: {hero: {offers: [gift, card]}}
campaigns:
  send: {on: Viewed, decide: hero, do: [{webhook: {url: 'https://a.example/{{ offer.name }}'}}]}
)");
    shop.track("u", "Viewed");
    shop.track("u", "Viewed");
    ASSERT_EQ(shop.effects().webhooks.size(), 2U);
    EXPECT_EQ(shop.effects().webhooks[0].url, "https://a.example/gift");
    EXPECT_EQ(shop.effects().webhooks[1].url, "https://a.example/card");
    ASSERT_EQ(shop.effects().decisions.size(), 2U);
    EXPECT_NE(
        shop.effects().decisions[1].find("limit of 1 time in all is used up"), std::string::npos
    );
}

TEST(Campaign, IsQuietWhenNoOfferIsAllowed) {
    TestShop shop(R"(
offers: {gift: {content: {title: A gift}, eligible: traits.vip = true}}
placements: {hero: {offers: [gift]}}
campaigns:
  send: {on: Viewed, decide: hero, do: [{webhook: {url: 'https://a.example/x'}}]}
)");
    shop.track("u", "Viewed");
    EXPECT_TRUE(shop.effects().webhooks.empty());
    EXPECT_EQ(shop.effects().decisions.size(), 1U);
}

}  // namespace
}  // namespace attune::engine
