#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "customer/identifiers.h"
#include "customer/inbox.h"
#include "engine/test_shop.h"

namespace attune::engine {
namespace {

constexpr const char* kShop = R"(
features:
  views: {count: Viewed}
  products: {last: Viewed, of: properties.product, keep: 10}
patterns: {cart: {sequence: [{cart: Added}, {not: Ordered, within: 30m}]}}
campaigns:
  hello: {on: Added, limit: {times: 3, per: 1d}, do: [{message: {title: Hi, body: there}}]}
)";

constexpr Duration kSecond(1'000);

std::vector<Sent> journey() {
    const auto view = [](const char* user, const char* anonymous, int product) {
        return Sent{
            .user = user,
            .anonymous = anonymous,
            .event = "Viewed",
            .properties = R"({"product":)" + std::to_string(product) + "}",
            .id = "v" + std::to_string(product),
            .at = Duration(product * 1'000)};
    };
    return {
        view("", "phone", 1),
        view("", "laptop", 2),
        view("ada", "", 3),
        view("ada", "phone", 4),
        view("ada", "laptop", 5),
        view("", "phone", 6),
        view("", "laptop", 7)};
}

TEST(Identity, AnonymousPastBecomesTheUsersInAnyOrder) {
    std::vector<std::size_t> order{0, 1, 2, 3, 4, 5, 6};
    const std::vector<Sent> calls = journey();
    do {
        TestShop shop(kShop);
        shop.pass(100 * kSecond);
        for (const std::size_t i : order) {
            shop.send(calls[i]);
        }
        ASSERT_EQ(shop.population().customer_count(), 1U);
        for (const char* name : {"ada", "phone", "laptop"}) {
            ASSERT_EQ(shop.feature(name, "views"), "7");
            ASSERT_EQ(shop.feature(name, "products"), "[7,6,5,4,3,2,1]");
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Identity, AMergeTakesPatternsLimitsAndMessagesAlong) {
    TestShop shop(kShop);
    shop.send({.anonymous = "phone", .event = "Added"});
    shop.pass(kSecond);
    shop.send({.user = "ada", .event = "Added"});
    shop.pass(kSecond);
    shop.send(
        {.user = "ada", .anonymous = "phone", .event = "Viewed", .properties = R"({"product":1})"}
    );
    EXPECT_EQ(shop.population().customer_count(), 1U);
    EXPECT_EQ(customer::messages_after(shop.blob("ada"), 0).size(), 2U);
    shop.send({.anonymous = "phone", .event = "Added"});
    shop.send({.user = "ada", .event = "Added"});
    EXPECT_EQ(shop.effects().messages.size(), 3U) << "the limit counts what both had got";
    shop.wake(Duration(3'600'000));
    EXPECT_EQ(shop.effects().firings.size(), 1U);
    EXPECT_EQ(shop.effects().counts.merges, 1U);
}

TEST(Identity, ARepeatedCallUnderTheOtherNameIsStillARepeat) {
    TestShop shop(kShop);
    shop.send(
        {.anonymous = "phone", .event = "Viewed", .properties = R"({"product":1})", .id = "once"}
    );
    shop.send({.user = "ada", .anonymous = "phone", .event = "Added"});
    EXPECT_EQ(
        shop.send({.user = "ada", .event = "Viewed", .properties = R"({"product":1})", .id = "once"}
        ),
        Population::Verdict::Duplicate
    );
}

TEST(Identity, AnAliasJoinsTwoUsers) {
    TestShop shop(kShop);
    shop.track("old", "Viewed", R"({"product":1})");
    shop.pass(kSecond);
    shop.track("new", "Viewed", R"({"product":2})");
    shop.send({.user = "new", .type = "alias", .previous = "old"});
    shop.pass(kSecond);
    shop.track("old", "Viewed", R"({"product":3})");
    EXPECT_EQ(shop.population().customer_count(), 1U);
    EXPECT_EQ(shop.feature("new", "products"), "[3,2,1]");
    EXPECT_EQ(shop.feature("old", "products"), "[3,2,1]");
}

TEST(Identity, AliasesInARingOrAChainEndWithOneCustomer) {
    TestShop shop(kShop);
    for (const char* name : {"a", "b", "c"}) {
        shop.track(name, "Viewed", R"({"product":1})");
    }
    shop.send({.user = "b", .type = "alias", .previous = "a"});
    shop.send({.user = "c", .type = "alias", .previous = "b"});
    shop.send({.user = "a", .type = "alias", .previous = "c"});
    shop.send({.user = "a", .type = "alias", .previous = "a"});
    EXPECT_EQ(shop.population().customer_count(), 1U);
    for (const char* name : {"a", "b", "c"}) {
        EXPECT_EQ(shop.feature(name, "views"), "3");
    }
}

TEST(Identity, TwoUsersOfOneDeviceStayTwo) {
    for (const bool ada_first : {true, false}) {
        TestShop shop(kShop);
        const std::string first = ada_first ? "ada" : "grace";
        const std::string second = ada_first ? "grace" : "ada";
        shop.send({.anonymous = "tablet", .event = "Viewed", .properties = R"({"product":1})"});
        shop.send(
            {.user = first,
             .anonymous = "tablet",
             .event = "Viewed",
             .properties = R"({"product":2})"}
        );
        shop.send(
            {.user = second,
             .anonymous = "tablet",
             .event = "Viewed",
             .properties = R"({"product":3})"}
        );
        EXPECT_EQ(shop.population().customer_count(), 2U);
        EXPECT_EQ(shop.feature(first, "views"), "2") << "who came first has the device's past";
        EXPECT_EQ(shop.feature(second, "views"), "1");
        shop.send({.anonymous = "tablet", .event = "Viewed", .properties = R"({"product":4})"});
        EXPECT_EQ(shop.feature(second, "views"), "2") << "who came last has its future";
    }
}

TEST(Identity, ManyDevicesLoseNothing) {
    TestShop shop(kShop);
    for (int i = 0; i < 200; ++i) {
        const std::string device = "device" + std::to_string(i);
        shop.send({.anonymous = device, .event = "Viewed", .properties = R"({"product":1})"});
        shop.send(
            {.user = "ada",
             .anonymous = device,
             .event = "Viewed",
             .properties = R"({"product":1})"}
        );
    }
    EXPECT_EQ(shop.feature("ada", "views"), "400");
    EXPECT_EQ(shop.feature("device0", "views"), "400")
        << "also one that the customer no longer lists";
    EXPECT_LE(customer::identifiers(shop.blob("ada")).size(), customer::kIdentifiersMax);
}

TEST(Identity, ManyAliasesLoseNothing) {
    TestShop shop(kShop);
    for (int i = 0; i < 100; ++i) {
        const std::string user = "user" + std::to_string(i);
        shop.track(user, "Viewed", R"({"product":1})");
        shop.send({.user = "ada", .type = "alias", .previous = user});
    }
    EXPECT_EQ(shop.feature("ada", "views"), "100");
    EXPECT_EQ(shop.feature("user99", "views"), "100");
}

TEST(Identity, ARepeatedAbsorbChangesNothing) {
    TestShop shop(kShop);
    shop.send({.anonymous = "phone", .event = "Viewed", .properties = R"({"product":1})"});
    const OwnedIdentifier from{customer::Identifier::Kind::AnonymousId, "phone"};
    const OwnedIdentifier to{customer::Identifier::Kind::UserId, "ada"};
    auto& shards = shop.population().shards();
    const std::string state = shards[shard_of(from.view())]->release(from, to);
    EXPECT_FALSE(state.empty());
    EXPECT_EQ(shards[shard_of(from.view())]->released().size(), 1U);
    Shard& taker = *shards[shard_of(to.view())];
    for (int i = 0; i < 3; ++i) {
        taker.absorb({from, to, state}, shop.population().fold(), shop.now(), shop.effects());
    }
    EXPECT_EQ(shop.feature("phone", "views"), "1");
    shards[shard_of(from.view())]->drop_released(from);
    EXPECT_TRUE(shards[shard_of(from.view())]->released().empty());
    EXPECT_EQ(shop.feature("ada", "views"), "1");
}

TEST(Shard, ComesBackFromItsRecords) {
    TestShop shop(kShop);
    for (const Sent& sent : journey()) {
        shop.send(sent);
    }
    shop.track("grace", "Added");
    Fold& fold = shop.population().fold();
    std::vector<std::unique_ptr<Shard>> again;
    for (const auto& shard : shop.population().shards()) {
        Shard& copy = *again.emplace_back(std::make_unique<Shard>(shard->number()));
        for (const Shard::Change& change : shard->take_changes()) {
            if (!change.value) {
                continue;
            }
            const Status restored = change.table == Shard::Change::Table::Customers
                                        ? copy.restore_customer(change.key, *change.value, fold)
                                        : copy.restore_identifier(change.key, *change.value);
            ASSERT_TRUE(restored.ok());
        }
        EXPECT_FALSE(shard->changed());
        EXPECT_EQ(copy.customer_count(), shard->customer_count());
        EXPECT_EQ(copy.next_wake(), shard->next_wake());
        shard->each([&](Place place) {
            const auto other = copy.find_id(shard->id(place));
            ASSERT_TRUE(other.has_value());
            EXPECT_EQ(copy.blob(*other).bytes(), shard->blob(place).bytes());
        });
    }
    EXPECT_FALSE(Shard(0).restore_customer("short", "", fold).ok());
    EXPECT_FALSE(Shard(0).restore_customer("0123456789", "no blob", fold).ok());
    EXPECT_FALSE(Shard(0).restore_identifier("0123456789", "\x01").ok());
}

}  // namespace
}  // namespace attune::engine
