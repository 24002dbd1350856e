#include "runtime/runtime.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "customer/sections.h"
#include "decisions/decision.h"
#include "runtime/test_world.h"

namespace attune::runtime {
namespace {

using Kind = customer::Identifier::Kind;
using Status = CallResult::Status;

constexpr const char* kShop = R"(
events: {Viewed: {properties: {product: integer}}, Added: {}}
features:
  views: {count: Viewed}
  products: {last: Viewed, of: properties.product, keep: 50}
patterns: {cart: {sequence: [{cart: Added}, {not: Ordered, within: 30s}]}}
offers: {gift: {limit: {times: 1}, content: {title: A gift}}}
placements: {hero: {offers: [gift]}}
campaigns:
  hello: {on: Added, do: [{message: {title: Hi}}, {webhook: {url: 'https://a.example/added'}}]}
  late: {on: cart, do: [{webhook: {url: 'https://a.example/late'}}]}
)";

std::shared_ptr<const program::Program> shop() {
    static const auto program = program::test_program(kShop);
    return program;
}

std::string product(int number) {
    return R"({"product":)" + std::to_string(number) + "}";
}

TEST(Runtime, AcknowledgesNothingBeforeItIsDurable) {
    TestWorld world(shop(), {.hold = true});
    Submitted& one = world.track("ada", "Viewed", "m1");
    world.run();
    EXPECT_FALSE(one.done);
    world.log().release();
    EXPECT_FALSE(one.done) << "the log's thread only posts";
    world.run();
    EXPECT_TRUE(one.done);
    EXPECT_EQ(one.status(), Status::Accepted);
}

TEST(Runtime, TellsWhatBecameOfEachCall) {
    TestWorld world(shop(), {});
    Submitted& good = world.track("ada", "Viewed", "m1");
    Submitted& again = world.track("ada", "Viewed", "m1");
    Submitted& bad = world.track("ada", "Viewed", "m2", "", R"({"product":"shoe"})");
    world.run();
    EXPECT_EQ(good.status(), Status::Accepted);
    EXPECT_EQ(again.status(), Status::Duplicate);
    EXPECT_EQ(bad.status(), Status::Quarantined);
    EXPECT_EQ(bad.ticket->results[0].field, "properties.product");
    EXPECT_EQ(world.feature("ada", "views"), "1");
    const auto kept = world.runtime().kept().quarantined(std::nullopt, 10);
    ASSERT_TRUE(kept.ok());
    ASSERT_EQ(kept.value().size(), 1U);
    EXPECT_NE(kept.value()[0].json.find(R"("messageId":"m2")"), std::string::npos);
}

TEST(Runtime, RefusesWhatTheLogRefusesAndFoldsNoneOfIt) {
    TestWorld world(shop(), {});
    world.log().refuse(true);
    Submitted& refused = world.track("ada", "Viewed", "m1");
    world.run();
    EXPECT_TRUE(refused.done);
    EXPECT_EQ(refused.status(), Status::Refused);
    EXPECT_NE(refused.ticket->results[0].reason.find("it is full"), std::string::npos);
    EXPECT_EQ(world.feature("ada", "views"), "nobody") << "questions are answered all the same";
    world.log().refuse(false);
    Submitted& taken = world.track("ada", "Viewed", "m1");
    world.run();
    EXPECT_EQ(taken.status(), Status::Accepted);
}

TEST(Runtime, OnAFullDiskRefusesEventsAndStillNotesDecisionsAndTime) {
    TestWorld world(shop(), {.workers = 1});
    world.track("ada", "Viewed", "m1");
    world.run();
    world.log().fill(true);
    const Position before = world.log().end();
    Submitted& refused = world.track("ada", "Viewed", "m2");
    world.run();
    EXPECT_EQ(refused.status(), Status::Refused);
    EXPECT_TRUE(refused.ticket->results[0].disk_full);
    EXPECT_EQ(world.log().end(), before);
    EXPECT_EQ(world.feature("ada", "views"), "1");
    world.ask({Kind::UserId, "ada"}, [&](Seat seat) {
        DecisionEntry decision;
        decision.identifier = seat.identifier;
        EXPECT_TRUE(seat.worker.log_decisions(seat.shard, {decision}).ok());
    });
    world.write_behind();
    EXPECT_GT(world.log().end(), before);
    EXPECT_EQ(world.runtime().numbers().disk_full.value(), 1);
    EXPECT_EQ(world.runtime().numbers().refused_disk_full.value(), 1U);
    world.log().fill(false);
    EXPECT_EQ(world.track("ada", "Viewed", "m2").done, false);
    world.write_behind();
    EXPECT_EQ(world.feature("ada", "views"), "2");
    EXPECT_EQ(world.runtime().numbers().disk_full.value(), 0);
}

TEST(Runtime, TakesMoreAtOnceThanTheLogTakesInOneBatch) {
    TestWorld world(shop(), {.workers = 1});
    const std::string properties = R"({"note":")" + std::string(30'000, 'x') + "\"}";
    std::vector<Submitted*> all;
    for (int i = 0; i < 100; ++i) {
        all.push_back(&world.track("ada", "Viewed", "m" + std::to_string(i), "", properties));
    }
    world.run();
    for (const Submitted* one : all) {
        EXPECT_EQ(one->status(), Status::Accepted) << one->ticket->results[0].reason;
    }
    EXPECT_EQ(world.feature("ada", "views"), "100");
    std::size_t batches = 0;
    ASSERT_TRUE(read_log(world.log(), {}, [&](const LogBatch&) { ++batches; }).ok());
    EXPECT_GE(batches, 3U);
}

TEST(Runtime, JoinsCustomersOfDifferentWorkersAndKeepsEachOnesOrder) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        TestWorld world(shop(), {.workers = 1 + static_cast<unsigned>(seed % 4), .seed = seed});
        std::string expected;
        for (int i = 1; i <= 12; ++i) {
            const bool anonymous = i <= 3;
            const std::string device = i % 2 == 0 ? "phone" : "laptop";
            // The first three know the device only, the next name both, the rest one or the other.
            const bool both = !anonymous && i <= 6;
            world.track(
                anonymous || (!both && i % 3 == 0) ? "" : "ada",
                "Viewed",
                "m" + std::to_string(i),
                anonymous || both || i % 3 == 0 ? device : "",
                product(i)
            );
            // Sometimes the workers come between, sometimes all waits.
            for (std::uint64_t step = 0; step < seed % 5; ++step) {
                world.loops().run_one();
            }
        }
        world.run();
        for (const char* name : {"ada", "phone", "laptop"}) {
            const auto kind = std::string(name) == "ada" ? Kind::UserId : Kind::AnonymousId;
            ASSERT_EQ(world.feature(name, "views", kind), "12") << "seed " << seed;
        }
        ASSERT_EQ(world.customers().size(), 1U) << "seed " << seed;
    }
}

TEST(Runtime, WorksThatWaitForALinkKeepTheirOrder) {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        TestWorld world(shop(), {.workers = 3, .seed = seed});
        world.track("", "Viewed", "m0", "phone", product(0));
        world.run();
        world.track("ada", "Viewed", "m1", "phone", product(1));
        std::string seen = "not asked";
        world.track("ada", "Viewed", "m2", "", product(2));
        world.track("ada", "Viewed", "m3", "", product(3));
        world.ask({Kind::UserId, "ada"}, [&](Seat seat) {
            ASSERT_TRUE(seat.place.has_value());
            program::Frame& frame = seat.worker.fold().frame();
            frame.bind(1, seat.shard.blob(*seat.place), seat.now);
            for (const program::Feature& one : frame.program().features) {
                seen = one.name == "products" ? json::to_json(frame.value(one.slot)) : seen;
            }
        });
        world.track("ada", "Viewed", "m4", "", product(4));
        world.track("ada", "Viewed", "m5", "", product(5));
        world.run();
        // All have one time, so the order of arrival shows.
        ASSERT_EQ(seen, "[3,2,1,0]") << "a question sees what came before it; seed " << seed;
        ASSERT_EQ(world.feature("ada", "products"), "[5,4,3,2,1,0]") << "seed " << seed;
    }
}

/// The feature `views` of all customers together.
int views_in(TestWorld& world) {
    const auto program = shop();
    const auto views = std::find_if(
        program->features.begin(),
        program->features.end(),
        [](const program::Feature& one) { return one.name == "views"; }
    );
    int sum = 0;
    for (const auto& [id, bytes] : world.customers()) {
        const auto blob = customer::Blob::from_bytes(bytes);
        Arena arena;
        const Value count = customer::read(
            views->shape, blob.value().section(customer::kFeatures + views->section), kStart, arena
        );
        sum += static_cast<int>(*count.as_number().to_int64());
    }
    return sum;
}

TEST(Runtime, LinksOfManyUsersAtOnceLoseNothing) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        TestWorld world(shop(), {.workers = 4, .seed = seed});
        int sent = 0;
        const auto alias = [&](const std::string& user, const std::string& previous) {
            const std::string id = "m" + std::to_string(++sent);
            std::string call = R"({"type":"alias","messageId":")";
            call.append(id).append(R"(","userId":")").append(user);
            call.append(R"(","previousId":")").append(previous).append(R"(","timestamp":")");
            call.append(to_string(world.clock().now())).append("\"}");
            static_cast<void>(world.submit({Kind::UserId, user}, call, "", previous));
        };
        for (const char* user : {"a", "b", "c", "d"}) {
            world.track(user, "Viewed", "m" + std::to_string(++sent), "", product(1));
        }
        // A ring of them, and all at the same time.
        alias("a", "b");
        alias("b", "c");
        alias("c", "d");
        alias("d", "a");
        world.run();
        ASSERT_EQ(views_in(world), 4) << "seed " << seed;
        for (const char* user : {"a", "b", "c", "d"}) {
            ASSERT_NE(world.feature(user, "views"), "nobody") << "seed " << seed;
        }
    }
}

/// Decides on "hero" for the customer at the seat, as the API does.
std::optional<Position> decide(Seat seat, std::string& offer) {
    program::Frame& frame = seat.worker.fold().frame();
    ATTUNE_ASSERT(seat.place.has_value());
    frame.bind(seat.shard.id(*seat.place), seat.shard.blob(*seat.place), seat.now);
    const program::Program& program = seat.worker.program();
    const auto decision =
        decisions::decide(frame, {*program.placement("hero"), seat.worker.next_question(), true});
    offer = decision.offer ? program.offers[*decision.offer].name : decision.reason;
    if (!decision.counts) {
        return std::nullopt;
    }
    const auto position = seat.worker.log_decisions(
        seat.shard, {{seat.identifier, decision.id, seat.now, "hero", offer, "{}"}}
    );
    ATTUNE_ASSERT(position.ok());
    return position.value();
}

TEST(Runtime, DecisionsThatCountAreLoggedAndWaitedFor) {
    TestWorld world(shop(), {.hold = true});
    world.track("", "Viewed", "m1", "phone");
    world.track("ada", "Viewed", "m2", "phone");
    world.run();
    world.log().release();
    world.run();
    std::string offers[2];
    bool told = false;
    const auto ask = [&](Seat seat, std::string& offer) {
        EXPECT_EQ(seat.identifier.text, "ada");
        if (const auto position = decide(seat, offer)) {
            seat.worker.when_durable(*position, [&] { told = true; });
        }
    };
    for (std::string& offer : offers) {
        // Asked by the device: the decision must count for the person whom it leads to.
        world.ask({Kind::AnonymousId, "phone"}, [&](Seat seat) { ask(seat, offer); });
    }
    world.run();
    EXPECT_EQ(offers[0], "gift");
    EXPECT_EQ(offers[1], "no offer is allowed");
    EXPECT_FALSE(told);
    world.log().release();
    world.run();
    EXPECT_TRUE(told);
    EXPECT_EQ(world.customers().size(), 1U);
    const auto before = world.customers();
    world.crash(3);
    EXPECT_EQ(world.customers(), before);
}

TEST(Runtime, EffectsLeaveOnlyOnceTheirCauseIsDurable) {
    TestWorld world(shop(), {.hold = true});
    world.track("ada", "Added", "m1");
    world.run();
    EXPECT_TRUE(world.webhooks().started.empty());
    world.log().release();
    world.run();
    EXPECT_EQ(world.webhooks().started.size(), 1U);
}

TEST(Runtime, WhatWasDeliveredIsNotSentAgainAndWhatWasNotIs) {
    TestWorld world(shop(), {});
    world.track("ada", "Added", "m1");
    world.run();
    ASSERT_EQ(world.webhooks().started.size(), 1U);
    world.webhooks().holds = true;
    world.track("grace", "Added", "m2");
    world.run();
    ASSERT_EQ(world.webhooks().started.size(), 2U);
    const std::string owed = world.webhooks().started[1];
    world.webhooks().holds = false;
    for (const bool stored : {false, true}) {
        if (stored) {
            world.write_behind();
        }
        const std::size_t before = world.webhooks().started.size();
        world.crash(stored ? 1 : 3);
        if (!stored) {
            ASSERT_EQ(world.webhooks().started.size(), before + 1) << "owed, and the log is idle";
            EXPECT_EQ(world.webhooks().started.back(), owed);
        } else {
            EXPECT_EQ(world.webhooks().started.size(), before);
        }
    }
}

TEST(Runtime, DeadlinesPassThoughNobodyCalls) {
    TestWorld world(shop(), {});
    world.track("ada", "Added", "m1");
    world.run();
    world.pass(Duration(29'000));
    EXPECT_EQ(world.webhooks().started.size(), 1U);
    world.pass(Duration(2'000));
    EXPECT_EQ(world.webhooks().started.size(), 2U);
    world.pass(Duration(200'000));
    EXPECT_EQ(world.webhooks().started.size(), 2U);
}

TEST(Runtime, ListenersHearMessagesOnceTheyAreDurable) {
    TestWorld world(shop(), {.hold = true});
    std::vector<std::uint32_t> heard;
    int moved = 0;
    world.ask({Kind::AnonymousId, "phone"}, [&](Seat seat) {
        seat.worker.listen(
            customer::hash_of(seat.identifier.view()),
            {[&](std::uint32_t sequence, const std::string&) { heard.push_back(sequence); },
             [&] { ++moved; }}
        );
    });
    world.run();
    world.track("", "Added", "m1", "phone");
    world.run();
    EXPECT_TRUE(heard.empty());
    world.log().release();
    world.run();
    EXPECT_EQ(heard, std::vector<std::uint32_t>{1});
    world.track("ada", "Viewed", "m2", "phone");
    world.run();
    EXPECT_EQ(moved, 1);
}

TEST(Runtime, KeepsDecisionsOfCampaigns) {
    TestWorld world(
        program::test_program(R"(
offers: {gift: {content: {title: A gift}}}
placements: {hero: {offers: [gift]}}
campaigns: {c: {on: Added, decide: hero, do: [{message: {title: Hi}}]}}
)"),
        {}
    );
    world.track("ada", "Added", "m1");
    world.write_behind();
    std::vector<std::string> ids;
    ASSERT_TRUE(world.store()
                    .scan(
                        Family::Decisions,
                        {},
                        [&](auto key, auto) {
                            ids.emplace_back(key);
                            return true;
                        }
                    )
                    .ok());
    ASSERT_EQ(ids.size(), 1U);
    const auto kept = world.runtime().kept().decision(ids[0]);
    ASSERT_TRUE(kept.ok() && kept.value().has_value());
    EXPECT_NE(kept.value()->find(R"("placement":"hero")"), std::string::npos);
}

}  // namespace
}  // namespace attune::runtime
