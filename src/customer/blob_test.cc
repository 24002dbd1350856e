#include "customer/blob.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

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
    other_version[0] = 2;
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

}  // namespace
}  // namespace attune::customer
