#include "runtime/erasure.h"

#include <gtest/gtest.h>

#include "runtime/test_world.h"

namespace attune::runtime {
namespace {

using Kind = customer::Identifier::Kind;

std::shared_ptr<const program::Program> counting() {
    return program::test_program(R"(
features:
  views: {count: Viewed}
campaigns:
  tell:
    on: Viewed
    do: [{webhook: {url: "https://hooks.example.com/told"}}]
)");
}

std::uint64_t hash(Kind kind, const std::string& text) {
    return customer::hash_of(customer::Identifier{kind, text});
}

/// Erases in the fold; what was owed.
std::size_t erase(TestWorld& world, const std::vector<std::uint64_t>& identifiers) {
    const auto entry = std::make_shared<const EraseEntry>(EraseEntry{identifiers});
    std::size_t deliveries = 0;
    std::size_t done = 0;
    for (const auto& worker : world.runtime().workers()) {
        Worker* const one = worker.get();
        one->loop().post([&, one] {
            one->erase(entry, [&](const Result<std::vector<std::string>>& erased) {
                EXPECT_TRUE(erased.ok());
                deliveries += erased.value().size();
                ++done;
            });
        });
    }
    world.run();
    EXPECT_EQ(done, world.runtime().workers().size());
    return deliveries;
}

/// Rewrites the log as an eraser does.
void rewrite(TestWorld& world, const std::vector<std::uint64_t>& identifiers, Position before) {
    ErasureFilter filter({{"x1", kStart, before, Position{}, identifiers, {}}});
    ASSERT_TRUE(filter.read(world.log()).ok());
    ASSERT_TRUE(world.log()
                    .rewrite(
                        {.end = filter.end(),
                         .edit = [&](Position position, std::span<char> entry
                                 ) { return filter.edit(position, entry); }}
                    )
                    .ok());
}

std::string log_bytes(TestWorld& world) {
    std::string all;
    EXPECT_TRUE(read_log(world.log(), world.log().begin(), [&](const LogBatch& batch) {
                    all += batch.entries;
                }).ok());
    return all;
}

const std::vector<std::uint64_t>& ada() {
    static const std::vector<std::uint64_t> identifiers{
        hash(Kind::UserId, "ada"), hash(Kind::AnonymousId, "adas-phone")};
    return identifiers;
}

void live(TestWorld& world) {
    world.webhooks().holds = true;
    world.track("", "Viewed", "m1", "adas-phone");
    world.run();
    world.track("ada", "Viewed", "m2", "adas-phone");
    world.track("bob", "Viewed", "m3");
    world.run();
}

TEST(Erasure, ForgetsTheCustomerUnderEveryNameAndWhatIsOwed) {
    TestWorld world(counting(), {.workers = 3});
    live(world);
    ASSERT_EQ(world.feature("ada", "views"), "2");
    EXPECT_EQ(erase(world, ada()), 2U);
    EXPECT_EQ(world.feature("ada", "views"), "nobody");
    EXPECT_EQ(world.feature("adas-phone", "views", Kind::AnonymousId), "nobody");
    EXPECT_EQ(world.feature("bob", "views"), "1");
}

TEST(Erasure, IsRepeatedByAReplayAndSparesWhoComesBack) {
    TestWorld world(counting(), {.workers = 2});
    live(world);
    static_cast<void>(erase(world, ada()));
    world.track("ada", "Viewed", "m4");
    world.run();
    const auto before = world.customers();
    for (const unsigned workers : {1U, 3U}) {
        world.crash(workers);
        EXPECT_EQ(world.customers(), before);
        EXPECT_EQ(world.feature("ada", "views"), "1");
    }
}

TEST(Erasure, IsOutOfTheStoreWithTheNextWrite) {
    TestWorld world(counting(), {.workers = 2});
    live(world);
    world.write_behind();
    static_cast<void>(erase(world, ada()));
    world.write_behind();
    for (const Family family : {Family::Customers, Family::Identifiers, Family::Outbox}) {
        std::string all;
        ASSERT_TRUE(world.store()
                        .scan(
                            family,
                            {},
                            [&](auto, auto value) {
                                all += value;
                                return true;
                            }
                        )
                        .ok());
        EXPECT_EQ(all.find("ada"), std::string::npos) << static_cast<int>(family);
    }
}

TEST(Erasure, LeavesALogWithoutTheCustomerThatFoldsToTheSame) {
    TestWorld world(counting(), {.workers = 2});
    live(world);
    const Position before = world.log().end();
    static_cast<void>(erase(world, ada()));
    const auto customers = world.customers();
    ASSERT_NE(log_bytes(world).find("ada"), std::string::npos);
    rewrite(world, ada(), before);
    EXPECT_EQ(log_bytes(world).find("ada"), std::string::npos);
    EXPECT_NE(log_bytes(world).find("bob"), std::string::npos);
    world.crash(3);
    EXPECT_EQ(world.customers(), customers);
}

TEST(Erasure, LeavesToTheirOwnerWhatADeviceDidBeforeSomebodyElseUsedIt) {
    TestWorld world(counting(), {.workers = 2});
    live(world);
    // Carl signs in on Ada's phone: from now on it leads to him, its past stays hers.
    world.track("carl", "Viewed", "m4", "adas-phone");
    world.run();
    const std::vector<std::uint64_t> carl{
        hash(Kind::UserId, "carl"), hash(Kind::AnonymousId, "adas-phone")};
    const Position before = world.log().end();
    static_cast<void>(erase(world, carl));
    rewrite(world, carl, before);
    EXPECT_EQ(log_bytes(world).find("carl"), std::string::npos);
    EXPECT_EQ(world.feature("carl", "views"), "nobody");
    EXPECT_EQ(world.feature("ada", "views"), "2");
    const auto customers = world.customers();
    world.crash(1);
    EXPECT_EQ(world.customers(), customers);
}

TEST(Erasure, TakesAlongWhatCameInBetweenTheAskingAndTheForgetting) {
    TestWorld world(counting(), {.workers = 2});
    live(world);
    const Position before = world.log().end();
    world.track("ada", "Viewed", "late-one");
    world.run();
    static_cast<void>(erase(world, ada()));
    world.track("ada", "Viewed", "comes-back");
    world.run();
    const auto customers = world.customers();
    rewrite(world, ada(), before);
    EXPECT_EQ(log_bytes(world).find("late-one"), std::string::npos);
    EXPECT_NE(log_bytes(world).find("comes-back"), std::string::npos);
    world.crash(1);
    EXPECT_EQ(world.customers(), customers);
    EXPECT_EQ(world.feature("ada", "views"), "1");
}

TEST(Erasure, IsNotUndoneBySomebodyWhoTakesTheDeviceOverLater) {
    TestWorld world(counting(), {.workers = 2});
    live(world);
    const Position before = world.log().end();
    static_cast<void>(erase(world, ada()));
    // The phone begins anew, and then turns out to be Bob's.
    world.track("", "Viewed", "m5", "adas-phone");
    world.run();
    world.track("bob", "Viewed", "m6", "adas-phone");
    world.run();
    rewrite(world, ada(), before);
    EXPECT_EQ(log_bytes(world).find("\"m1\""), std::string::npos) << "the phone's past was Ada's";
    EXPECT_NE(log_bytes(world).find("\"m5\""), std::string::npos);
    EXPECT_EQ(world.feature("bob", "views"), "3");
}

TEST(Erasure, KnowsInWhichStatesACustomerIsStillTheOneErased) {
    TestWorld world(counting(), {.workers = 1});
    live(world);
    const Position before = world.log().end();
    static_cast<void>(erase(world, ada()));
    const Position after = world.log().end();
    const auto still_there = [&](Position folded, Position state) {
        ErasureFilter filter({{"x1", kStart, before, folded, ada(), {}}});
        return filter.customers_in(state).size();
    };
    EXPECT_EQ(still_there(Position{}, after), 2U) << "nobody has folded it yet";
    EXPECT_EQ(still_there(after, before), 2U);
    EXPECT_EQ(still_there(after, after), 0U) << "who is there has come back";
    // A log that holds the erase entries says so itself.
    ErasureFilter filter({{"x1", kStart, before, Position{}, ada(), {}}});
    ASSERT_TRUE(filter.read(world.log()).ok());
    EXPECT_EQ(filter.customers_in(before).size(), 2U);
    EXPECT_EQ(filter.customers_in(after).size(), 0U);
}

TEST(Erasure, KnowsMarksByTheirCustomerWhenTheDeliveryIsLongGone) {
    ErasureFilter filter({{"x1", kStart, Position{9}, Position{}, ada(), {}}});
    const auto mark = [](const std::string& customer) {
        const delivery::Mark one{
            delivery::Mark::Kind::Dead,
            "d1",
            kStart,
            3,
            "550 no such user: ada@example.org",
            customer};
        return std::string(EntryHead{EntryKind::Mark, 0}.bytes()) + encode(one);
    };
    std::string theirs = mark(program::customer_text(ada()[0]));
    std::string another = mark("c0000000000000007");
    std::string nobody_knows = mark("");
    EXPECT_FALSE(filter.edit(Position{9}, theirs)) << "who has come back";
    EXPECT_TRUE(filter.edit(Position{8}, theirs));
    EXPECT_EQ(theirs.find("ada@example.org"), std::string::npos);
    EXPECT_FALSE(filter.edit(Position{8}, another));
    EXPECT_FALSE(filter.edit(Position{8}, nobody_knows));
}

TEST(Erasure, CanBeToldToStopReading) {
    TestWorld world(counting(), {.workers = 1});
    live(world);
    ErasureFilter filter({{"x1", kStart, world.log().end(), Position{}, ada(), {}}});
    EXPECT_EQ(
        filter.read(world.log(), [] { return false; }).error().kind, Error::Kind::Unavailable
    );
}

TEST(Erasure, KnowsDecisionsByTheirCustomer) {
    ErasureFilter filter({{"x1", kStart, Position{9}, Position{}, ada(), {}}});
    const std::string name = program::customer_text(ada()[1]);
    EXPECT_TRUE(filter.has_decision(R"({"id":"d1","customer":")" + name + R"(","at":""})"));
    EXPECT_FALSE(filter.has_decision(R"({"id":"d1","customer":"c0000000000000000"})"));
    EXPECT_FALSE(filter.has_decision("{}"));
    const auto decision = [&](Timestamp at) {
        return R"({"id":"d1","customer":")" + name + R"(","placement":"p","at":")" + to_string(at) +
               R"("})";
    };
    EXPECT_TRUE(filter.has_decision(decision(kStart)));
    EXPECT_FALSE(filter.has_decision(decision(kStart + Duration(1)))) << "who has come back";
}

}  // namespace
}  // namespace attune::runtime
