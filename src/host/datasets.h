#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "host/call_stream.h"

namespace attune::host {

/// A period in which a shop sent coupons to some of its customers.
struct CouponCampaign {
    std::string id;
    std::string type;
    Timestamp start;
    Timestamp end;                        ///< The first moment after it.
    std::vector<std::string> households;  ///< userIds of those who got its coupons.
};

/// A coupon of one campaign, good for products of one category. (A few are good for several: this
/// is the one that most of their products are in.)
struct Coupon {
    std::string upc;
    std::string campaign_id;
    std::string department;
    std::string category;
    std::size_t products = 0;  ///< How many it is good for.
};

/// That a household really used a coupon: what a decision is measured against.
struct Redemption {
    std::string household;  ///< userId
    std::string coupon_upc;
    std::string campaign_id;
    Timestamp day;  ///< Its first moment; the hour is not recorded.
};

/// Recorded behaviour, as calls in order of time and, where the data has them, coupons and what
/// became of them.
struct Dataset {
    std::string name;
    std::unique_ptr<CallStream> calls;
    std::size_t calls_total = 0;
    std::vector<CouponCampaign> campaigns;
    std::vector<Coupon> coupons;
    std::vector<Redemption> redemptions;
};

/// Reads a folder that holds the Complete Journey (a year of 2,469 households: grocery line items,
/// coupon campaigns, redemptions) or Serenade's clicks (anonymous sessions of product views),
/// telling them apart by their files.
///
/// The Complete Journey becomes `identify` (demographics), `Product Purchased` (a line item),
/// `Order Completed` (its basket), `Campaign Received` and `Coupon Redeemed`, with userIds
/// "h<number>". Clicks become `Product Viewed` with anonymousIds "s<number>". NotFound, saying what
/// was looked for, if neither is there.
[[nodiscard]] Result<Dataset> read_dataset(const std::string& folder);

}  // namespace attune::host
