#include <string>

#include <gtest/gtest.h>

#include "engine/test_shop.h"

// Features as a workspace writes them.

namespace attune::engine {
namespace {

constexpr Duration kMinute(60'000);
constexpr Duration kHour(3'600'000);

TEST(Features, AreKeptByAKeyForAsManyKeysAsTheyMay) {
    TestShop shop(
        "features: {views: {count: Viewed, by: properties.category, keep: 2, window: 1h}}\n"
        "rules: {keen: 'get value(views, properties.category) >= 2'}\n"
    );
    shop.track("u", "Viewed", R"({"category":"hats"})");
    shop.pass(kMinute);
    shop.track("u", "Viewed", R"({"category":"shoes"})");
    shop.track("u", "Viewed", R"({"category":"shoes"})");
    EXPECT_EQ(shop.feature("u", "views"), R"({"hats":1,"shoes":2})");
    EXPECT_EQ(shop.effects().counts.rules[0], 1U) << "of the category at hand, not of another";
    shop.pass(kMinute);
    shop.track("u", "Viewed", R"({"category":7})");
    shop.track("u", "Viewed", R"({})");
    EXPECT_EQ(shop.feature("u", "views"), R"({"7":1,"shoes":2})");
    shop.pass(2 * kHour);
    EXPECT_EQ(shop.feature("u", "views"), "{}");
}

TEST(Features, AnExactWindowEndsToTheMillisecond) {
    TestShop shop(
        "features: {spend: {sum: Ordered, of: properties.total, window: 1h, exact: true, keep: "
        "5}}\n"
        "segments: {spender: spend > 10}\n"
    );
    shop.track("u", "Ordered", R"({"total":20.5})");
    shop.wake(kHour - Duration(1));
    EXPECT_EQ(shop.feature("u", "spend"), "20.5");
    shop.wake(Duration(2));
    EXPECT_EQ(shop.feature("u", "spend"), "0");
    EXPECT_EQ(shop.segment_changes(), (std::vector<std::string>{"+spender@0", "-spender@3600"}));
}

TEST(Features, TodayBeginsAtMidnightInTheWorkspacesZoneAlsoWhereClocksChange) {
    TestShop shop(
        "workspace: {zone: Europe/Paris}\n"
        "features: {views: {count: Viewed, window: today}, month: {count: Viewed, window: this "
        "month}}\n"
        "segments: {active: views >= 1}\n"
    );
    // The night of 2026-03-29, 23 hours long; kStart is 2026-01-01T00:00Z.
    const Timestamp eve = *parse_timestamp("2026-03-28T22:30:00Z");
    shop.set_now(eve - kStart);
    shop.track("u", "Viewed");
    EXPECT_EQ(shop.feature("u", "views"), "1");
    shop.wake(Duration(30 * 60'000 + 1));
    EXPECT_EQ(shop.feature("u", "views"), "0");
    shop.track("u", "Viewed");
    shop.wake(22 * kHour + 59 * kMinute);
    EXPECT_EQ(shop.feature("u", "views"), "1");
    shop.wake(kMinute);
    EXPECT_EQ(shop.feature("u", "views"), "0");
    EXPECT_EQ(shop.feature("u", "month"), "2");
    std::vector<Timestamp> left;
    for (const SegmentChange& change : shop.effects().segment_changes) {
        if (!change.entered) {
            left.push_back(change.at);
        }
    }
    EXPECT_EQ(
        left,
        (std::vector<Timestamp>{
            *parse_timestamp("2026-03-28T23:00:00Z"), *parse_timestamp("2026-03-29T22:00:00Z")})
    );
}

TEST(Features, ASessionEndsWithAPauseAndCountsItsPages) {
    TestShop shop(
        "features: {visit: {session: [page, Viewed], gap: 30m}}\n"
        "segments: {visiting: visit.active}\n"
    );
    shop.send({.user = "u", .type = "page"});
    shop.pass(10 * kMinute);
    shop.track("u", "Viewed");
    EXPECT_EQ(
        shop.feature("u", "visit"),
        R"({"active":true,"start":"2026-01-01T00:00:00Z","length":"PT10M","events":2,"pages":1,"count":1})"
    );
    shop.wake(30 * kMinute + Duration(1));
    shop.track("u", "Viewed");
    EXPECT_EQ(
        shop.segment_changes(),
        (std::vector<std::string>{"+visiting@0", "-visiting@2400", "+visiting@2400.001"})
    );
    shop.send({.user = "u", .event = "Viewed", .at = Duration(25 * kMinute)});
    EXPECT_EQ(
        shop.feature("u", "visit"),
        R"({"active":true,"start":"2026-01-01T00:00:00Z","length":"PT40M0.001S","events":4,"pages":1,"count":1})"
    ) << "a late event may join two sessions";
}

TEST(Features, KnowWhetherAValueWasAmongThoseOfAWindow) {
    TestShop shop(
        "features: {brands: {set: Ordered, of: properties.brand, window: 90d, keep: 2}}\n"
        "segments: {fans: 'list contains(brands, \"Acme\")'}\n"
    );
    shop.track("u", "Ordered", R"({"brand":"Acme"})");
    shop.pass(kHour);
    shop.track("u", "Ordered", R"({"brand":"Bolt"})");
    shop.pass(kHour);
    shop.track("u", "Ordered", R"({"brand":"Acme"})");
    EXPECT_EQ(shop.feature("u", "brands"), R"(["Acme","Bolt"])");
    shop.pass(kHour);
    shop.track("u", "Ordered", R"({"brand":"Cove"})");
    EXPECT_EQ(shop.feature("u", "brands"), R"(["Cove","Acme"])");
    shop.wake(91 * 24 * kHour);
    EXPECT_EQ(shop.feature("u", "brands"), "[]");
    EXPECT_EQ(shop.effects().counts.segments_left[0], 1U);
}

TEST(Features, QuantilesScoresAndChosenFields) {
    TestShop shop(
        "features:\n"
        "  median: {quantile: Ordered, of: properties.total, at: 50%}\n"
        "  heat: {count: Ordered, half_life: 1h}\n"
        "  recent: {last: Ordered, of: '{id: properties.id, total: properties.total}', keep: 2}\n"
    );
    for (const char* order :
         {R"({"id":"a","total":5})", R"({"id":"b","total":80})", R"({"id":"c","total":7.5})"}) {
        shop.track("u", "Ordered", order);
        shop.pass(kHour);
    }
    EXPECT_EQ(shop.feature("u", "median"), "7.5");
    EXPECT_EQ(shop.feature("u", "heat"), "0.875");
    EXPECT_EQ(shop.feature("u", "recent"), R"([{"id":"c","total":7.5},{"id":"b","total":80}])");
}

TEST(Limits, OfACalendarDayAreGivenAnewAtMidnight) {
    TestShop shop(
        "workspace: {zone: Europe/Paris}\n"
        "campaigns: {c: {on: Viewed, limit: {times: 1, per: day}, do: [{message: {title: Hi}}]}}\n"
    );
    shop.set_now(22 * kHour + 59 * kMinute);
    shop.track("u", "Viewed");
    shop.track("u", "Viewed");
    EXPECT_EQ(shop.effects().counts.campaigns[0], 1U);
    shop.pass(kMinute);
    shop.track("u", "Viewed");
    shop.track("u", "Viewed");
    EXPECT_EQ(shop.effects().counts.campaigns[0], 2U) << "it is midnight in Paris";
}

/// The errors of a workspace, one a line.
std::string errors_of(const std::string& yaml) {
    program::Diagnostics diagnostics;
    program::Workspace workspace = program::read_workspace({{"w.yaml", yaml}}, diagnostics);
    static_cast<void>(program::Program::compile(std::move(workspace), diagnostics));
    std::string all;
    for (const program::Diagnostic& one : diagnostics.sorted()) {
        all += one.message + "\n";
    }
    return all;
}

TEST(Features, RefuseWhatMakesNoSense) {
    const auto of = [](const std::string& feature) {
        return errors_of("features: {f: {" + feature + "}}\n");
    };
    EXPECT_NE(of("count: V, by: properties.c").find("`by` needs `keep`"), std::string::npos);
    EXPECT_NE(of("count: V, exact: true, keep: 5").find("it has none"), std::string::npos);
    EXPECT_NE(
        of("count: V, window: 1h, exact: true, keep: 5, by: properties.c").find("one is enough"),
        std::string::npos
    );
    EXPECT_NE(of("count: V, gap: 5m").find("\"gap\" has no meaning"), std::string::npos);
    EXPECT_NE(of("rate: V, window: today").find("one length"), std::string::npos);
    EXPECT_NE(of("count: V, window: tomorrow").find("this week"), std::string::npos);
    EXPECT_NE(
        errors_of("workspace: {zone: Mars/Olympus}\n").find("Mars/Olympus"), std::string::npos
    );
    EXPECT_EQ(of("count: V, window: this year"), "");
}

}  // namespace
}  // namespace attune::engine
