#include <set>
#include <string>

#include <gtest/gtest.h>

#include "customer/memberships.h"
#include "runtime/test_world.h"

// A newly published segment is computed for everybody while traffic flows.

namespace attune::runtime {
namespace {

using Kind = customer::Identifier::Kind;

constexpr const char* kFeatures = "features: {views: {count: Viewed}}\n";

std::shared_ptr<const program::Program> without() {
    static const auto program = program::test_program(kFeatures);
    return program;
}

std::shared_ptr<const program::Program> with_segment() {
    static const auto program = program::test_program(
        std::string(kFeatures) +
        "segments: {busy: views >= 2}\n"
        "campaigns: {hello: {on: entered busy, do: [{webhook: {url: 'https://a.example/b'}}]}}\n"
    );
    return program;
}

constexpr int kCustomers = 3'000;

std::string user(int number) {
    return "user" + std::to_string(number);
}

/// Every second customer has two views.
void fill(TestWorld& world) {
    for (int i = 0; i < kCustomers; ++i) {
        world.track(user(i), "Viewed", "a" + std::to_string(i));
        if (i % 2 == 0) {
            world.track(user(i), "Viewed", "b" + std::to_string(i));
        }
    }
    world.run();
}

std::size_t members(TestWorld& world) {
    std::size_t count = 0;
    for (const auto& [id, bytes] : world.customers()) {
        const auto blob = customer::Blob::from_bytes(bytes);
        count += customer::is_member(blob.value(), with_segment()->segments[0].id) ? 1U : 0U;
    }
    return count;
}

std::size_t left(TestWorld& world) {
    std::size_t count = 0;
    for (const auto& worker : world.runtime().workers()) {
        count += worker->judging().left;
    }
    return count;
}

void publish(TestWorld& world) {
    ASSERT_TRUE(world.runtime().publish(with_segment()).ok());
    world.run();
}

TEST(Judging, EverybodyIsInANewSegmentOnceItIsComputed) {
    TestWorld world(without(), {.workers = 3});
    fill(world);
    publish(world);
    EXPECT_EQ(left(world), static_cast<std::size_t>(kCustomers));
    EXPECT_EQ(members(world), 0U) << "a part at a time, behind what comes in";
    world.pass(Duration(5));
    world.run();
    EXPECT_LT(left(world), static_cast<std::size_t>(kCustomers));
    EXPECT_GT(left(world), 0U);
    world.track(user(1), "Viewed", "c1");
    world.run();
    EXPECT_EQ(world.webhooks().started.size(), 1U) << "traffic goes on, and campaigns with it";
    world.pass(Duration(2'000));
    world.run();
    EXPECT_EQ(left(world), 0U);
    EXPECT_EQ(members(world), kCustomers / 2 + 1U);
    EXPECT_EQ(world.webhooks().started.size(), 1U) << "nobody is written to for what was so before";
    EXPECT_EQ(world.runtime().numbers().segments_left.value(), 0);
}

TEST(Judging, GoesOnAfterACrashAndReplaysTheSame) {
    for (const int cut_ms : {0, 3, 9, 50, 3'000}) {
        TestWorld world(without(), {.workers = 2});
        world.keep_programs({without(), with_segment()});
        fill(world);
        publish(world);
        world.pass(Duration(cut_ms));
        world.run();
        if (cut_ms == 9) {
            world.write_behind();
        }
        const auto before = world.customers();
        const std::size_t members_before = members(world);
        world.keep_programs({without(), with_segment()});
        world.crash(3, with_segment());
        ASSERT_EQ(world.customers(), before) << cut_ms;
        ASSERT_EQ(members(world), members_before) << cut_ms;
        world.pass(Duration(3'000));
        world.run();
        ASSERT_EQ(members(world), kCustomers / 2) << cut_ms;
        ASSERT_EQ(left(world), 0U);
    }
}

TEST(Judging, WaitsWhileTheLogTakesNothing) {
    TestWorld world(without(), {.workers = 1});
    fill(world);
    publish(world);
    world.log().fill(true);
    world.pass(Duration(3'000));
    world.run();
    EXPECT_EQ(left(world), static_cast<std::size_t>(kCustomers));
    world.log().fill(false);
    world.pass(Duration(3'000));
    world.run();
    EXPECT_EQ(members(world), kCustomers / 2);
}

}  // namespace
}  // namespace attune::runtime
