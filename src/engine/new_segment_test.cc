#include <string>

#include <gtest/gtest.h>

#include "customer/memberships.h"
#include "engine/test_shop.h"

// A segment that is new to customers who are known already.

namespace attune::engine {
namespace {

constexpr const char* kFeatures = R"(
features: {views: {count: Viewed}, lately: {count: Viewed, window: 1h}, idle: {since: Viewed}}
)";
constexpr const char* kSegments = R"(
segments: {busy: views >= 3, gone: idle > duration("PT1H"), keen: {when: views >= 2, for at least: 1h}}
campaigns:
  hello: {on: entered busy, do: [{webhook: {url: 'https://a.example/busy'}}]}
  back: {on: entered gone, do: [{webhook: {url: 'https://a.example/gone'}}]}
  keen: {on: entered keen, do: [{webhook: {url: 'https://a.example/keen'}}]}
)";

constexpr Duration kHour(std::int64_t{3'600'000});

/// A customer with so many views, made by a program without segments.
customer::Blob known(int views) {
    TestShop shop(kFeatures);
    for (int i = 0; i < views; ++i) {
        shop.track("ada", "Viewed");
    }
    Result<customer::Blob> copy = customer::Blob::from_bytes(shop.blob("ada").bytes());
    ATTUNE_ASSERT(copy.ok());
    return std::move(copy).value();
}

class NewSegment : public testing::Test {
protected:
    [[nodiscard]] bool in(const customer::Blob& blob, const std::string& name) const {
        for (const program::Segment& segment : program_->segments) {
            if (segment.name == name) {
                return customer::is_member(blob, segment.id);
            }
        }
        return false;
    }
    void view(customer::Blob& blob, Timestamp now) {
        schema::Event event;
        event.name = "Viewed";
        event.id = "again";
        event.user_id = "ada";
        event.at = now;
        fold_.apply({1, blob}, event, now, effects_);
    }

    std::shared_ptr<const program::Program> program_ =
        program::test_program(std::string(kFeatures) + kSegments);
    Fold fold_{*program_};
    Effects effects_ = [this] {
        Effects effects;
        effects.counts = Fold::zero_counts(*program_);
        return effects;
    }();
};

TEST_F(NewSegment, IsEnteredByThoseWhoBelongToItAndStartsNoCampaign) {
    customer::Blob blob = known(3);
    EXPECT_FALSE(fold_.judged(blob));
    const Timestamp now = kStart + 2 * kHour;
    fold_.advance({1, blob}, now, effects_);
    EXPECT_TRUE(fold_.judged(blob));
    EXPECT_TRUE(in(blob, "busy"));
    EXPECT_TRUE(in(blob, "gone")) << "an hour without a view has passed long ago";
    EXPECT_FALSE(in(blob, "keen")) << "its time begins now";
    ASSERT_EQ(effects_.segment_changes.size(), 2U);
    EXPECT_EQ(effects_.segment_changes[0].at, now) << "entered when it was computed";
    EXPECT_TRUE(effects_.webhooks.empty());
    fold_.advance({1, blob}, now + 2 * kHour, effects_);
    EXPECT_TRUE(in(blob, "keen"));
    EXPECT_EQ(effects_.webhooks.size(), 1U) << "who stays for the time enters as anybody does";
}

TEST_F(NewSegment, DoesNotHideThatAnEventMakesACustomerEnter) {
    customer::Blob blob = known(2);
    view(blob, kStart + kHour);
    EXPECT_TRUE(in(blob, "busy"));
    ASSERT_EQ(effects_.webhooks.size(), 1U) << "the third view did it, not the publishing";
    customer::Blob member = known(3);
    view(member, kStart + kHour);
    EXPECT_TRUE(in(member, "busy"));
    EXPECT_EQ(effects_.webhooks.size(), 1U) << "in it before the event";
}

TEST_F(NewSegment, IsOldToWhoeverIsNew) {
    TestShop shop(program_);
    shop.track("ada", "Viewed");
    EXPECT_TRUE(fold_.judged(shop.blob("ada")));
    const auto changed =
        program::test_program(std::string(kFeatures) + "segments: {busy: views >= 4}\n");
    EXPECT_FALSE(Fold(*changed).judged(shop.blob("ada"))) << "another condition";
}

TEST_F(NewSegment, SlicesOfAShardHoldEveryCustomerOnce) {
    for (const std::uint64_t count : {1U, 2U, 7U, 1'000U}) {
        for (std::uint64_t id = 3; id < 1'000'000'000'000'000'000U; id = id * 3 + 1) {
            int held = 0;
            for (std::uint64_t number = 0; number < count; ++number) {
                held += Shard::Slice{number, count}.holds(id) ? 1 : 0;
            }
            ASSERT_EQ(held, 1) << id << " of " << count;
        }
    }
}

}  // namespace
}  // namespace attune::engine
