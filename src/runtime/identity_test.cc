#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "customer/identifiers.h"
#include "customer/merges.h"
#include "runtime/fold_check.h"
#include "runtime/test_world.h"

// Customers joined by declared identifiers, over several threads, through crashes and replays.

namespace attune::runtime {
namespace {

using customer::Identifier;
using engine::OwnedIdentifier;
using Kind = Identifier::Kind;

std::shared_ptr<const program::Program> shop() {
    static const auto program = program::test_program(R"(
workspace: {limits: {merges_per_day: 3}}
identifiers:
  email: {from: traits.email}
  phone: {from: traits.phone, merge: users}
  club:  {from: traits.club, per_customer: 2}
features:
  views: {count: Viewed}
  recent: {count: Viewed, window: 60s}
segments: {busy: recent >= 2}
patterns: {cart: {sequence: [{cart: Added}, {not: Ordered, within: 30s}]}}
campaigns: {hello: {on: cart, do: [{message: {title: Hi}}]}}
)");
    return program;
}

struct Step {
    Duration at{0};
    std::string user;
    std::string anonymous;
    std::string event;
    std::vector<OwnedIdentifier> names;
    std::string id;
};

/// People with a few names each, who sometimes show one of somebody else's.
std::vector<Step> any_steps(std::uint64_t seed, int count) {
    std::mt19937_64 random(seed);
    std::vector<Step> steps;
    Duration at(0);
    for (int i = 0; i < count; ++i) {
        at = at + Duration(static_cast<std::int64_t>(random() % 9'000));
        const auto person = random() % 4;
        const auto shown = std::to_string(random() % 5 == 0 ? random() % 4 : person);
        Step step;
        step.at = at;
        const auto who = random() % 3;
        step.user = who == 0 ? "" : "user" + std::to_string(person);
        step.anonymous = who == 1 ? "" : "device" + std::to_string(person * 2 + random() % 2);
        static constexpr const char* kEvents[] = {"Viewed", "Viewed", "Added", "Ordered"};
        step.event = kEvents[random() % 4];
        if (random() % 2 == 0) {
            step.names.push_back({Kind::Email, "p" + shown + "@b.example"});
        }
        if (random() % 6 == 0) {
            step.names.push_back({Kind::Phone, "3360000" + shown});
        }
        if (random() % 3 == 0) {
            step.names.push_back({Kind::Other, "club:" + shown + std::to_string(random() % 3)});
        }
        step.id = "m" + std::to_string(i);
        steps.push_back(std::move(step));
    }
    return steps;
}

void send(TestWorld& world, const Step& step) {
    std::string json = R"({"type":"track","messageId":")" + step.id + R"(","event":")" +
                       step.event + R"(","timestamp":")" + to_string(kStart + step.at) + "\"";
    json += step.user.empty() ? "" : R"(,"userId":")" + step.user + "\"";
    json += step.anonymous.empty() ? "" : R"(,"anonymousId":")" + step.anonymous + "\"";
    json += "}";
    static_cast<void>(world.submit(
        step.user.empty() ? OwnedIdentifier{Kind::AnonymousId, step.anonymous}
                          : OwnedIdentifier{Kind::UserId, step.user},
        json,
        step.user.empty() ? "" : step.anonymous,
        "",
        step.names
    ));
}

void carry_out(TestWorld& world, const Step& step) {
    world.pass(std::max(kStart + step.at - world.clock().now(), Duration(0)));
    send(world, step);
    world.run();
}

std::int64_t views_in(TestWorld& world) {
    std::int64_t views = 0;
    program::Frame frame(*shop());
    for (const auto& [id, bytes] : world.customers()) {
        auto blob = customer::Blob::from_bytes(bytes);
        ATTUNE_ASSERT(blob.ok());
        frame.bind(id, blob.value(), world.clock().now());
        views += frame.value(shop()->features.back().slot).as_number().to_int64().value();
    }
    return views;
}

std::int64_t views_among(const std::vector<Step>& steps) {
    return std::count_if(steps.begin(), steps.end(), [](const Step& step) {
        return step.event == "Viewed";
    });
}

/// Whom an identifier leads to: the customer's id, or 0.
std::uint64_t customer_of(TestWorld& world, const OwnedIdentifier& identifier) {
    std::uint64_t id = 0;
    world.ask(identifier, [&](Seat seat) { id = seat.place ? seat.shard.id(*seat.place) : 0; });
    world.run();
    return id;
}

/// What is listed with a customer leads to that customer and nobody else.
void expect_lists_lead_home(TestWorld& world, const std::string& of) {
    for (const auto& [id, bytes] : world.customers()) {
        const auto blob = customer::Blob::from_bytes(bytes);
        for (const Identifier& one : customer::identifiers(blob.value())) {
            // A device leads to who used it last, and stays listed with who used it before.
            if (one.kind != Kind::AnonymousId) {
                ASSERT_EQ(customer_of(world, {one.kind, std::string(one.text)}), id)
                    << of << ", " << one.text;
            }
        }
    }
}

TEST(Identity, AfterACrashAtAnyStepTheSameCustomersAreLeft) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const std::vector<Step> steps = any_steps(seed, 30);
        TestWorld undisturbed(shop(), {.workers = 2, .seed = seed});
        for (const Step& step : steps) {
            carry_out(undisturbed, step);
        }
        const std::string of = "seed " + std::to_string(seed);
        ASSERT_EQ(views_in(undisturbed), views_among(steps)) << of;
        expect_lists_lead_home(undisturbed, of);
        for (std::size_t crash = 0; crash <= steps.size(); ++crash) {
            TestWorld world(shop(), {.workers = 3, .seed = seed});
            for (std::size_t i = 0; i < steps.size(); ++i) {
                if (i == crash) {
                    world.crash(1 + static_cast<unsigned>(crash % 4));
                }
                carry_out(world, steps[i]);
                if ((crash + i) % 7 == 0) {
                    world.write_behind();
                }
            }
            if (crash == steps.size()) {
                world.crash(2);
            }
            ASSERT_EQ(world.customers(), undisturbed.customers()) << of << ", crash at " << crash;
        }
    }
}

TEST(Identity, ClaimsOfManyAtOnceLoseNothingAndReplayTheSame) {
    std::uint64_t joined = 0;
    std::uint64_t refused = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const std::vector<Step> steps = any_steps(seed, 60);
        TestWorld world(shop(), {.workers = 4, .seed = seed});
        world.set_now(kStart + steps.back().at);
        for (std::size_t i = 0; i < steps.size(); ++i) {
            send(world, steps[i]);
            if (i % 10 == 9) {
                world.run();
            }
        }
        world.run();
        const std::string of = "seed " + std::to_string(seed);
        ASSERT_EQ(views_in(world), views_among(steps)) << of;
        expect_lists_lead_home(world, of);
        for (const auto& worker : world.runtime().workers()) {
            joined += worker->counts().merges;
            refused += worker->counts().merges_refused;
        }
        world.write_behind();
        Programs programs;
        ASSERT_TRUE(programs.add(shop()).ok());
        const Result<FoldCheck> check = check_fold(world.log(), world.store(), programs);
        ASSERT_TRUE(check.ok()) << of;
        ASSERT_EQ(check.value().differences, 0U) << of;
        const auto before = world.customers();
        world.crash(1 + static_cast<unsigned>(seed % 5));
        ASSERT_EQ(world.customers(), before) << of;
    }
    EXPECT_GT(joined, 100U);
    EXPECT_GT(refused, 100U);
}

TEST(Identity, AProgramPublishedWhileCustomersAreJoinedLosesNothing) {
    const auto one =
        program::test_program("features: {views: {count: Viewed}, adds: {count: Added}}\n");
    const auto other = program::test_program("features: {views: {count: Viewed}}\n");
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        TestWorld world(one, {.workers = 4, .seed = seed});
        world.track("", "Viewed", "m1", "phone");
        world.run();
        world.track("ada", "Viewed", "m2", "phone");
        for (std::uint64_t step = 0; step < seed % 12; ++step) {
            world.loops().run_one();
        }
        ASSERT_TRUE(world.runtime().publish(other).ok());
        world.run();
        ASSERT_EQ(world.feature("ada", "views"), "2") << "seed " << seed;
    }
}

TEST(Identity, WithoutAnIdentifierOfItsOwnACallClaimsNothing) {
    TestWorld world(shop(), {.workers = 2});
    const OwnedIdentifier email{Kind::Email, "ada@b.example"};
    const Submitted& call = world.submit(
        {Kind::AnonymousId, ""}, R"({"type":"track","event":"Viewed"})", "", "old", {email}
    );
    world.run();
    EXPECT_EQ(call.status(), CallResult::Status::Quarantined);
    EXPECT_EQ(customer_of(world, email), 0U);
    EXPECT_TRUE(world.customers().empty());
}

TEST(Identity, AnEmailFollowsWhoeverTakesItsOwnerOver) {
    TestWorld world(shop(), {.workers = 4});
    const OwnedIdentifier email{Kind::Email, "ada@b.example"};
    const auto call = [](const std::string& who) {
        return R"({"type":"track","event":"Viewed","timestamp":"2026-01-01T00:00:00Z",)" + who +
               "}";
    };
    static_cast<void>(world.submit(
        {Kind::AnonymousId, "phone"}, call(R"("anonymousId":"phone")"), "", "", {email}
    ));
    world.run();
    const std::uint64_t visitor = customer_of(world, email);
    EXPECT_EQ(visitor, customer_of(world, {Kind::AnonymousId, "phone"}));
    static_cast<void>(
        world.submit({Kind::UserId, "ada"}, call(R"("userId":"ada")"), "", "", {email})
    );
    world.run();
    EXPECT_EQ(customer_of(world, email), customer_of(world, {Kind::UserId, "ada"}));
    EXPECT_NE(customer_of(world, email), visitor);
    EXPECT_EQ(customer_of(world, {Kind::AnonymousId, "phone"}), customer_of(world, email));
    EXPECT_EQ(world.feature("phone", "views", Kind::AnonymousId), "2");
}

}  // namespace
}  // namespace attune::runtime
