#include "customer/blob.h"

#include <array>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "customer/blob_upgrade.h"
#include "customer/read_everything.h"

namespace attune::customer {
namespace {

/// The same as a Blob, without packing.
using Sections = std::array<std::string, 4>;

void expect_equal(const Blob& blob, const Sections& sections) {
    for (std::size_t i = 0; i < sections.size(); ++i) {
        ASSERT_EQ(blob.section(i), sections[i]) << "section " << i;
    }
}

TEST(Blob, IsEmptyAtFirst) {
    const Blob blob(77, 3);
    EXPECT_EQ(blob.layout(), 77U);
    EXPECT_EQ(blob.section_count(), 3U);
    EXPECT_EQ(blob.newest(), Timestamp(0));
    EXPECT_EQ(blob.section(2), "");
}

TEST(Blob, InsertAndEraseMoveOnlyWhatLiesBehind) {
    EXPECT_TRUE(rc::check([] {
        const auto seeds =
            *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::arbitrary<std::uint32_t>());
        Blob blob(1, 4);
        Sections expected;
        for (const std::uint32_t seed : seeds) {
            const std::size_t section = seed % 4;
            std::string& text = expected[section];
            const std::size_t offset = text.empty() ? 0 : (seed >> 2U) % (text.size() + 1);
            const std::size_t count = (seed >> 10U) % 100;
            if ((seed >> 20U) % 3 != 0) {
                const std::string more(count, static_cast<char>('a' + seed % 26));
                std::copy(more.begin(), more.end(), blob.insert(section, offset, count));
                text.insert(offset, more);
            } else {
                const std::size_t fewer = std::min(count, text.size() - offset);
                blob.erase(section, offset, fewer);
                text.erase(offset, fewer);
            }
            expect_equal(blob, expected);
        }
        const auto again = Blob::from_bytes(blob.bytes());
        RC_ASSERT(again.ok());
        RC_ASSERT(again.value().bytes() == blob.bytes());
    }));
}

TEST(Blob, AssignReplacesASectionByALongerOrAShorterOne) {
    Blob blob(1, 3);
    blob.assign(1, "longer");
    blob.assign(2, "behind");
    blob.assign(1, "no");
    EXPECT_EQ(std::as_const(blob).section(1), "no");
    EXPECT_EQ(std::as_const(blob).section(2), "behind");
    blob.assign(1, "");
    EXPECT_EQ(std::as_const(blob).section(1), "");
    EXPECT_EQ(std::as_const(blob).section(2), "behind");
}

TEST(Blob, KeepsItsTimesThroughItsBytes) {
    Blob blob(9, 2);
    blob.set_newest(Timestamp(1'700'000'000'123));
    blob.set_advanced_to(Timestamp(1'700'000'000'456));
    const auto again = Blob::from_bytes(blob.bytes());
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again.value().newest(), Timestamp(1'700'000'000'123));
    EXPECT_EQ(again.value().advanced_to(), Timestamp(1'700'000'000'456));
}

TEST(Blob, RefusesBytesThatItDidNotWrite) {
    Blob blob(9, 2);
    blob.assign(0, "hello");
    const std::string good(blob.bytes());
    EXPECT_FALSE(Blob::from_bytes("").ok());
    EXPECT_FALSE(Blob::from_bytes(good.substr(0, good.size() - 1)).ok());
    EXPECT_FALSE(Blob::from_bytes(good + "x").ok());
    std::string other_version = good;
    other_version[0] = 9;
    const auto refused = Blob::from_bytes(other_version);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, Error::Kind::Corrupt);
    EXPECT_EQ(
        refused.error().message, "cannot read a customer's state: it was written by another version"
    );
    EXPECT_FALSE(Blob::from_bytes(std::string(kBlobBytesMax + 1, '\1')).ok());
}

TEST(Blob, ReadingRandomBytesNeverCrashes) {
    const Layout layout = layout_of_everything();
    EXPECT_TRUE(rc::check([&] {
        const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
        if (const auto blob = Blob::from_bytes(bytes); blob.ok()) {
            read_everything(layout, blob.value());
        }
        for (std::size_t i = 0; i < kFeatures + layout.features.size(); ++i) {
            Blob blob = layout.empty_blob();
            blob.assign(i, bytes);
            read_everything(layout, blob);
        }
    }));
}

TEST(Blob, ReadingTurnedBytesNeverCrashes) {
    const Layout layout = layout_of_everything();
    Blob blob = layout.empty_blob();
    add_identifier(blob, {Identifier::Kind::UserId, "u1"});
    set_attribute(blob, kTraits, "name", Timestamp(5), Value::string("Ada"));
    remember(blob, 1);
    enter(blob, 7, Timestamp(3));
    set_instances(blob, {{7, 1, Timestamp(1), Timestamp(2)}});
    use(blob, {7, 3, Duration(1'000)}, Timestamp(999'999));
    add_message(blob, 5, Timestamp(1), "{}");
    for (std::size_t i = 0; i < layout.features.size(); ++i) {
        apply(layout.features[i].shape, blob, kFeatures + i, Timestamp(999'000), Value::integer(4));
    }
    const std::string good(blob.bytes());
    EXPECT_GT(read_everything(layout, blob), 0U);
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const char with : {'\0', '\1', '\x7f', '\xff'}) {
            std::string turned = good;
            turned[at] = with;
            if (const auto read = Blob::from_bytes(turned); read.ok()) {
                read_everything(layout, read.value());
            }
        }
    }
}

/// Hexadecimal digits, in lines.
std::string sample(const std::string& name) {
    std::ifstream stream(std::string(ATTUNE_SOURCE_DIR) + "/src/customer/samples/" + name);
    std::string bytes;
    for (std::string line; std::getline(stream, line);) {
        for (std::size_t at = 0; at + 2 <= line.size(); at += 2) {
            bytes += static_cast<char>(std::stoi(line.substr(at, 2), nullptr, 16));
        }
    }
    return bytes;
}

TEST(Blob, OfTheFirstVersionIsReadForEver) {
    // Written by version 1: a feature of every aggregate that there was, with and without a window.
    Layout layout = layout_of_everything();
    layout.features.resize(24);
    layout = Layout::of(layout.features);
    const Result<Blob> read_back = Blob::from_bytes(sample("blob_v1.hex"));
    ASSERT_TRUE(read_back.ok());
    const Blob& blob = read_back.value();
    EXPECT_EQ(blob.layout(), layout.hash) << "features keep their sections";
    ASSERT_EQ(blob.section_count(), kFeatures + 24);
    EXPECT_EQ(blob.newest(), Timestamp(999'300));
    EXPECT_EQ(blob.advanced_to(), Timestamp(999'500));
    EXPECT_EQ(identifiers(blob).size(), 2U);
    EXPECT_TRUE(seen_before(blob, 77));
    EXPECT_TRUE(is_member(blob, 7));
    EXPECT_EQ(used(blob, {7, 3, Duration(1'000'000)}, Timestamp(991'500)), 2U);
    EXPECT_EQ(
        instances(blob),
        (std::vector<Instance>{
            {11, 1, Timestamp(960'000), Timestamp(1'060'000)},
            {11, 1, Timestamp(970'000), kNever},
            {12, 2, Timestamp(980'000), Timestamp(1'000'500)}})
    );
    ASSERT_EQ(messages_after(blob, 0).size(), 1U);
    EXPECT_TRUE(held(blob).empty());
    const std::vector<std::string> values{
        R"(8)",
        R"(8)",
        R"(15)",
        R"(15)",
        R"(1)",
        R"(1)",
        R"(3)",
        R"(3)",
        R"(1.875)",
        R"(1.875)",
        R"(0.834522960396280186475870349472003)",
        R"(0.834522960396280186475870349472003)",
        R"(3)",
        R"(3)",
        R"([2,1,3])",
        R"([2,1,3])",
        R"([1,2,3])",
        R"([1,2,3])",
        R"([1,2,3])",
        R"([2,1,3])",
        R"("PT0.7S")",
        R"("PT0.7S")",
        R"(null)",
        R"(0.8)",
    };
    Arena arena;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Value value = read(
            layout.features[i].shape, blob.section(kFeatures + i), Timestamp(1'000'000), arena
        );
        EXPECT_EQ(json::to_json(value), values[i]) << i;
    }
    EXPECT_EQ(Blob::from_bytes(blob.bytes()).value().bytes(), blob.bytes());
}

TEST(Blob, OfAnEarlierVersionWithOtherSectionsIsRefused) {
    for (const char version : {'\0', '\1', '\2'}) {
        Blob blob(9, 2);
        std::string bytes(blob.bytes());
        bytes[0] = version;
        EXPECT_FALSE(Blob::from_bytes(bytes).ok());
    }
}

TEST(Blob, OfTheSecondVersionIsReadForEver) {
    // Written by version 2: a feature of every aggregate, and something in every section.
    const Layout layout = layout_of_everything();
    const Result<Blob> read_back = Blob::from_bytes(sample("blob_v2.hex"));
    ASSERT_TRUE(read_back.ok());
    const Blob& blob = read_back.value();
    EXPECT_EQ(blob.layout(), layout.hash);
    ASSERT_EQ(blob.section_count(), kFeatures + layout.features.size());
    EXPECT_EQ(blob.advanced_to(), Timestamp(999'500));
    EXPECT_EQ(blob.judged_by(), kJudgedByItsProgram);
    EXPECT_EQ(
        instances(blob),
        (std::vector<Instance>{
            {11, 1, Timestamp(960'000), Timestamp(1'060'000), 5, 1},
            {12, 2, Timestamp(980'000), kNever, 0, 0}})
    );
    EXPECT_EQ(held(blob), (std::vector<Held>{{5, 9, Timestamp(45)}}));
    ASSERT_EQ(merges(blob).size(), 1U);
    EXPECT_EQ(merges(blob)[0].from.text, "a1");
    EXPECT_EQ(merges(blob)[0].outcome, MergeOutcome::Merged);
    EXPECT_TRUE(waiting(blob).empty());
    EXPECT_EQ(used(blob, {7, 3, Duration(1'000'000)}, Timestamp(991'500)), 2U);
    Arena arena;
    const auto value = [&](std::size_t feature) {
        return json::to_json(read(
            layout.features[feature].shape,
            blob.section(kFeatures + feature),
            Timestamp(1'000'000),
            arena
        ));
    };
    EXPECT_EQ(value(0), "5") << "a count";
    EXPECT_EQ(value(2), "9") << "a sum of 1, 2, 3, 1, 2";
    EXPECT_EQ(Blob::from_bytes(blob.bytes()).value().bytes(), blob.bytes());
}

TEST(Waiting, KeepsWhatComesFirstInTimeWhateverCameFirst) {
    Blob one(1, kFeatures);
    Blob turned(1, kFeatures);
    for (std::size_t i = 0; i < kWaitingMax + 3; ++i) {
        const auto at = static_cast<std::int64_t>(i);
        EXPECT_EQ(wait(one, {Timestamp(at), 1, 5, 1, 0}), i < kWaitingMax);
        wait(turned, {Timestamp(static_cast<std::int64_t>(kWaitingMax) + 2 - at), 1, 5, 1, 0});
    }
    wait(one, {Timestamp(0), 0, 6, 1, 0});
    wait(turned, {Timestamp(0), 0, 6, 1, 0});
    EXPECT_EQ(one.bytes(), turned.bytes());
    Blob both = std::move(Blob::from_bytes(one.bytes())).value();
    merge_waiting(both, std::as_const(turned).section(kWaiting));
    EXPECT_EQ(both.bytes(), one.bytes()) << "each once";
    EXPECT_EQ(earliest_waiting(one), Timestamp(0));
    EXPECT_EQ(
        take_waiting(one, Timestamp(1)),
        (std::vector<Waiting>{
            {Timestamp(0), 0, 6, 1, 0}, {Timestamp(0), 1, 5, 1, 0}, {Timestamp(1), 1, 5, 1, 0}})
    );
    EXPECT_EQ(earliest_waiting(one), Timestamp(2));
}

TEST(Merges, KeepRefusalsApartSoThatTheyDriveOutNone) {
    Blob blob(1, kFeatures);
    const Identifier email{Identifier::Kind::Email, "ada@b.example"};
    note_merge(blob, {Timestamp(1), {Identifier::Kind::AnonymousId, "phone"}});
    for (int i = 0; i < 20; ++i) {
        note_merge(blob, {Timestamp(10 + i), email, MergeOutcome::TwoUsers});
    }
    ASSERT_EQ(merges(blob).size(), 1 + kMergesMax);
    EXPECT_EQ(merges(blob)[0].outcome, MergeOutcome::Merged);
    EXPECT_EQ(merges(blob)[1].from, email);
    EXPECT_LE(std::as_const(blob).section(kMerges).size(), kMergesBytesMax);
    EXPECT_TRUE(refused_lately(blob, email, Timestamp(29) + kRefusedFor - Duration(1)));
    EXPECT_FALSE(refused_lately(blob, email, Timestamp(29) + kRefusedFor));
    EXPECT_FALSE(refused_lately(blob, {Identifier::Kind::AnonymousId, "phone"}, Timestamp(2)))
        << "it was joined";
}

TEST(Held, OfOneCampaignWhatComesFirstStaysWhoeverHeldIt) {
    Blob one(1, kFeatures);
    Blob other(1, kFeatures);
    hold(one, {5, 1, Timestamp(50)});
    hold(one, {5, 2, Timestamp(40)});
    hold(one, {3, 1, Timestamp(60)});
    hold(other, {5, 9, Timestamp(45)});
    Blob turned(1, kFeatures);
    merge_held(turned, std::as_const(other).section(kHeld));
    merge_held(turned, std::as_const(one).section(kHeld));
    merge_held(one, std::as_const(other).section(kHeld));
    EXPECT_EQ(one.bytes(), turned.bytes());
    EXPECT_EQ(earliest_held(one), Timestamp(45));
    EXPECT_EQ(take_held(one, Timestamp(45)), (std::vector<Held>{{5, 9, Timestamp(45)}}));
    EXPECT_EQ(held(one), (std::vector<Held>{{3, 1, Timestamp(60)}}));
}

TEST(Merges, KeepTheLatestWhateverTheOrder) {
    Blob one(1, kFeatures);
    Blob other(1, kFeatures);
    for (int i = 0; i < 12; ++i) {
        const std::string device = "device" + std::to_string(i);
        note_merge(
            i % 2 == 0 ? one : other, {Timestamp(i), {Identifier::Kind::AnonymousId, device}}
        );
    }
    Blob turned = std::move(Blob::from_bytes(other.bytes())).value();
    merge_merges(turned, std::as_const(one).section(kMerges));
    merge_merges(one, std::as_const(other).section(kMerges));
    EXPECT_EQ(one.bytes(), turned.bytes());
    ASSERT_EQ(merges(one).size(), kMergesMax);
    EXPECT_EQ(merges(one).back().from.text, "device11");
}

}  // namespace
}  // namespace attune::customer
