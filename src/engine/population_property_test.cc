#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "engine/test_shop.h"

// Random workspaces and streams against a second, naive implementation that keeps all events. A
// failure names its seed.

namespace attune::engine {
namespace {

constexpr int kSeeds = 300;

class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    std::int64_t below(std::int64_t end) {
        return static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(end));
    }
    bool once_in(std::int64_t times) { return below(times) == 0; }

private:
    std::mt19937_64 engine_;
};

constexpr std::int64_t kWindows[] = {10, 60, 600};

struct Feature {
    std::string name;
    bool sum = false;
    std::int64_t window_s = 0;  ///< 0: none.
    std::int64_t price_min = 0;
};

struct Plan {
    std::vector<Feature> features;
    std::int64_t cart_s = 30;
    std::int64_t threshold = 2;

    [[nodiscard]] std::string yaml() const {
        std::string text =
            "events: {View: {properties: {price: integer}}, Cart: {}, Order: {}}\n"
            "identifiers: {email: {from: context.externalIds}}\nfeatures:\n";
        for (const Feature& feature : features) {
            text += "  " + feature.name + ": {" + (feature.sum ? "sum" : "count") + ": View";
            text += feature.sum ? ", of: properties.price" : "";
            text += ", where: properties.price >= " + std::to_string(feature.price_min);
            text +=
                feature.window_s > 0 ? ", window: " + std::to_string(feature.window_s) + "s" : "";
            text += "}\n";
        }
        text += "  busy_views: {count: View, window: 10s}\n";
        text += "segments: {busy: busy_views >= " + std::to_string(threshold) + "}\n";
        text += "patterns: {cart: {sequence: [{cart: Cart}, {not: Order, within: " +
                std::to_string(cart_s) + "s}]}}\n";
        return text +
               "campaigns:\n"
               "  c: {on: cart, do: [{webhook: {url: 'https://a.example/c'}}]}\n"
               "  b: {on: entered busy, limit: {times: 2, per: 1h}, do: [{message: {title: "
               "Hi}}]}\n";
    }
};

Plan any_plan(Random& random) {
    Plan plan;
    for (std::int64_t i = 0, count = 1 + random.below(3); i < count; ++i) {
        const std::int64_t window = random.below(4);
        plan.features.push_back(
            {"f" + std::to_string(i),
             random.once_in(2),
             window == 3 ? 0 : kWindows[window],
             random.below(5)}
        );
    }
    plan.cart_s = 5 + random.below(60);
    plan.threshold = 1 + random.below(3);
    return plan;
}

/// A call and when it arrives. Each person has a user name and two devices of their own.
struct Arrival {
    std::int64_t arrives_ms = 0;
    std::int64_t at_ms = 0;
    int person = 0;
    /// 0: the user; 1, 2: a device; 3, 4: the user on that device; 5: a device that shows the
    /// person's e-mail address; 6: the user who shows it.
    int name = 0;
    std::string event;
    std::int64_t price = 0;
    std::string id;
};

std::vector<Arrival> any_stream(Random& random, bool in_order, bool one_name) {
    std::vector<Arrival> stream;
    std::int64_t now = 0;
    for (std::int64_t i = 0, count = 20 + random.below(60); i < count; ++i) {
        // Often on a whole second, so that tile edges and deadlines are met exactly.
        now += random.once_in(2) ? 1'000 * random.below(12) : random.below(9'000);
        if (random.once_in(2)) {
            now = (now + 999) / 1'000 * 1'000;
        }
        Arrival arrival;
        arrival.arrives_ms = now;
        arrival.at_ms = in_order || random.once_in(2)
                            ? now
                            : std::max<std::int64_t>(0, now - random.below(40'000));
        arrival.person = static_cast<int>(random.below(3));
        arrival.name = one_name ? 0 : static_cast<int>(random.below(7));
        static constexpr const char* kEvents[] = {"View", "View", "View", "Cart", "Order", "Other"};
        arrival.event = kEvents[random.below(6)];
        arrival.price = random.below(8);
        arrival.id = "m" + std::to_string(i);
        stream.push_back(arrival);
        if (random.once_in(6)) {
            stream.push_back(arrival);  // Sent twice.
        }
    }
    return stream;
}

void send(TestShop& shop, const Arrival& arrival) {
    const std::string person = std::to_string(arrival.person);
    Sent sent;
    const bool user = arrival.name == 0 || (arrival.name > 2 && arrival.name != 5);
    sent.user = user ? "user" + person : "";
    sent.anonymous = arrival.name > 0 && arrival.name < 6
                         ? "device" + person + (arrival.name % 2 == 1 ? "a" : "b")
                         : "";
    if (arrival.name > 4) {
        sent.context =
            R"({"externalIds":[{"type":"email","id":" Person)" + person + R"(@b.example"}]})";
    }
    sent.event = arrival.event;
    sent.properties = R"({"price":)" + std::to_string(arrival.price) + "}";
    sent.id = arrival.id;
    sent.at = Duration(arrival.at_ms);
    shop.send(sent);
}

std::vector<Arrival> without_repeats(const std::vector<Arrival>& stream) {
    std::vector<Arrival> once;
    std::set<std::string> seen;
    std::ranges::copy_if(stream, std::back_inserter(once), [&](const Arrival& arrival) {
        return seen.insert(arrival.id).second;
    });
    return once;
}

std::int64_t naive_feature(
    const Feature& feature, const std::vector<Arrival>& events, std::int64_t now_ms
) {
    const std::int64_t tile =
        feature.window_s > 0 ? customer::tile_of(Duration(feature.window_s * 1'000)).count() : 1;
    const std::int64_t tiles = (feature.window_s * 1'000 + tile - 1) / tile;
    std::int64_t value = 0;
    for (const Arrival& event : events) {
        const std::int64_t age = now_ms / tile - event.at_ms / tile;
        if (event.event == "View" && event.price >= feature.price_min &&
            (feature.window_s == 0 || age < tiles)) {
            value += feature.sum ? event.price : 1;
        }
    }
    return value;
}

TEST(Population, FeaturesAgreeWithAnOracleWhateverComesLateTwiceOrUnderAnotherName) {
    for (int seed = 1; seed <= kSeeds; ++seed) {
        Random random(static_cast<std::uint64_t>(seed));
        const Plan plan = any_plan(random);
        const std::vector<Arrival> stream = any_stream(random, false, false);
        TestShop shop(plan.yaml());
        std::map<int, std::vector<Arrival>> people;
        for (const Arrival& arrival : stream) {
            shop.set_now(Duration(arrival.arrives_ms));
            send(shop, arrival);
        }
        for (const Arrival& arrival : without_repeats(stream)) {
            people[arrival.person].push_back(arrival);
        }
        const std::int64_t now = stream.back().arrives_ms + random.below(20'000);
        for (const auto& [person, events] : people) {
            // Whoever was never named with both devices is still several customers: name them.
            for (const int name : {3, 4}) {
                Arrival login{now, now, person, name, "Other", 0, {}};
                login.id = "login" + std::to_string(person) + std::to_string(name);
                shop.set_now(Duration(now));
                send(shop, login);
            }
            for (const Feature& feature : plan.features) {
                ASSERT_EQ(
                    shop.feature("user" + std::to_string(person), feature.name),
                    std::to_string(naive_feature(feature, events, now))
                ) << "seed "
                  << seed << ", " << feature.name << "\n"
                  << plan.yaml();
            }
        }
        ASSERT_EQ(shop.population().customer_count(), people.size()) << "seed " << seed;
    }
}

TEST(Population, PatternsAgreeWithAnOracle) {
    for (int seed = 1; seed <= kSeeds; ++seed) {
        Random random(static_cast<std::uint64_t>(seed));
        const Plan plan = any_plan(random);
        const std::vector<Arrival> stream = any_stream(random, true, true);
        TestShop shop(plan.yaml());
        for (const Arrival& arrival : stream) {
            shop.set_now(Duration(arrival.arrives_ms));
            send(shop, arrival);
        }
        const std::int64_t end = stream.back().arrives_ms + random.below(60'000);
        shop.set_now(Duration(end));
        shop.population().advance_all(shop.now());
        std::multiset<std::pair<int, std::int64_t>> expected;
        const std::vector<Arrival> events = without_repeats(stream);
        for (std::size_t i = 0; i < events.size(); ++i) {
            const std::int64_t deadline = events[i].at_ms + plan.cart_s * 1'000;
            const bool disturbed = std::any_of(
                events.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                events.end(),
                [&](const Arrival& later) {
                    return later.person == events[i].person && later.at_ms <= deadline &&
                           (later.event == "Cart" || later.event == "Order");
                }
            );
            if (events[i].event == "Cart" && !disturbed && deadline < end) {
                expected.emplace(events[i].person, deadline);
            }
        }
        std::multiset<std::pair<int, std::int64_t>> fired;
        for (const Firing& firing : shop.effects().firings) {
            for (int person = 0; person < 3; ++person) {
                const auto found = shop.population().find(
                    {customer::Identifier::Kind::UserId, "user" + std::to_string(person)}
                );
                if (found && found->shard->id(found->place) == firing.customer) {
                    fired.emplace(person, (firing.at - kStart).count());
                }
            }
        }
        ASSERT_EQ(fired, expected) << "seed " << seed;
    }
}

TEST(Population, SegmentsChangeWhenAnOracleSaysSo) {
    const Feature busy{"busy_views", false, 10, 0};
    for (int seed = 1; seed <= kSeeds; ++seed) {
        Random random(static_cast<std::uint64_t>(seed));
        const Plan plan = any_plan(random);
        std::vector<Arrival> stream = without_repeats(any_stream(random, false, true));
        std::erase_if(stream, [](const Arrival& arrival) { return arrival.person != 0; });
        TestShop shop(plan.yaml());
        std::vector<Arrival> seen;
        std::vector<std::pair<std::int64_t, bool>> expected;
        const auto judge = [&](std::int64_t at) {
            const bool member = !expected.empty() && expected.back().second;
            if ((naive_feature(busy, seen, at) >= plan.threshold) != member) {
                expected.emplace_back(at, !member);
            }
        };
        std::int64_t judged = 0;
        const auto pass = [&](std::int64_t until) {
            // Only at whole seconds can a window of ten of them change.
            for (std::int64_t at = judged / 1'000 * 1'000 + 1'000; at < until; at += 1'000) {
                judge(at);
            }
            judged = until;
        };
        for (const Arrival& arrival : stream) {
            pass(arrival.arrives_ms);
            seen.push_back(arrival);
            judge(arrival.arrives_ms);
            shop.set_now(Duration(arrival.arrives_ms));
            send(shop, arrival);
            if (random.once_in(3)) {
                shop.population().advance_due(shop.now());
            }
        }
        pass(judged + 60'000);
        shop.wake(Duration(60'000));
        std::vector<std::pair<std::int64_t, bool>> changes;
        for (const SegmentChange& change : shop.effects().segment_changes) {
            changes.emplace_back((change.at - kStart).count(), change.entered);
        }
        ASSERT_EQ(changes, expected) << "seed " << seed;
    }
}

/// The same for the features that keep more than tiles. The stream begins before midnight.
struct Forms {
    std::int64_t window_s = 0;
    std::int64_t exact_ms = 0;

    [[nodiscard]] std::string yaml() const {
        return "events: {View: {properties: {price: integer}}, Cart: {}, Order: {}}\n"
               "features:\n"
               "  by_price: {count: View, by: properties.price, keep: 8, window: " +
               std::to_string(window_s) +
               "s}\n  exact: {sum: View, of: properties.price, window: " +
               std::to_string(exact_ms) +
               "ms, exact: true, keep: 100}\n"
               "  views_today: {count: View, window: today}\n"
               "  prices: {set: View, of: properties.price, keep: 8}\n"
               "  different: {distinct: View, of: properties.price, window: today}\n"
               "  median: {quantile: View, of: properties.price, at: 50%}\n"
               "  visit: {session: View, gap: 60s}\n";
    }
};

constexpr std::int64_t kEveningMs = 86'400'000 - 180'000;

/// Views of one person as the oracle sees them, and what it makes of them.
struct Views {
    std::vector<Arrival> views;  ///< By time.
    std::int64_t now = 0;

    template <typename Holds>
    [[nodiscard]] std::vector<Arrival> where(Holds holds) const {
        std::vector<Arrival> some;
        std::ranges::copy_if(views, std::back_inserter(some), holds);
        return some;
    }
    [[nodiscard]] std::vector<Arrival> today() const {
        constexpr std::int64_t kDay = 86'400'000;
        return where([&](const Arrival& one) { return one.at_ms / kDay == now / kDay; });
    }
    [[nodiscard]] std::string by_price(std::int64_t window_s) const {
        std::string text;
        for (std::int64_t price = 0; price < 8; ++price) {
            const std::vector<Arrival> of_price =
                where([&](const Arrival& one) { return one.price == price; });
            const std::int64_t count = naive_feature({"", false, window_s, 0}, of_price, now);
            if (count > 0) {
                text += (text.empty() ? "\"" : ",\"") + std::to_string(price) +
                        "\":" + std::to_string(count);
            }
        }
        return "{" + text + "}";
    }
    [[nodiscard]] std::string exact(std::int64_t window_ms) const {
        std::int64_t sum = 0;
        for (const Arrival& one : views) {
            sum += one.at_ms > now - window_ms && one.at_ms <= now ? one.price : 0;
        }
        return std::to_string(sum);
    }
    [[nodiscard]] std::set<std::int64_t> prices() const {
        std::set<std::int64_t> all;
        for (const Arrival& one : views) {
            all.insert(one.price);
        }
        return all;
    }
    [[nodiscard]] std::string median() const {
        std::vector<std::int64_t> all;
        for (const Arrival& one : views) {
            all.push_back(one.price);
        }
        std::ranges::sort(all);
        return all.empty() ? "null" : std::to_string(all[(all.size() + 1) / 2 - 1]);
    }
    /// The end of a session's JSON.
    [[nodiscard]] std::string visit() const {
        std::int64_t count = 0;
        std::int64_t in_it = 0;
        std::int64_t last = 0;
        for (const Arrival& one : views) {
            const bool fresh = count == 0 || one.at_ms - last >= 60'000;
            count += fresh ? 1 : 0;
            in_it = fresh ? 1 : in_it + 1;
            last = one.at_ms;
        }
        const bool active = count > 0 && now - last < 60'000;
        return "\"events\":" + std::to_string(active ? in_it : 0) +
               ",\"pages\":0,\"count\":" + std::to_string(count) + "}";
    }
};

void expect_forms(TestShop& shop, const std::string& user, const Forms& forms, const Views& of) {
    EXPECT_EQ(shop.feature(user, "by_price"), of.by_price(forms.window_s));
    EXPECT_EQ(shop.feature(user, "exact"), of.exact(forms.exact_ms));
    EXPECT_EQ(shop.feature(user, "views_today"), std::to_string(of.today().size()));
    const Views today{of.today(), of.now};
    EXPECT_EQ(shop.feature(user, "different"), std::to_string(today.prices().size()));
    EXPECT_EQ(shop.feature(user, "median"), of.median());
    const std::string prices = shop.feature(user, "prices");
    EXPECT_EQ(
        static_cast<std::size_t>(std::ranges::count(prices, ',')) + (prices == "[]" ? 0 : 1),
        of.prices().size()
    ) << prices;
    EXPECT_TRUE(shop.feature(user, "visit").ends_with(of.visit()))
        << shop.feature(user, "visit") << " against " << of.visit();
}

TEST(Population, FeaturesOfEveryFormAgreeWithAnOracle) {
    for (int seed = 1; seed <= kSeeds && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(static_cast<std::uint64_t>(seed));
        const Forms forms{kWindows[random.below(3)], 10'000 + random.below(60'000)};
        std::vector<Arrival> stream = any_stream(random, false, false);
        TestShop shop(forms.yaml());
        for (Arrival& arrival : stream) {
            arrival.arrives_ms += kEveningMs;
            arrival.at_ms += kEveningMs;
            shop.set_now(Duration(arrival.arrives_ms));
            send(shop, arrival);
        }
        const std::int64_t now = stream.back().arrives_ms + random.below(20'000);
        shop.set_now(Duration(now));
        std::map<int, Views> people;
        for (const Arrival& arrival : without_repeats(stream)) {
            Views& views = people[arrival.person];
            views.now = now;
            if (arrival.event == "View") {
                views.views.push_back(arrival);
            }
        }
        for (auto& [person, views] : people) {
            std::ranges::stable_sort(views.views, {}, &Arrival::at_ms);
            for (const int name : {3, 4}) {
                Arrival login{now, now, person, name, "Other", 0, {}};
                login.id = "login" + std::to_string(person) + std::to_string(name);
                send(shop, login);
            }
            expect_forms(shop, "user" + std::to_string(person), forms, views);
        }
    }
}

TEST(Population, CountedPatternsAgreeWithAnOracle) {
    for (int seed = 1; seed <= kSeeds; ++seed) {
        Random random(static_cast<std::uint64_t>(seed));
        const std::int64_t times = 2 + random.below(2);
        const std::int64_t within_ms = 1'000 * (5 + random.below(60));
        const std::vector<Arrival> stream = any_stream(random, true, true);
        TestShop shop(
            "patterns: {keen: {sequence: [{view: View, times: " + std::to_string(times) +
            "}], within: " + std::to_string(within_ms) + "ms, same: properties.price}}\n"
        );
        for (const Arrival& arrival : stream) {
            shop.set_now(Duration(arrival.arrives_ms));
            send(shop, arrival);
        }
        std::map<std::pair<int, std::int64_t>, std::vector<std::int64_t>> unused;
        std::vector<std::int64_t> expected;
        for (const Arrival& arrival : without_repeats(stream)) {
            if (arrival.event != "View") {
                continue;
            }
            std::vector<std::int64_t>& seen = unused[{arrival.person, arrival.price}];
            seen.push_back(arrival.at_ms);
            std::erase_if(seen, [&](std::int64_t at) { return at < arrival.at_ms - within_ms; });
            if (static_cast<std::int64_t>(seen.size()) >= times) {
                expected.push_back(arrival.at_ms);
                seen.clear();
            }
        }
        std::vector<std::int64_t> fired;
        for (const Firing& firing : shop.effects().firings) {
            fired.push_back((firing.at - kStart).count());
        }
        ASSERT_EQ(fired, expected) << "seed " << seed;
    }
}

/// Everything that a run leaves behind, in an order that does not hang on when who was looked at.
struct Left {
    std::map<std::uint64_t, std::string> customers;
    std::multiset<std::tuple<std::uint64_t, std::uint64_t, std::int64_t>> effects;
    std::multiset<std::tuple<std::uint64_t, std::uint32_t, bool, std::int64_t>> changes;

    friend bool operator==(const Left&, const Left&) = default;
};

Left left_by(TestShop& shop) {
    Left left{shop.all_bytes(), {}, {}};
    for (const WebhookEffect& effect : shop.effects().webhooks) {
        left.effects.emplace(effect.id, effect.customer, effect.at.ms());
    }
    for (const MessageEffect& effect : shop.effects().messages) {
        left.effects.emplace(effect.id, effect.customer, effect.at.ms());
    }
    for (const SegmentChange& change : shop.effects().segment_changes) {
        left.changes.emplace(change.customer, change.segment, change.entered, change.at.ms());
    }
    return left;
}

TEST(Population, ItDoesNotMatterWhenTimeIsPassed) {
    for (int seed = 1; seed <= kSeeds; ++seed) {
        Random random(static_cast<std::uint64_t>(seed));
        const Plan plan = any_plan(random);
        const std::vector<Arrival> stream = any_stream(random, false, false);
        const auto program = program::test_program(plan.yaml());
        const auto run = [&](std::int64_t ticks_max) {
            TestShop shop(program, {.timers = ticks_max > 0, .reader = {}});
            std::int64_t now = 0;
            for (const Arrival& arrival : stream) {
                for (std::int64_t tick = 0; tick < ticks_max && random.once_in(2); ++tick) {
                    now += random.below(arrival.arrives_ms - now + 1);
                    shop.set_now(Duration(now));
                    shop.population().advance_due(shop.now());
                }
                now = arrival.arrives_ms;
                shop.set_now(Duration(now));
                send(shop, arrival);
            }
            shop.set_now(Duration(now + 120'000));
            shop.population().advance_all(shop.now());
            return left_by(shop);
        };
        const Left untouched = run(0);
        ASSERT_TRUE(run(0) == untouched) << "seed " << seed;
        for (const std::int64_t ticks_max : {1, 20}) {
            const Left ticked = run(ticks_max);
            ASSERT_EQ(ticked.changes, untouched.changes) << "seed " << seed;
            ASSERT_EQ(ticked.effects, untouched.effects) << "seed " << seed;
            ASSERT_EQ(ticked.customers, untouched.customers) << "seed " << seed;
        }
    }
}

}  // namespace
}  // namespace attune::engine
