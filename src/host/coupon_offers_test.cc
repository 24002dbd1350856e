#include "host/coupon_offers.h"

#include <gtest/gtest.h>

namespace attune::host {
namespace {

Dataset two_coupons() {
    Dataset data;
    data.campaigns = {{"18", "Type A", Timestamp(0), Timestamp(86'400'000), {"h1", "h2"}}};
    data.coupons = {{"111", "18", "GROCERY", "CHEESE", 3}, {"222", "18", "DRUG GM", "SOAP", 1}};
    data.redemptions = {{"h1", "111", "18", Timestamp(1'000)}};
    return data;
}

TEST(CouponOffers, EachCouponIsAnOfferOfItsCampaign) {
    const Dataset data = two_coupons();
    const std::string yaml = coupon_offers_yaml(data.campaigns, data.coupons);
    EXPECT_NE(yaml.find("\"coupon 111 of campaign 18\":"), std::string::npos);
    EXPECT_NE(yaml.find(R"x(eligible: "list contains(campaigns, \"18\")")x"), std::string::npos);
    EXPECT_NE(yaml.find("to: \"1970-01-02T00:00:00.000Z\""), std::string::npos);
}

TEST(CouponJudge, ComparesADecisionWithWhatTheHouseholdRedeemedLater) {
    const Dataset data = two_coupons();
    CouponJudge judge(data);
    judge.judge("h1", "18", coupon_offer_name("18", "111"));
    judge.judge("h2", "18", coupon_offer_name("18", "111"));  // redeemed nothing
    judge.judge("h1", "18", coupon_offer_name("18", "222"));
    judge.judge("h1", "18", "");
    EXPECT_EQ(judge.score().decisions, 4U);
    EXPECT_EQ(judge.score().redeemers, 3U);
    EXPECT_EQ(judge.score().without_offer, 1U);
    EXPECT_EQ(judge.score().coupon_hits, 1U);
    EXPECT_EQ(judge.score().category_hits, 1U);
    EXPECT_DOUBLE_EQ(judge.score().coupon_hits_by_chance, 1.5);  // one of two, three times
}

}  // namespace
}  // namespace attune::host
