#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "customer/feature_testing.h"

// What single aggregates do at their bounds.

namespace attune::customer {
namespace {

std::vector<Seen> different(std::int64_t count, std::int64_t first = 0) {
    std::vector<Seen> events;
    for (std::int64_t i = first; i < first + count; ++i) {
        events.push_back({i, i});
    }
    return events;
}

TEST(Distinct, CountsExactlyAsManyAsItKeepsAndEstimatesMore) {
    const FeatureShape shape = keeping(Aggregate::Distinct, 32);
    EXPECT_EQ(read_text(shape, folded(shape, different(32)), 10'000), "32");
    for (const std::int64_t count : {33, 100, 1'000, 10'000}) {
        const Blob blob = folded(shape, different(count));
        const double about = std::stod(read_text(shape, blob, 100'000));
        // Three standard errors of 6.5 %.
        EXPECT_NEAR(about, static_cast<double>(count), 0.195 * static_cast<double>(count));
        EXPECT_LE(blob.section(kFeatures).size(), section_bytes_max(shape));
    }
}

TEST(Distinct, AnEstimateHangsNeitherOnTheOrderNorOnWhoSawWhat) {
    const FeatureShape shape = keeping(Aggregate::Distinct, 32);
    std::vector<Seen> events = different(500);
    const Blob whole = folded(shape, events);
    std::ranges::reverse(events);
    EXPECT_EQ(folded(shape, events).bytes(), whole.bytes());
    Blob one = folded(shape, different(490));
    const Blob other = folded(shape, different(20, 480));
    merge(shape, one, kFeatures, other.section(kFeatures));
    EXPECT_EQ(one.bytes(), whole.bytes());
    Blob turned = folded(shape, different(20, 480));
    const Blob most = folded(shape, different(490));
    merge(shape, turned, kFeatures, most.section(kFeatures));
    EXPECT_EQ(turned.bytes(), whole.bytes());
    merge(shape, one, kFeatures, whole.section(kFeatures));
    EXPECT_EQ(one.bytes(), whole.bytes()) << "seen twice is seen once";
}

TEST(Distinct, AnEstimateForgetsWhatHasLeftTheWindow) {
    FeatureShape shape = keeping(Aggregate::Distinct, 32);
    shape.tile = Duration(1'000);
    shape.tile_count = 12;
    std::vector<Seen> events;
    for (std::int64_t i = 0; i < 20'000; ++i) {
        events.push_back({1'000'000 + i * 10, i});
    }
    const Blob blob = folded(shape, events);
    EXPECT_LE(blob.section(kFeatures).size(), section_bytes_max(shape));
    // Twelve seconds of a hundred values each.
    EXPECT_NEAR(std::stod(read_text(shape, blob, 1'199'999)), 1'200, 240);
    EXPECT_NEAR(std::stod(read_text(shape, blob, 1'205'000)), 600, 240);
    EXPECT_EQ(read_text(shape, blob, 1'300'000), "0");
}

TEST(Distinct, IsCountedAgainOnceFewAreLeftInTheWindow) {
    FeatureShape shape = keeping(Aggregate::Distinct, 8);
    shape.tile = Duration(1'000);
    shape.tile_count = 12;
    std::mt19937_64 random(11);
    for (int round = 0; round < 200; ++round) {
        std::vector<Seen> events;
        std::int64_t time = 1'000'000;
        for (int i = 0; i < 60; ++i) {
            // Crowds and lulls: many values in a tile, then few over many.
            time += random() % 3 == 0 ? static_cast<std::int64_t>(random() % 6'000) : 100;
            events.push_back({time, static_cast<std::int64_t>(random() % 40)});
        }
        const Blob blob = folded(shape, events);
        std::shuffle(events.begin(), events.end(), random);
        EXPECT_EQ(folded(shape, events).bytes(), blob.bytes());
        const auto half = events.begin() + static_cast<std::ptrdiff_t>(random() % events.size());
        Blob merged = folded(shape, {events.begin(), half});
        const Blob rest = folded(shape, {half, events.end()});
        merge(shape, merged, kFeatures, rest.section(kFeatures));
        EXPECT_EQ(merged.bytes(), blob.bytes());
        for (std::int64_t now = time; now < time + 14'000; now += 1'000) {
            std::map<std::int64_t, std::int64_t> newest;
            for (const Seen& event : events) {
                newest[event.value] = std::max(newest[event.value], event.ms / 1'000);
            }
            const auto within = std::ranges::count_if(newest, [&](const auto& value) {
                return value.second > now / 1'000 - 12;
            });
            const double read = std::stod(read_text(shape, blob, now));
            if (within <= 8) {
                EXPECT_EQ(read, static_cast<double>(within)) << "round " << round;
            } else {
                EXPECT_NEAR(
                    read, static_cast<double>(within), 4 + 0.2 * static_cast<double>(within)
                );
                EXPECT_GT(read, 8);
            }
        }
    }
}

TEST(Distinct, ASketchOfTheFirstLayoutGoesOnAlone) {
    const FeatureShape shape = keeping(Aggregate::Distinct, 8);
    Blob blob = folded(shape, different(100));
    std::string section(std::as_const(blob).section(kFeatures));
    constexpr std::size_t kHeadBytes = 3;
    constexpr std::size_t kListBytes = 108;
    const std::string old = section.substr(kHeadBytes + kListBytes);
    ASSERT_EQ(old.front(), 8);
    blob.assign(kFeatures, old);
    EXPECT_NEAR(std::stod(read_text(shape, blob, 10'000)), 100, 20);
    const Blob more = folded(shape, different(100, 100));
    merge(shape, blob, kFeatures, more.section(kFeatures));
    EXPECT_EQ(std::as_const(blob).section(kFeatures).front(), 8);
    EXPECT_NEAR(std::stod(read_text(shape, blob, 10'000)), 200, 40);
}

TEST(Quantile, StaysWithinItsErrorInBoundedSpace) {
    FeatureShape shape = keeping(Aggregate::Quantile, 128);
    shape.quantile_ppm = 950'000;
    const std::vector<Seen> events = different(100'000);
    Blob blob(1, kFeatures + 1);
    for (const Seen& seen : events) {
        apply(shape, blob, kFeatures, Timestamp(seen.ms), Value::integer(seen.value * 7 % 100'000));
    }
    EXPECT_NEAR(std::stod(read_text(shape, blob, 200'000)), 95'000, 95'000 * 0.035);
    EXPECT_LE(std::as_const(blob).section(kFeatures).size(), section_bytes_max(shape));
}

TEST(Quantile, TellsNegativeFromPositiveNumbers) {
    FeatureShape shape = keeping(Aggregate::Quantile, 128);
    shape.quantile_ppm = 250'000;
    EXPECT_EQ(read_text(shape, folded(shape, {{1, -5}, {2, 3}, {3, -7}, {4, 0}}), 9), "-7");
    shape.quantile_ppm = 500'000;
    EXPECT_EQ(read_text(shape, folded(shape, {{1, -5}, {2, 3}, {3, -7}, {4, 0}}), 9), "-5");
}

TEST(HalfLife, CountsAnEventHalfAfterItsTime) {
    FeatureShape shape;
    shape.half_life = Duration(1'000);
    const std::vector<Seen> events{{1'000, 4}, {2'000, 4}, {5'000, 2}};
    EXPECT_EQ(read_text(shape, folded(shape, events), 5'000), "1.1875");
    shape.aggregate = Aggregate::Sum;
    EXPECT_EQ(read_text(shape, folded(shape, events), 6'000), "1.375");
    const std::vector<Seen> late{{5'000, 2}, {2'000, 4}, {1'000, 4}};
    EXPECT_EQ(read_text(shape, folded(shape, late), 6'000), "1.375");
}

TEST(Exact, KeepsTheNewestOfMoreEventsThanItHasRoomFor) {
    FeatureShape shape = keeping(Aggregate::Sum, 3);
    shape.exact = true;
    EXPECT_EQ(read_text(shape, folded(shape, {{5, 1}, {4, 10}, {7, 100}, {1, 1'000}}), 9), "111");
    EXPECT_EQ(read_text(shape, folded(shape, {{1, 1'000}, {7, 100}, {4, 10}, {5, 1}}), 9), "111");
}

TEST(ByKey, TheKeyThatWasSeenLongestAgoGivesWay) {
    FeatureShape shape;
    shape.keys = 2;
    const Blob blob = folded(shape, {{10, 0}, {20, 1}, {30, 0}, {40, 2}});
    EXPECT_EQ(read_text(shape, blob, 50), R"({"0":2,"2":1})");
    EXPECT_LE(blob.section(kFeatures).size(), section_bytes_max(shape));
}

TEST(Distinct, TakesEqualNumbersForOneWhateverTheirScale) {
    const FeatureShape shape = keeping(Aggregate::Distinct, 5);
    Blob blob(1, kFeatures + 1);
    apply(shape, blob, kFeatures, Timestamp(1), Value::number(Decimal::scaled(10, -1)));
    apply(shape, blob, kFeatures, Timestamp(2), Value::integer(1));
    EXPECT_EQ(read_text(shape, blob, 3), "1");
}

TEST(Last, OfEqualTimesTheOneThatCameLaterIsNewer) {
    const FeatureShape shape = keeping(Aggregate::Last, 3);
    Blob blob = folded(shape, {{5, 1}, {5, 2}, {5, 3}, {5, 4}});
    EXPECT_EQ(read_text(shape, blob, 6), "[4,3,2]");
    Blob empty(1, kFeatures + 1);
    merge(shape, empty, kFeatures, std::as_const(blob).section(kFeatures));
    EXPECT_EQ(read_text(shape, empty, 6), "[4,3,2]");
}

TEST(First, OfEqualTimesTheOneThatCameFirstStays) {
    const FeatureShape shape = keeping(Aggregate::First, 2);
    const Blob blob = folded(shape, {{5, 1}, {5, 2}, {5, 3}, {4, 4}});
    EXPECT_EQ(read_text(shape, blob, 6), "[4,1]");
}

TEST(Last, CutsLongTextBetweenCharactersAndSkipsOtherLargeValues) {
    const FeatureShape shape = keeping(Aggregate::Last, 3);
    Blob blob(1, kFeatures + 1);
    std::string text;
    while (text.size() < 1'000) {
        text += "äöü€";
    }
    apply(shape, blob, kFeatures, Timestamp(1), Value::string(text));
    Arena arena;
    const std::vector<Value> many(500, Value::integer(1'000'000));
    apply(shape, blob, kFeatures, Timestamp(2), Value::list(many));
    const Value kept = read(shape, std::as_const(blob).section(kFeatures), Timestamp(3), arena);
    ASSERT_EQ(kept.as_list().size(), 1U);
    const std::string_view cut = kept.as_list()[0].as_string();
    EXPECT_GT(cut.size(), 200U);
    EXPECT_TRUE(text.starts_with(cut));
    EXPECT_TRUE(json::parse("\"" + std::string(cut) + "\"", arena).ok());
    EXPECT_LE(std::as_const(blob).section(kFeatures).size(), section_bytes_max(shape));
}

TEST(Top, AnOldFavouriteGivesWayToANewOne) {
    FeatureShape shape = keeping(Aggregate::Top, 2);
    shape.half_life = Duration(1'000);
    Blob blob(1, kFeatures + 1);
    for (int i = 0; i < 8; ++i) {
        apply(shape, blob, kFeatures, Timestamp(0), Value::string("old"));
    }
    apply(shape, blob, kFeatures, Timestamp(2'000), Value::string("new"));
    EXPECT_EQ(read_text(shape, blob, 2'000), R"(["old","new"])");  // 2 against 1.
    apply(shape, blob, kFeatures, Timestamp(4'000), Value::string("new"));
    EXPECT_EQ(read_text(shape, blob, 4'000), R"(["new","old"])");  // 1.25 against 0.5.
}

TEST(Top, NeverHoldsMoreCandidatesThanItsBound) {
    const FeatureShape shape = keeping(Aggregate::Top, 2);
    Blob blob(1, kFeatures + 1);
    for (std::int64_t i = 0; i < 1'000; ++i) {
        apply(
            shape,
            blob,
            kFeatures,
            Timestamp(i),
            Value::string(std::string(400, 'x') + std::to_string(i % 7))
        );
        apply(shape, blob, kFeatures, Timestamp(i), Value::integer(i));
    }
    EXPECT_LE(std::as_const(blob).section(kFeatures).size(), section_bytes_max(shape));
}

TEST(Window, IsMadeOfTilesOfAtMostATwelfth) {
    EXPECT_EQ(tile_of(Duration(10'000)), Duration(1'000));
    EXPECT_EQ(tile_of(Duration(3'600'000)), Duration(300'000));
    EXPECT_EQ(tile_of(Duration(86'400'000)), Duration(3'600'000));
    EXPECT_EQ(tile_of(Duration(std::int64_t{90} * 86'400'000)), Duration(86'400'000));
}

TEST(Window, ForgetsAnEventThatIsOlderThanItsTiles) {
    FeatureShape shape;
    shape.tile = Duration(1'000);
    shape.tile_count = 10;
    const Blob blob = folded(shape, {{100'000, 1}, {89'999, 1}, {91'000, 1}});
    EXPECT_EQ(read_text(shape, blob, 100'000), "2");
}

TEST(Sum, AddsMoneyExactly) {
    FeatureShape shape;
    shape.aggregate = Aggregate::Sum;
    Blob blob(1, kFeatures + 1);
    for (int i = 0; i < 1'000; ++i) {
        apply(shape, blob, kFeatures, Timestamp(i), Value::number(Decimal::scaled(10, -2)));
    }
    EXPECT_EQ(read_text(shape, blob, 1'000), "100");
}

}  // namespace
}  // namespace attune::customer
