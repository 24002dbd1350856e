#include "replication/standing.h"

#include <gtest/gtest.h>

namespace attune::replication {
namespace {

struct Clocked {
    explicit Clocked(Standing::Options options) : standing(options, [this] { return now; }) {}
    Duration now{100'000};
    Standing standing;
};

TEST(Standing, CountsWhatIsDurableHereWhereNobodyElseMustHaveIt) {
    Clocked one({});
    one.standing.lead({5});
    EXPECT_EQ(one.standing.counts_to(), Position{5});
    one.standing.local({8});
    EXPECT_EQ(one.standing.counts_to(), Position{8});
    EXPECT_TRUE(one.standing.may_take().ok());
}

TEST(Standing, WithSyncCountsWhatAStandbyHasToo) {
    Clocked one({.sync = true});
    one.standing.lead({5});
    one.standing.local({9});
    EXPECT_EQ(one.standing.counts_to(), Position{0});
    EXPECT_FALSE(one.standing.may_take().ok());
    EXPECT_TRUE(one.standing.may_append().ok());
    one.standing.confirm(1, {7});
    EXPECT_EQ(one.standing.counts_to(), Position{7});
    EXPECT_TRUE(one.standing.may_take().ok());
    one.standing.confirm(1, {9});
    EXPECT_EQ(one.standing.counts_to(), Position{9});
}

TEST(Standing, WithSyncTakesNothingWhileTheStandbyIsAway) {
    Clocked one({.sync = true});
    one.standing.lead({5});
    one.standing.confirm(1, {5});
    one.now += Duration(2'000);
    EXPECT_TRUE(one.standing.may_take().ok());
    one.now += Duration(2'000);
    EXPECT_FALSE(one.standing.may_take().ok());
    one.standing.local({6});
    one.standing.look_around();
    EXPECT_EQ(one.standing.counts_to(), Position{5});
}

TEST(Standing, GoesOnAloneOnlyWhenToldTo) {
    Clocked one({.sync = true, .alone = true});
    one.standing.lead({5});
    one.standing.confirm(1, {5});
    one.standing.local({6});
    EXPECT_EQ(one.standing.counts_to(), Position{5});
    one.now += Duration(4'000);
    one.standing.look_around();
    EXPECT_EQ(one.standing.counts_to(), Position{6});
    EXPECT_EQ(one.standing.counted_alone(), 1U);
    EXPECT_TRUE(one.standing.may_take().ok());
}

TEST(Standing, CountsNothingMoreOnceFenced) {
    Clocked one({});
    one.standing.lead({5});
    one.standing.fence(2, "somebody");
    one.standing.local({9});
    one.standing.confirm(1, {9});
    EXPECT_EQ(one.standing.counts_to(), Position{5});
    const Status refused = one.standing.may_append();
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().message.find("epoch 2"), std::string::npos);
    EXPECT_EQ(one.standing.role(), Role::Fenced);
}

TEST(Standing, KeepsTheLogForStandbysThatAreConnected) {
    Clocked one({});
    one.standing.lead({9});
    EXPECT_EQ(one.standing.needed_from(), std::nullopt);
    one.standing.confirm(1, {7});
    one.standing.confirm(2, {4});
    EXPECT_EQ(one.standing.needed_from(), Position{4});
    one.now += Duration(4'000);
    EXPECT_EQ(one.standing.needed_from(), std::nullopt);
}

}  // namespace
}  // namespace attune::replication
