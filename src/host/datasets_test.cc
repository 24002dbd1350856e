#include "host/datasets.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <gtest/gtest.h>

#include "base/arena.h"
#include "host/table_file.h"
#include "value/json.h"

namespace attune::host {
namespace {

const std::string kData = std::string(ATTUNE_SOURCE_DIR) + "/../shared/data/";

std::map<std::string, std::size_t> count_by_event(CallStream& calls, Timestamp& last) {
    std::map<std::string, std::size_t> counts;
    while (const auto call = calls.next()) {
        EXPECT_GE(call->at, last);
        last = call->at;
        Arena arena;
        const auto parsed = json::parse(call->json, arena);
        if (!parsed) {
            ADD_FAILURE() << parsed.error().message << " in " << call->json;
            return counts;
        }
        const Value event = parsed.value().get("event");
        ++counts[event.is(Value::Kind::String) ? std::string(event.as_string()) : "identify"];
    }
    return counts;
}

TEST(SplitRow, KeepsSeparatorsAndQuotesInsideOfQuotes) {
    std::vector<std::string> fields;
    split_row(R"("1",2,"a ""big"", one",)", ',', fields);
    EXPECT_EQ(fields, (std::vector<std::string>{"1", "2", R"(a "big", one)", ""}));
}

TEST(Dataset, AFolderWithoutOneSaysWhatItLookedFor) {
    const auto data = read_dataset("no/such/folder");
    ASSERT_FALSE(data.ok());
    EXPECT_EQ(data.error().kind, Error::Kind::NotFound);
    EXPECT_NE(data.error().message.find("transactions_sample.csv.gz"), std::string::npos);
}

TEST(CompleteJourney, HoldsAYearOfOrdersCouponsAndWhatBecameOfThem) {
    if (!std::filesystem::exists(kData + "complete-journey")) {
        GTEST_SKIP() << "the Complete Journey is not beside this project";
    }
    auto data = read_dataset(kData + "complete-journey");
    ASSERT_TRUE(data.ok()) << data.error().message;
    Timestamp last;
    const auto counts = count_by_event(*data.value().calls, last);
    EXPECT_EQ(counts.at("Product Purchased"), 75'000U);
    EXPECT_EQ(counts.at("Order Completed"), 47'243U);
    EXPECT_EQ(counts.at("Campaign Received"), 6'589U);
    EXPECT_EQ(counts.at("Coupon Redeemed"), 2'102U);
    EXPECT_GT(counts.at("identify"), 700U);
    EXPECT_EQ(to_string(last), "2018-01-01T03:47:38.000Z");
    EXPECT_EQ(data.value().campaigns.size(), 27U);
    EXPECT_EQ(data.value().coupons.size(), 1'197U);
    EXPECT_EQ(data.value().redemptions.size(), 2'102U);
    EXPECT_TRUE(std::ranges::none_of(data.value().coupons, [](const Coupon& coupon) {
        return coupon.category.empty() || coupon.products == 0;
    }));
}

TEST(SerenadeClicks, AreAnonymousViews) {
    if (!std::filesystem::exists(kData + "serenade-clicks")) {
        GTEST_SKIP() << "Serenade's clicks are not beside this project";
    }
    auto data = read_dataset(kData + "serenade-clicks");
    ASSERT_TRUE(data.ok()) << data.error().message;
    Timestamp last;
    const auto counts = count_by_event(*data.value().calls, last);
    EXPECT_EQ(counts.size(), 1U);
    EXPECT_EQ(counts.at("Product Viewed"), data.value().calls_total);
    EXPECT_EQ(data.value().calls_total, 116'285U);
}

}  // namespace
}  // namespace attune::host
