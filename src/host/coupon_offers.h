#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/datasets.h"

namespace attune::host {

/// The coupons as offers of a workspace file: each valid during its campaign, for those who got
/// that campaign, and the better the more often they bought from its category. Expects the features
/// `campaigns` and `bought` of examples/grocer.
[[nodiscard]] std::string coupon_offers_yaml(
    std::span<const CouponCampaign> campaigns, std::span<const Coupon> coupons
);

/// The name of a coupon's offer.
[[nodiscard]] std::string coupon_offer_name(
    std::string_view campaign_id, std::string_view coupon_upc
);

/// How decisions compare with what households really did.
struct CouponScore {
    std::size_t decisions = 0;
    std::size_t without_offer = 0;
    std::size_t redeemers = 0;    ///< Decisions whose household redeemed a coupon of the campaign.
    std::size_t coupon_hits = 0;  ///< Of those: the very coupon was redeemed.
    std::size_t category_hits = 0;  ///< Of those: a coupon of the same category was.
    /// What choosing a coupon of the campaign at random would have hit, on average.
    double coupon_hits_by_chance = 0;
    double category_hits_by_chance = 0;
};

/// Judges decisions made when a household gets a campaign by what it redeems of it later.
class CouponJudge {
public:
    /// `data` must outlive the judge.
    explicit CouponJudge(const Dataset& data);

    /// `offer` is the name of the chosen offer, or empty for none.
    void judge(std::string_view household, std::string_view campaign_id, std::string_view offer);

    [[nodiscard]] const CouponScore& score() const { return score_; }

private:
    struct Taken {
        std::set<std::string> offers;
        std::set<std::string> categories;
    };

    void count_chance(const Taken& taken, const std::string& campaign_id);

    std::map<std::string, std::vector<const Coupon*>> coupons_;   ///< By campaign.
    std::map<std::string, std::string> category_of_;              ///< By offer.
    std::map<std::pair<std::string, std::string>, Taken> taken_;  ///< By household and campaign.
    CouponScore score_;
};

}  // namespace attune::host
