#include "program/frame.h"

#include <gtest/gtest.h>

#include "customer/attributes.h"
#include "customer/sections.h"
#include "program/test_program.h"

namespace attune::program {
namespace {

constexpr Timestamp kNow{1'767'225'600'000};  // 2026-01-01T00:00:00Z

constexpr const char* kShop = R"(
features: {views: {count: Viewed}}
segments:
  loyal: traits.vip = true and views >= 0
  other: traits.vip = true and views >= 1
  spaced: traits.vip   =   true and views>=0
offers:
  gift: {content: {title: A gift}, eligible: traits.vip = true and views >= 0}
  asked: {content: {title: Asked}, eligible: context.page = "x"}
  again: {content: {title: Asked}, eligible: context.page = "x"}
  doubtful: {content: {title: D}, eligible: traits.age + 1 > 18}
  twice: {content: {title: D}, eligible: traits.age + 1 > 18}
)";

/// A customer of the shop above, as expressions see her.
class SharedConditions : public ::testing::Test {
protected:
    SharedConditions() { frame_.bind(1, blob_, kNow); }

    void trait(const std::string& key, const Value& value) {
        customer::set_attribute(blob_, customer::kTraits, key, kNow, value);
    }
    [[nodiscard]] std::uint32_t place(const feel::Expression& condition) const {
        return program_->answer_places[condition.number()];
    }
    [[nodiscard]] const feel::Expression& eligible(std::string_view name) const {
        for (const Offer& offer : program_->offers) {
            if (offer.name == name) {
                return *offer.eligible;
            }
        }
        ADD_FAILURE() << name;
        return *program_->offers.front().eligible;
    }

    std::shared_ptr<const Program> program_ = test_program(kShop);
    Frame frame_{*program_};
    customer::Blob blob_ = program_->layout.empty_blob();
};

TEST_F(SharedConditions, AreThoseThatAreEqualWhereverTheyStand) {
    const feel::Expression& loyal = program_->segments[0].when;
    EXPECT_NE(place(loyal), 0U);
    EXPECT_EQ(place(program_->segments[2].when), place(loyal));
    EXPECT_EQ(place(eligible("gift")), place(loyal));
    EXPECT_EQ(place(program_->segments[1].when), 0U);
    EXPECT_EQ(program_->segments[2].when.text(), "traits.vip   =   true and views>=0");
}

TEST_F(SharedConditions, AreJudgedAnewWhenTheCustomerChanges) {
    const feel::Expression& loyal = program_->segments[0].when;
    EXPECT_FALSE(frame_.holds(loyal));
    trait("vip", Value::boolean(true));
    EXPECT_FALSE(frame_.holds(eligible("gift"))) << "nobody has told the frame";
    frame_.state_changed();
    EXPECT_TRUE(frame_.holds(eligible("gift")));
    EXPECT_TRUE(frame_.holds(loyal));
    const customer::Blob stranger = program_->layout.empty_blob();
    frame_.bind(2, stranger, kNow);
    EXPECT_FALSE(frame_.holds(loyal));
    frame_.bind(1, blob_, kNow);
    EXPECT_TRUE(frame_.holds(program_->segments[2].when));
}

TEST_F(SharedConditions, AreNotThoseThatReadWhatIsSetBetweenThem) {
    EXPECT_EQ(place(eligible("asked")), 0U);
    const Entry page{"page", Value::string("x")};
    EXPECT_FALSE(frame_.holds(eligible("asked")));
    frame_.set(kContextSlot, Value::context({&page, 1}));
    EXPECT_TRUE(frame_.holds(eligible("again")));
}

TEST_F(SharedConditions, WarnInEachPlace) {
    ASSERT_NE(place(eligible("doubtful")), 0U);
    EXPECT_EQ(place(eligible("doubtful")), place(eligible("twice")));
    trait("age", Value::string("old"));
    frame_.state_changed();
    EXPECT_FALSE(frame_.holds(eligible("doubtful")));
    const std::uint64_t warned = frame_.warnings().count();
    EXPECT_GT(warned, 0U);
    EXPECT_FALSE(frame_.holds(eligible("twice")));
    EXPECT_EQ(frame_.warnings().count(), 2 * warned);
}

}  // namespace
}  // namespace attune::program
