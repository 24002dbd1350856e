#include "customer/layout.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "customer/read_everything.h"

namespace attune::customer {
namespace {

Layout::Feature count_feature(std::uint64_t definition) {
    return {definition, FeatureShape{}};
}

TEST(Layout, ItsHashFollowsFromDefinitionsInOrder) {
    const Layout one = Layout::of({count_feature(1), count_feature(2)});
    EXPECT_EQ(one.hash, Layout::of({count_feature(1), count_feature(2)}).hash);
    EXPECT_NE(one.hash, Layout::of({count_feature(2), count_feature(1)}).hash);
    EXPECT_NE(one.hash, Layout::of({count_feature(1)}).hash);
}

TEST(Layout, MigrationKeepsFeaturesByDefinitionAndAllThatIsNoFeature) {
    const Layout from = Layout::of({count_feature(1), count_feature(2)});
    const Layout to = Layout::of({count_feature(3), count_feature(2)});
    Blob blob = from.empty_blob();
    blob.set_newest(Timestamp(77));
    blob.set_advanced_to(Timestamp(88));
    add_identifier(blob, {Identifier::Kind::UserId, "u1"});
    set_attribute(blob, kTraits, "name", Timestamp(5), Value::string("Ada"));
    enter(blob, 7, Timestamp(3));
    use(blob, {4, 2, Duration(1'000)}, Timestamp(10));
    add_message(blob, 5, Timestamp(1), "{}");
    for (int i = 0; i < 3; ++i) {
        apply(from.features[0].shape, blob, kFeatures, Timestamp(1), Value());
        apply(from.features[1].shape, blob, kFeatures + 1, Timestamp(1), Value());
    }
    const Blob migrated = migrate(blob, from, to);
    EXPECT_EQ(migrated.layout(), to.hash);
    EXPECT_EQ(migrated.newest(), Timestamp(77));
    EXPECT_EQ(migrated.advanced_to(), Timestamp(88));
    for (std::size_t i = 0; i < kFeatures; ++i) {
        EXPECT_EQ(migrated.section(i), std::as_const(blob).section(i)) << i;
    }
    EXPECT_EQ(migrated.section(kFeatures), "");
    EXPECT_EQ(migrated.section(kFeatures + 1), std::as_const(blob).section(kFeatures + 1));
    EXPECT_EQ(migrate(migrated, to, to).bytes(), migrated.bytes());
}

/// One thing that may happen to a customer.
void happen(const Layout& layout, Blob& blob, std::uint32_t seed) {
    const Timestamp at(1'000'000 + seed % 20'011);
    blob.set_newest(std::max(blob.newest(), at));
    set_attribute(
        blob,
        seed % 2 == 0 ? kTraits : kConsent,
        "k" + std::to_string(seed % 3),
        at,
        Value::integer(at.ms())
    );
    remember(blob, seed);
    use(blob, {seed % 5, 4, Duration(10'000)}, at);
    for (std::size_t i = 0; i < layout.features.size(); ++i) {
        apply(layout.features[i].shape, blob, kFeatures + i, at, Value::integer(seed % 3));
    }
}

Blob copy_of(const Blob& blob) {
    return std::move(Blob::from_bytes(blob.bytes())).value();
}

/// Top adds floating-point scores and lists candidates as they came; the rest is exact.
bool exact(const Layout::Feature& feature) {
    return feature.shape.aggregate != Aggregate::Top;
}

TEST(Layout, MergeIsCommutativeAndEqualsOneCustomerWhoDidItAll) {
    const Layout layout = layout_of_everything();
    const auto two = [](std::uint64_t) -> std::size_t { return 2; };
    EXPECT_TRUE(rc::check([&] {
        // Each moment once; ties are told apart by arrival, which merging cannot know.
        const auto seeds =
            *rc::gen::unique<std::vector<std::uint32_t>>(rc::gen::inRange(0U, 20'011U));
        Blob whole = layout.empty_blob();
        Blob one = layout.empty_blob();
        Blob other = layout.empty_blob();
        for (const std::uint32_t seed : seeds) {
            happen(layout, whole, seed);
            happen(layout, *rc::gen::arbitrary<bool>() ? one : other, seed);
        }
        Blob reversed = copy_of(other);
        merge(layout, reversed, one, two);
        merge(layout, one, other, two);
        for (const std::size_t section : {kTraits, kConsent, kLimits}) {
            RC_ASSERT(std::as_const(one).section(section) == std::as_const(whole).section(section));
            RC_ASSERT(
                std::as_const(one).section(section) == std::as_const(reversed).section(section)
            );
        }
        for (std::size_t i = 0; i < layout.features.size(); ++i) {
            const std::size_t section = kFeatures + i;
            // First in a window keeps the first values of all; the compiler refuses it.
            if (exact(layout.features[i])) {
                RC_ASSERT(
                    std::as_const(one).section(section) == std::as_const(whole).section(section)
                );
                RC_ASSERT(
                    std::as_const(one).section(section) == std::as_const(reversed).section(section)
                );
            }
        }
        RC_ASSERT(one.newest() == whole.newest());
        RC_ASSERT(one.bytes().size() <= layout.bytes_max(8, 8, 5 * (kLimitHeaderBytes + 4 * 8)));
    }));
}

TEST(Layout, MergedPatternsKeepTheNewestUpToTheirOwnBound) {
    const Layout layout = Layout::of({});
    Blob one = layout.empty_blob();
    Blob other = layout.empty_blob();
    set_instances(one, {{1, 1, Timestamp(10), kNever}, {2, 1, Timestamp(1), Timestamp(5)}});
    set_instances(
        other,
        {{1, 1, Timestamp(20), kNever}, {1, 2, Timestamp(30), kNever}, {3, 1, Timestamp(1), kNever}}
    );
    const auto bound = [](std::uint64_t pattern) -> std::size_t {
        return pattern == 1 ? 2 : pattern == 2 ? 1 : 0;
    };
    Blob reversed = copy_of(other);
    merge(layout, reversed, one, bound);
    merge(layout, one, other, bound);
    const std::vector<Instance> expected{
        {1, 1, Timestamp(20), kNever},
        {1, 2, Timestamp(30), kNever},
        {2, 1, Timestamp(1), Timestamp(5)}};
    EXPECT_EQ(instances(one), expected);
    EXPECT_EQ(instances(reversed), expected);
}

}  // namespace
}  // namespace attune::customer
