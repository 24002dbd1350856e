#include "host/coupon_offers.h"

#include <algorithm>

#include <fmt/format.h>

#include "value/json.h"

namespace attune::host {
namespace {

/// A JSON string is a YAML string too.
std::string quoted(std::string_view text) {
    std::string out;
    json::write_string(text, out);
    return out;
}

std::string offer_yaml(const CouponCampaign& campaign, const Coupon& coupon) {
    // The last digits of the score break ties: a coupon that is good for more products goes first.
    const std::string category = quoted(coupon.category);
    const std::string score = fmt::format(
        "(if list contains(bought, {0}) then count(bought) - index of(bought, {0})[1] + 1 else 0) "
        "+ "
        "{1} / 1000000",
        category,
        coupon.products
    );
    return fmt::format(
        "  {}:\n"
        "    tags: [coupon]\n"
        "    valid: {{from: \"{}\", to: \"{}\"}}\n"
        "    eligible: {}\n"
        "    score: {}\n"
        "    content: {{upc: {}, category: {}, campaign: {}}}\n",
        quoted(coupon_offer_name(campaign.id, coupon.upc)),
        to_string(campaign.start),
        to_string(campaign.end),
        quoted(fmt::format("list contains(campaigns, {})", quoted(campaign.id))),
        quoted(score),
        quoted(coupon.upc),
        category,
        quoted(campaign.id)
    );
}

}  // namespace

std::string coupon_offer_name(std::string_view campaign_id, std::string_view coupon_upc) {
    return fmt::format("coupon {} of campaign {}", coupon_upc, campaign_id);
}

std::string coupon_offers_yaml(
    std::span<const CouponCampaign> campaigns, std::span<const Coupon> coupons
) {
    std::string yaml = "offers:\n";
    for (const Coupon& coupon : coupons) {
        const auto campaign = std::ranges::find(campaigns, coupon.campaign_id, &CouponCampaign::id);
        if (campaign != campaigns.end()) {
            yaml += offer_yaml(*campaign, coupon);
        }
    }
    return yaml;
}

CouponJudge::CouponJudge(const Dataset& data) {
    for (const Coupon& coupon : data.coupons) {
        coupons_[coupon.campaign_id].push_back(&coupon);
        category_of_[coupon_offer_name(coupon.campaign_id, coupon.upc)] = coupon.category;
    }
    for (const Redemption& redemption : data.redemptions) {
        const std::string offer = coupon_offer_name(redemption.campaign_id, redemption.coupon_upc);
        Taken& taken = taken_[{redemption.household, redemption.campaign_id}];
        taken.offers.insert(offer);
        const auto category = category_of_.find(offer);
        if (category != category_of_.end()) {
            taken.categories.insert(category->second);
        }
    }
}

void CouponJudge::judge(
    std::string_view household, std::string_view campaign_id, std::string_view offer
) {
    ++score_.decisions;
    const auto category = category_of_.find(std::string(offer));
    score_.without_offer += category == category_of_.end() ? 1 : 0;
    const auto taken = taken_.find({std::string(household), std::string(campaign_id)});
    if (taken == taken_.end()) {
        return;
    }
    ++score_.redeemers;
    count_chance(taken->second, taken->first.second);
    if (category != category_of_.end()) {
        score_.coupon_hits += taken->second.offers.count(category->first);
        score_.category_hits += taken->second.categories.count(category->second);
    }
}

void CouponJudge::count_chance(const Taken& taken, const std::string& campaign_id) {
    const std::vector<const Coupon*>& coupons = coupons_[campaign_id];
    if (coupons.empty()) {
        return;
    }
    const auto of_category = std::ranges::count_if(coupons, [&](const Coupon* coupon) {
        return taken.categories.contains(coupon->category);
    });
    const auto all = static_cast<double>(coupons.size());
    score_.coupon_hits_by_chance += static_cast<double>(taken.offers.size()) / all;
    score_.category_hits_by_chance += static_cast<double>(of_category) / all;
}

}  // namespace attune::host
