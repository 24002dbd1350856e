#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/test_shop.h"

// Patterns that are judged in the order of event time.

namespace attune::engine {
namespace {

constexpr Duration kLateness(20'000);

std::string ordered(const std::string& steps, const std::string& more = "") {
    return "patterns: {p: {sequence: [" + steps + "], judged: ordered, lateness: 20s" + more +
           "}}\n";
}

constexpr const char* kCart = "{cart: Added}, {not: Ordered, within: 30s}";

Sent at(const std::string& event, std::int64_t seconds, const std::string& id = {}) {
    return {.user = "ada", .event = event, .id = id, .at = Duration(seconds * 1'000)};
}

TEST(OrderedPattern, TakesEventsInTheOrderOfTheirTime) {
    TestShop shop(ordered("{a: A}, {b: B, within: 30s}"));
    shop.pass(Duration(10'000));
    shop.send(at("B", 9));
    shop.send(at("A", 5));
    EXPECT_TRUE(shop.firings().empty()) << "something may still come in between";
    shop.wake(Duration(19'000));
    EXPECT_TRUE(shop.firings().empty());
    shop.wake(Duration(1'000));
    EXPECT_EQ(shop.firings(), std::vector<std::string>{"p@29"});

    TestShop eager("patterns: {p: {sequence: [{a: A}, {b: B, within: 30s}]}}\n");
    eager.pass(Duration(10'000));
    eager.send(at("B", 9));
    eager.send(at("A", 5));
    eager.wake(Duration(60'000));
    EXPECT_TRUE(eager.firings().empty()) << "B came before A";
}

TEST(OrderedPattern, WaitsWithAnAbsenceUntilWhatWouldBreakItCannotComeAnyMore) {
    for (const bool in_time : {true, false}) {
        TestShop shop(ordered(kCart));
        shop.send(at("Added", 0));
        shop.wake(Duration(45'000));
        EXPECT_TRUE(shop.firings().empty()) << "eager it would have fired at 30";
        if (in_time) {
            shop.send(at("Ordered", 30));
        }
        shop.wake(Duration(15'000));
        EXPECT_EQ(shop.firings().size(), in_time ? 0U : 1U);
    }
}

TEST(OrderedPattern, PassesOverWhatIsLaterThanItsLateness) {
    TestShop shop(ordered(kCart));
    shop.send(at("Added", 0));
    shop.wake(Duration(50'001));
    EXPECT_EQ(shop.firings(), std::vector<std::string>{"p@50"});
    shop.send(at("Ordered", 20));
    EXPECT_EQ(shop.effects().counts.out_of_order, 1U);
    shop.send(at("Added", 31));
    EXPECT_EQ(shop.effects().counts.out_of_order, 1U) << "19 s late";
}

TEST(OrderedPattern, OfACustomerWhoIsJoinedToAnotherTakesWhatBothHaveWaiting) {
    TestShop shop(ordered("{a: A}, {b: B, within: 30s}"));
    shop.pass(Duration(10'000));
    shop.send({.anonymous = "phone", .event = "B", .at = Duration(9'000)});
    shop.send(at("A", 5));
    shop.send({.user = "ada", .anonymous = "phone", .event = "Other"});
    shop.wake(Duration(60'000));
    EXPECT_EQ(shop.firings(), std::vector<std::string>{"p@29"});
}

TEST(OrderedPattern, RunsItsCampaignsOnceTheOrderIsKnown) {
    TestShop shop(
        ordered("{a: A}, {b: B, within: 30s}") +
        "campaigns: {c: {on: p, do: [{webhook: {url: 'https://a.example/c'}}]}}\n"
    );
    shop.pass(Duration(10'000));
    shop.send(at("B", 9));
    shop.send(at("A", 5));
    EXPECT_TRUE(shop.effects().webhooks.empty());
    shop.wake(Duration(30'000));
    ASSERT_EQ(shop.effects().webhooks.size(), 1U);
    EXPECT_EQ(shop.effects().webhooks[0].at, kStart + Duration(29'000));
}

/// Random sequences, and what an eager pattern makes of the same events in order: the oracle.
struct Stream {
    std::string steps;
    std::string more;
    std::vector<Sent> events;  ///< In order of time.
};

Stream any_stream(std::uint64_t seed) {
    static constexpr const char* kSteps[] = {
        "{cart: A}, {not: B, within: 15s}",
        "{a: A}, {b: B, within: 20s}, {c: C, within: 20s}",
        "{a: A, times: 3, within: 40s}, {not: C, within: 5s}",
        "{a: A}, {not: C, within: 4s}, {b: B, within: 30s}",
        "{any of: [A, B]}, {c: C, within: 25s}"};
    static constexpr const char* kMore[] = {
        "", ", on_repeat: ignore", ", on_repeat: parallel up to 3", ", within: 40s"};
    std::mt19937_64 random(seed);
    Stream stream{kSteps[random() % 5], kMore[random() % 4], {}};
    std::int64_t now = 1'000;
    for (int i = 0; i < 40; ++i) {
        now += 1 + static_cast<std::int64_t>(random() % 9'000);
        Sent sent;
        sent.user = "user" + std::to_string(random() % 2);
        sent.event = std::string(1, static_cast<char>('A' + random() % 3));
        sent.id = "m" + std::to_string(i);
        sent.at = Duration(now);
        stream.events.push_back(std::move(sent));
    }
    return stream;
}

/// (customer, moment) of every firing, `behind` earlier.
std::vector<std::pair<std::uint64_t, std::int64_t>> fired(TestShop& shop, Duration behind) {
    std::vector<std::pair<std::uint64_t, std::int64_t>> all;
    for (const Firing& firing : shop.effects().firings) {
        all.emplace_back(firing.customer, (firing.at - behind).ms());
    }
    std::sort(all.begin(), all.end());
    return all;
}

TEST(OrderedPattern, GivesTheSameWhateverTheOrderWithinTheLateness) {
    std::size_t firings = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        const Stream stream = any_stream(seed);
        TestShop oracle("patterns: {p: {sequence: [" + stream.steps + "]" + stream.more + "}}\n");
        for (const Sent& sent : stream.events) {
            oracle.set_now(sent.at);
            oracle.send(sent);
        }
        oracle.wake(Duration(600'000));
        const auto expected = fired(oracle, Duration(0));
        firings += expected.size();
        const auto program = program::test_program(ordered(stream.steps, stream.more));
        std::mt19937_64 random(seed);
        for (int permutation = 0; permutation < 3; ++permutation) {
            std::vector<std::pair<Duration, std::size_t>> arrivals;
            for (std::size_t i = 0; i < stream.events.size(); ++i) {
                const Duration late(static_cast<std::int64_t>(random() % (kLateness.count() + 1)));
                arrivals.emplace_back(stream.events[i].at + late, i);
            }
            std::sort(arrivals.begin(), arrivals.end());
            TestShop shop(program);
            for (const auto& [arrives, i] : arrivals) {
                shop.set_now(arrives);
                if (random() % 3 == 0) {
                    shop.population().advance_due(shop.now());
                }
                shop.send(stream.events[i]);
                if (random() % 8 == 0) {
                    shop.send(stream.events[i]);  // Twice.
                }
            }
            shop.wake(Duration(600'000));
            ASSERT_EQ(shop.effects().counts.out_of_order, 0U);
            ASSERT_EQ(shop.effects().counts.waiting_dropped, 0U);
            ASSERT_EQ(fired(shop, kLateness), expected)
                << "seed " << seed << ", " << stream.steps << stream.more;
        }
    }
    EXPECT_GT(firings, 800U);
}

}  // namespace
}  // namespace attune::engine
