#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "customer/merges.h"
#include "engine/test_shop.h"

// Which identifiers join customers, and how far.

namespace attune::engine {
namespace {

using customer::MergeOutcome;

constexpr const char* kShop = R"(
identifiers:
  email: {from: [traits.email, context.externalIds, context.traits.email], ignore: [n/a@shop.example]}
  phone: {from: traits.phone, merge: users}
  card:  {from: properties.card, on: [Ordered], per_customer: 2}
  badge: {from: traits.badge, merge: never}
features: {views: {count: Viewed}}
)";

constexpr Duration kHour(std::int64_t{3'600'000});

Sent identify(const std::string& user, const std::string& anonymous, const std::string& traits) {
    return {.user = user, .anonymous = anonymous, .properties = traits, .type = "identify"};
}

void view(TestShop& shop, const std::string& user, const std::string& anonymous, int times) {
    for (int i = 0; i < times; ++i) {
        shop.send({.user = user, .anonymous = anonymous, .event = "Viewed"});
    }
}

std::vector<MergeOutcome> outcomes(TestShop& shop, const std::string& user) {
    std::vector<MergeOutcome> all;
    for (const customer::Merge& one : customer::merges(shop.blob(user))) {
        all.push_back(one.outcome);
    }
    return all;
}

TEST(MergeRules, ADeclaredIdentifierLeadsToItsCustomerHoweverItIsWritten) {
    TestShop shop(kShop);
    view(shop, "ada", "", 2);
    shop.send(identify("ada", "", R"({"email":" Ada@Example.COM ","phone":"+33 6 12-34-56"})"));
    for (const char* name :
         {"email:ada@example.com", "email:ADA@example.com", "phone:0033612 3456"}) {
        EXPECT_EQ(shop.feature(name, "views"), "2") << name;
    }
    EXPECT_EQ(shop.population().customer_count(), 1U);
}

TEST(MergeRules, WhatIsNoneOfItsKindLeadsNowhere) {
    TestShop shop(kShop);
    shop.send(identify("ada", "", R"({"email":"n/a@shop.example","phone":"none"})"));
    shop.send(identify("bea", "", R"({"email":"N/A@shop.example","phone":"12"})"));
    shop.send(identify("cyd", "", R"({"email":["x"],"phone":{"a":1}})"));
    EXPECT_EQ(shop.population().customer_count(), 3U);
    EXPECT_TRUE(outcomes(shop, "ada").empty());
}

TEST(MergeRules, AnAnonymousPastIsJoinedByEmailAndTheUserGoesOn) {
    for (const bool user_first : {true, false}) {
        TestShop shop(kShop);
        view(shop, "", "phone", 3);
        view(shop, "ada", "", 2);
        const auto ada = shop.customer("ada");
        const std::uint64_t id = ada.shard->id(ada.place);
        const Sent visitor = identify("", "phone", R"({"email":"ada@b.example"})");
        const Sent user = identify("ada", "", R"({"email":"ada@b.example"})");
        shop.send(user_first ? user : visitor);
        shop.send(user_first ? visitor : user);
        EXPECT_EQ(shop.population().customer_count(), 1U);
        for (const char* name : {"ada", "phone", "email:ada@b.example"}) {
            EXPECT_EQ(shop.feature(name, "views"), "5") << name;
        }
        const auto survivor = shop.customer("phone");
        EXPECT_EQ(survivor.shard->id(survivor.place), id) << "who has a userId keeps their id";
        view(shop, "", "phone", 1);
        EXPECT_EQ(shop.feature("ada", "views"), "6");
    }
}

TEST(MergeRules, TwoUsersWithOneEmailStayTwoAndItIsNoted) {
    TestShop shop(kShop);
    view(shop, "ada", "", 1);
    view(shop, "eve", "", 1);
    shop.send(identify("ada", "", R"({"email":"ada@b.example"})"));
    for (int i = 0; i < 20; ++i) {
        shop.send(identify("eve", "", R"({"email":"ada@b.example"})"));
    }
    EXPECT_EQ(shop.population().customer_count(), 2U);
    EXPECT_EQ(outcomes(shop, "eve"), std::vector{MergeOutcome::TwoUsers});
    EXPECT_EQ(shop.effects().counts.merges_refused, 1U) << "a day long it is not asked again";
    view(shop, "ada", "", 3);
    EXPECT_EQ(shop.feature("email:ada@b.example", "views"), "4") << "it leads where it led";
    shop.pass(25 * kHour);
    shop.send(identify("eve", "", R"({"email":"ada@b.example"})"));
    EXPECT_EQ(shop.effects().counts.merges_refused, 2U);
}

TEST(MergeRules, AnIdentifierThatMayJoinUsersDoes) {
    TestShop shop(kShop);
    view(shop, "ada", "", 1);
    view(shop, "ada2", "", 1);
    shop.send(identify("ada", "", R"({"phone":"061234567"})"));
    shop.send(identify("ada2", "", R"({"phone":"06 12 34 567"})"));
    EXPECT_EQ(shop.population().customer_count(), 1U);
    EXPECT_EQ(shop.feature("ada", "views"), "2");
    const std::vector<customer::Merge> merges = customer::merges(shop.blob("ada"));
    ASSERT_EQ(merges.size(), 1U);
    EXPECT_EQ(merges[0].from.kind, customer::Identifier::Kind::Phone) << "by which they were found";
}

TEST(MergeRules, AnIdentifierThatJoinsNobodyStaysWithItsFirst) {
    TestShop shop(kShop);
    shop.send(identify("", "phone", R"({"badge":7})"));
    shop.send(identify("ada", "", R"({"badge":"7"})"));
    EXPECT_EQ(shop.population().customer_count(), 2U);
    EXPECT_EQ(outcomes(shop, "ada"), std::vector{MergeOutcome::Never});
    view(shop, "", "phone", 2);
    EXPECT_EQ(shop.feature("badge:7", "views"), "2");
}

TEST(MergeRules, ACustomerHasNoMoreOfAKindThanAllowed) {
    TestShop shop(kShop);
    const auto order = [&](const std::string& user, const std::string& card) {
        shop.send({.user = user, .event = "Ordered", .properties = R"({"card":")" + card + "\"}"});
    };
    for (const char* card : {"1", "2", "3"}) {
        order("ada", card);
    }
    EXPECT_EQ(outcomes(shop, "ada"), std::vector{MergeOutcome::TooMany});
    order("eve", "3");
    view(shop, "eve", "", 1);
    EXPECT_EQ(shop.feature("card:3", "views"), "1");
    shop.send({.user = "ada", .event = "Viewed", .properties = R"({"card":"9"})"});
    EXPECT_FALSE(shop.population().find({customer::Identifier::Kind::Other, "card:9"}))
        << "it is read from orders only";
    shop.send({.user = "ada", .type = "alias", .previous = "eve"});
    EXPECT_EQ(shop.population().customer_count(), 2U) << "together they would have three";
}

TEST(MergeRules, ACustomerTakesOverNoMoreOthersADayThanAllowed) {
    TestShop shop(
        "workspace: {limits: {merges_per_day: 2}}\n"
        "identifiers: {anonymousId: {per_customer: 4}}\n"
        "features: {views: {count: Viewed}}\n"
    );
    view(shop, "ada", "", 1);
    const auto log_in = [&](const std::string& device) {
        view(shop, "", device, 1);
        view(shop, "ada", device, 1);
    };
    for (const char* device : {"a", "b", "c"}) {
        log_in(device);
    }
    EXPECT_EQ(shop.feature("ada", "views"), "6") << "1, and 2 of a and b each, and c's second";
    EXPECT_EQ(shop.feature("c", "views"), "1");
    shop.pass(25 * kHour);
    view(shop, "ada", "c", 1);
    EXPECT_EQ(shop.feature("ada", "views"), "8") << "a day later c is taken over";
    log_in("d");
    shop.pass(25 * kHour);
    log_in("e");
    EXPECT_EQ(shop.feature("e", "views"), "1") << "a fifth device is too many";
    EXPECT_EQ(shop.effects().counts.merges_refused, 2U);
}

TEST(MergeRules, ADeviceThatIsAUsersOwnIsNotJoinedToASecondUser) {
    TestShop shop(kShop);
    view(shop, "", "tablet", 1);
    view(shop, "ada", "", 1);
    // An alias joins the user to the device, whose customer has a userId from now on.
    shop.send({.anonymous = "tablet", .type = "alias", .previous = "ada"});
    EXPECT_EQ(shop.feature("ada", "views"), "2");
    view(shop, "eve", "tablet", 1);
    EXPECT_EQ(shop.population().customer_count(), 2U);
    EXPECT_EQ(shop.feature("eve", "views"), "1");
    EXPECT_EQ(outcomes(shop, "eve"), std::vector{MergeOutcome::TwoUsers});
}

TEST(MergeRules, TheOrderOfMergingMakesNoDifferenceToWhatIsKnown) {
    // Five customers, and events that show in pairs who is who: in any order the same one is left.
    std::vector<Sent> shown{
        identify("ada", "", R"({"email":"ada@b.example"})"),
        identify("", "phone", R"({"email":"ada@b.example"})"),
        identify("", "laptop", R"({"phone":"061234567"})"),
        identify("ada", "", R"({"phone":"061234567"})"),
        {.user = "ada", .type = "alias", .previous = "old"}};
    std::vector<std::size_t> order{0, 1, 2, 3, 4};
    do {
        TestShop shop(kShop);
        view(shop, "", "phone", 1);
        view(shop, "", "laptop", 2);
        view(shop, "old", "", 4);
        view(shop, "ada", "", 8);
        for (const std::size_t i : order) {
            shop.send(shown[i]);
        }
        for (const std::size_t i : order) {
            shop.send(shown[i]);  // Shown again: nothing changes.
        }
        ASSERT_EQ(shop.population().customer_count(), 1U);
        for (const char* name :
             {"ada", "old", "phone", "laptop", "email:ada@b.example", "phone:061234567"}) {
            ASSERT_EQ(shop.feature(name, "views"), "15") << name;
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(MergeRules, WhatLedToADevicesFirstUserStaysWithThemWhoeverUsesIt) {
    TestShop shop(kShop);
    shop.send(identify("", "tablet", R"({"email":"ada@b.example"})"));
    view(shop, "ada", "tablet", 2);
    view(shop, "eve", "tablet", 1);
    view(shop, "", "tablet", 1);
    EXPECT_EQ(shop.feature("tablet", "views"), "2") << "the device is eve's now";
    EXPECT_EQ(shop.feature("email:ada@b.example", "views"), "2") << "the address is not";

    using Kind = customer::Identifier::Kind;
    const std::uint64_t eve = customer::hash_of({Kind::UserId, "eve"});
    const std::uint64_t tablet = customer::hash_of({Kind::AnonymousId, "tablet"});
    const std::vector<std::uint64_t> of_eve{eve, tablet};
    const Shard& home = *shop.population().shards()[shard_of(tablet)];
    EXPECT_EQ(home.of_others(of_eve), std::vector{tablet});
    for (const auto& shard : shop.population().shards()) {
        static_cast<void>(shard->erase(of_eve));
    }
    EXPECT_EQ(shop.feature("email:ada@b.example", "views"), "2") << "after eve was erased too";
    EXPECT_EQ(shop.feature("tablet", "views"), "2");
    EXPECT_FALSE(shop.population().find({Kind::UserId, "eve"}));
}

TEST(MergeRules, AnIdentifierIsReadFromTheContextToo) {
    TestShop shop(kShop);
    shop.send(
        {.user = "ada",
         .event = "Viewed",
         .context = R"({"externalIds":[{"type":"crm","id":"x@y"},{"type":"email","id":"a@b"}]})"}
    );
    shop.send({.user = "bea", .event = "Viewed", .context = R"({"traits":{"email":"b@b"}})"});
    EXPECT_EQ(shop.feature("email:a@b", "views"), "1");
    EXPECT_EQ(shop.feature("email:b@b", "views"), "1");
    EXPECT_FALSE(shop.population().find({customer::Identifier::Kind::Email, "x@y"}));
}

TEST(MergeRules, ALongChainOfAliasesLeadsToItsEnd) {
    TestShop shop(kShop);
    for (int i = 0; i < 300; ++i) {
        const std::string next = "user" + std::to_string(i + 1);
        view(shop, next, "", 1);
        shop.send({.user = next, .type = "alias", .previous = "user" + std::to_string(i)});
    }
    EXPECT_EQ(shop.population().customer_count(), 1U);
    EXPECT_EQ(shop.feature("user1", "views"), "300");
}

}  // namespace
}  // namespace attune::engine
