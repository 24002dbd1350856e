#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/test_world.h"

// A run that is cut off at any step and taken up again leaves what an undisturbed one leaves, byte
// for byte.

namespace attune::runtime {
namespace {

constexpr const char* kFeatures = R"(
events: {Viewed: {properties: {product: integer}}, Added: {}, Ordered: {}}
features:
  views: {count: Viewed, window: 60s}
  products: {last: Viewed, of: properties.product, keep: 5}
  total: {sum: Viewed, of: properties.product}
segments: {busy: views >= 2, idle: {when: views = 0, for at least: 20s}}
patterns: {cart: {sequence: [{cart: Added}, {not: Ordered, within: 30s}]}}
)";

constexpr const char* kCampaigns = R"(
campaigns:
  hello: {on: entered busy, limit: {times: 3, per: 10m}, do: [{message: {title: Hi}}]}
  late: {on: cart, do: [{webhook: {url: 'https://a.example/late'}}, {message: {title: Cart}}]}
)";

std::shared_ptr<const program::Program> first_program() {
    static const auto program = program::test_program(std::string(kFeatures) + kCampaigns);
    return program;
}

/// One feature less, one more; the others stay.
std::shared_ptr<const program::Program> second_program() {
    static const auto program = [] {
        std::string text = kFeatures;
        const std::string old = "  total: {sum: Viewed, of: properties.product}\n";
        text.replace(text.find(old), old.size(), "  adds: {count: Added}\n");
        return program::test_program(text + kCampaigns);
    }();
    return program;
}

struct Step {
    std::int64_t at_ms = 0;
    std::string user;
    std::string anonymous;
    std::string event;
    int product = 0;
};

std::vector<Step> any_steps(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Step> steps;
    std::int64_t now = 0;
    for (int i = 0; i < 40; ++i) {
        now += static_cast<std::int64_t>(random() % 9'000);
        const std::string person = std::to_string(random() % 3);
        const auto name = random() % 3;
        static constexpr const char* kEvents[] = {"Viewed", "Viewed", "Added", "Ordered"};
        steps.push_back(
            {now,
             name == 0 ? "" : "user" + person,
             name == 1 ? "" : "device" + person,
             kEvents[random() % 4],
             i}
        );
    }
    return steps;
}

constexpr Duration kEnd(600'000);

/// Brings the world to the time of a step, and carries it out.
void carry_out(TestWorld& world, const Step& step) {
    const Duration left = kStart + Duration(step.at_ms) - world.clock().now();
    world.pass(std::max(left, Duration(0)));
    world.track(
        step.user,
        step.event,
        "m" + std::to_string(step.product),
        step.anonymous,
        R"({"product":)" + std::to_string(step.product) + "}"
    );
    world.run();
}

void finish(TestWorld& world) {
    world.pass(kStart + kEnd - world.clock().now());
    world.run();
}

TEST(Recovery, AfterACrashAtAnyStepNothingIsDifferent) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        const std::vector<Step> steps = any_steps(seed);
        TestWorld undisturbed(first_program(), {.workers = 2, .seed = seed});
        for (const Step& step : steps) {
            carry_out(undisturbed, step);
        }
        finish(undisturbed);
        for (std::size_t crash = 0; crash <= steps.size(); ++crash) {
            TestWorld world(first_program(), {.workers = 2, .seed = seed});
            for (std::size_t i = 0; i < steps.size(); ++i) {
                if (i == crash) {
                    world.crash(1 + static_cast<unsigned>(crash % 4));
                }
                carry_out(world, steps[i]);
                if ((crash + i) % 5 == 0) {
                    world.write_behind();
                }
            }
            finish(world);
            if (crash == steps.size()) {
                world.crash(3);
            }
            ASSERT_EQ(world.customers(), undisturbed.customers())
                << "seed " << seed << ", crash at " << crash;
            const std::multiset<std::string> sent(
                world.webhooks().started.begin(), world.webhooks().started.end()
            );
            const std::multiset<std::string> expected(
                undisturbed.webhooks().started.begin(), undisturbed.webhooks().started.end()
            );
            ASSERT_EQ(sent, expected) << "seed " << seed << ", crash at " << crash;
        }
    }
}

TEST(Recovery, WhatWasNotDurableIsGoneWholeAndMayBeSentAgain) {
    for (std::uint64_t seed = 11; seed <= 13; ++seed) {
        const std::vector<Step> steps = any_steps(seed);
        TestWorld undisturbed(first_program(), {.workers = 2, .seed = seed});
        for (const Step& step : steps) {
            carry_out(undisturbed, step);
        }
        finish(undisturbed);
        for (std::size_t crash = 2; crash < steps.size(); ++crash) {
            TestWorld world(first_program(), {.workers = 2, .hold = true, .seed = seed});
            std::size_t durable = 0;
            for (std::size_t i = 0; i < crash; ++i) {
                carry_out(world, steps[i]);
                if (i % 4 == 1) {
                    world.log().release();
                    world.run();
                    world.log().release();
                    world.run();
                    durable = i + 1;
                }
            }
            const Timestamp then =
                durable == 0 ? kStart : kStart + Duration(steps[durable - 1].at_ms);
            world.set_now(then);
            world.crash(1 + static_cast<unsigned>(crash % 4));
            for (std::size_t i = durable; i < steps.size(); ++i) {
                carry_out(world, steps[i]);
                world.log().release();
                world.run();
            }
            finish(world);
            ASSERT_EQ(world.customers(), undisturbed.customers())
                << "seed " << seed << ", crash at " << crash;
        }
    }
}

TEST(Recovery, AStoreThatIsBehindOrMissingMakesNoDifference) {
    for (std::uint64_t seed = 21; seed <= 24; ++seed) {
        const std::vector<Step> steps = any_steps(seed);
        TestWorld world(first_program(), {.workers = 3, .seed = seed});
        for (std::size_t i = 0; i < steps.size(); ++i) {
            carry_out(world, steps[i]);
            if (i == 10 + seed % 10) {
                world.write_behind();
            }
        }
        const auto before = world.customers();
        world.crash(2);
        ASSERT_EQ(world.customers(), before) << "seed " << seed;
        world.write_behind();
        world.crash(5);
        ASSERT_EQ(world.customers(), before) << "seed " << seed;
        world.crash(1);
        ASSERT_EQ(world.customers(), before) << "seed " << seed;
    }
}

TEST(Recovery, AProgramChangedInTheMiddleOfTheLogReplaysExactly) {
    for (std::uint64_t seed = 31; seed <= 36; ++seed) {
        const std::vector<Step> steps = any_steps(seed);
        TestWorld world(first_program(), {.workers = 2, .seed = seed});
        for (std::size_t i = 0; i < steps.size(); ++i) {
            carry_out(world, steps[i]);
            // There and back: what the second program does not know is forgotten for good, also by
            // customers of whom nothing came in meanwhile.
            if (i == 15 || i == 20) {
                ASSERT_TRUE(
                    world.runtime().publish(i == 15 ? second_program() : first_program()).ok()
                );
                world.run();
            }
            if (i == 10 && seed % 2 == 0) {
                world.write_behind();
            }
        }
        const auto before = world.customers();
        const auto programs = [&](TestWorld& one) { return one.runtime().program()->hash; };
        ASSERT_EQ(programs(world), first_program()->hash);
        world.keep_programs({first_program(), second_program()});
        world.crash(3);
        ASSERT_EQ(world.customers(), before) << "seed " << seed;
    }
}

TEST(Recovery, AProgramChangedBetweenTwoRunsReplaysExactly) {
    const std::vector<Step> steps = any_steps(41);
    TestWorld world(first_program(), {.workers = 2, .seed = 41});
    world.keep_programs({first_program(), second_program()});
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (i == 20) {
            world.crash(2, second_program());
        }
        if (i == 21) {
            world.crash(3, first_program());
        }
        carry_out(world, steps[i]);
    }
    const auto before = world.customers();
    world.crash(1);
    ASSERT_EQ(world.customers(), before);
}

TEST(Recovery, AProgramThatIsNotKeptIsNamed) {
    TestWorld world(first_program(), {});
    world.track("ada", "Viewed", "m1", "", R"({"product":1})");
    world.run();
    MemoryStore store;
    Metrics metrics;
    Programs programs;
    TestLoops loops(1);
    Runtime::Options options;
    options.commons.log = &world.log();
    options.commons.clock = &world.clock();
    options.commons.programs = &programs;
    options.store = &store;
    options.metrics = &metrics;
    options.loops = loops.all();
    const auto runtime = Runtime::create(std::move(options), second_program());
    ASSERT_FALSE(runtime.ok());
    EXPECT_EQ(runtime.error().kind, Error::Kind::NotFound);
    EXPECT_NE(
        runtime.error().message.find(program::hash_text(first_program()->hash)), std::string::npos
    );
}

TEST(Retention, TrimsTheLogOnlyBehindTheStateAndNothingIsMissed) {
    TestWorld world(first_program(), {.workers = 2, .retention = {.bytes_max = 1}});
    TestWorld whole(first_program(), {.workers = 2});
    const std::vector<Step> steps = any_steps(7);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        carry_out(world, steps[i]);
        carry_out(whole, steps[i]);
        if (i == steps.size() / 2) {
            // The store is flushed with every thirtieth write only, and the log trimmed behind it.
            for (int round = 0; round < 30; ++round) {
                world.write_behind();
            }
        }
    }
    EXPECT_GT(world.log().begin(), Position{0});
    EXPECT_LE(world.log().begin(), world.store().durable());
    EXPECT_EQ(whole.log().begin(), Position{0});
    finish(world);
    finish(whole);
    EXPECT_EQ(world.customers(), whole.customers());
}

TEST(Retention, ForgetsQuarantinedEventsWithTheirPartOfTheLog) {
    TestWorld world(first_program(), {.workers = 1, .retention = {.bytes_max = 1}});
    world.track("u", "Viewed", "bad", "", R"({"product":"no number"})");
    world.run();
    ASSERT_EQ(world.runtime().kept().quarantined(std::nullopt, 10).value().size(), 1U);
    world.track("u", "Viewed", "good");
    world.run();
    for (int round = 0; round < 32; ++round) {
        world.write_behind();
    }
    EXPECT_TRUE(world.runtime().kept().quarantined(std::nullopt, 10).value().empty());
    EXPECT_EQ(world.runtime().numbers().quarantine_kept.value(), 0);
}

TEST(Retention, KeepsTheLogForABackupThatHasNotGotItYet) {
    Position copied{0};
    TestWorld world(
        first_program(),
        {.workers = 1, .retention = {.bytes_max = 1}, .copied_to = [&] { return copied; }}
    );
    const auto step = [&](const std::string& id) {
        world.track("u", "Viewed", id);
        world.run();
        for (int round = 0; round < 30; ++round) {
            world.write_behind();
        }
        return world.log().begin();
    };
    EXPECT_EQ(step("one"), Position{0});
    copied = world.log().end();
    EXPECT_EQ(step("two"), copied);
    EXPECT_EQ(
        world.runtime().numbers().log_backed_up.value(), static_cast<std::int64_t>(copied.index)
    );
}

constexpr Duration kDay = std::chrono::hours(24);

std::string kept_decision(TestWorld& world, const std::string& id) {
    return world.runtime().kept().decision(id).value().value_or("none");
}

TEST(Retention, ForgetsTheOldestDecisionsBeyondTheirNumber) {
    TestWorld world(first_program(), {.workers = 1, .kept = {.decisions = {.number_max = 2}}});
    for (const char* id : {"d9", "d5", "d7"}) {
        world.runtime().kept().keep_decision(id, id);
        world.write_behind();
    }
    world.write_behind();
    EXPECT_EQ(kept_decision(world, "d9"), "none");
    EXPECT_EQ(kept_decision(world, "d5"), "d5");
    EXPECT_EQ(kept_decision(world, "d7"), "d7");
    EXPECT_EQ(world.runtime().numbers().decisions_kept.value(), 2);
    EXPECT_EQ(world.runtime().numbers().decisions_forgotten.value(), 1U);
}

TEST(Retention, ForgetsDecisionsByAgeAlsoAfterARestart) {
    TestWorld world(first_program(), {.workers = 1, .kept = {.decisions = {.age_max = kDay * 30}}});
    world.runtime().kept().keep_decision("d1", "old");
    world.write_behind();
    world.set_now(kStart + kDay * 20);
    world.runtime().kept().keep_decision("d2", "new");
    world.write_behind();
    ASSERT_TRUE(world.store().flush().ok());
    world.crash(2);
    world.set_now(kStart + kDay * 31);
    world.write_behind();
    world.write_behind();
    EXPECT_EQ(kept_decision(world, "d1"), "none");
    EXPECT_EQ(kept_decision(world, "d2"), "new");
}

TEST(Retention, PutsWhatAnEarlierVersionKeptInOrder) {
    TestWorld world(first_program(), {.workers = 1, .kept = {.decisions = {.age_max = kDay * 30}}});
    StateBatch earlier;
    earlier.put(Family::Decisions, "d1", "old");
    earlier.erase(Family::Meta, std::string("kept/") + static_cast<char>(Family::Decisions));
    ASSERT_TRUE(world.store().write(earlier, world.store().position()).ok());
    world.crash(1);
    world.write_behind();
    EXPECT_EQ(kept_decision(world, "d1"), "old");
    world.set_now(kStart + kDay * 31);
    world.write_behind();
    world.write_behind();
    EXPECT_EQ(kept_decision(world, "d1"), "none");
}

}  // namespace
}  // namespace attune::runtime
