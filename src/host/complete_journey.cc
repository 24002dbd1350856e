#include "host/complete_journey.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <map>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "host/call_json.h"
#include "host/call_list.h"
#include "host/table_file.h"
#include "value/json_writer.h"

namespace attune::host {
namespace {

using Row = std::span<const std::string>;

constexpr Duration kDay = std::chrono::hours(24);
// Before the first purchase, so that demographics are known from the start.
constexpr Timestamp kYearBegins{1'483'228'800'000};  // 2017-01-01
// A redemption has a day and no hour: it is placed after most of that day's shopping.
constexpr Duration kRedemptionHour = std::chrono::hours(20);

struct ProductFacts {
    std::string department;
    std::string category;
    std::string brand;
};

struct Basket {
    std::string id;
    std::string household;
    std::string store;
    Timestamp at;
    std::int64_t total_cents = 0;
    std::int64_t discount_cents = 0;
    std::vector<std::string> lines = {};
};

std::int64_t cents(const std::string& amount) {
    double value = 0;
    std::from_chars(amount.data(), amount.data() + amount.size(), value);
    return std::llround(value * 100);
}

Timestamp day(const std::string& date) {
    return parse_timestamp(date + "T00:00:00Z").value_or(kYearBegins);
}

std::string household(const std::string& number) {
    return "h" + number;
}

class Reader {
public:
    explicit Reader(std::string folder) : folder_(std::move(folder)) {}

    Result<Dataset> read();

private:
    template <typename Take>
    Status rows(const char* file, std::initializer_list<std::string_view> columns, Take take) const;

    Status products();
    Status demographics();
    Status purchases();
    Status campaigns();
    Status coupons();
    Status redemptions();

    void add_line(Row row, Timestamp at);
    void finish_basket();
    void add(Timestamp at, std::string json) { calls_.push_back({at, std::move(json)}); }
    CallHead head(const std::string& user_id, Timestamp at);
    [[nodiscard]] const ProductFacts& facts_of(const std::string& product) const;

    std::string folder_;
    std::unordered_map<std::string, ProductFacts> products_;
    std::vector<Call> calls_;
    Basket basket_;
    std::string message_id_;
    std::uint64_t messages_ = 0;
    Dataset data_;
};

template <typename Take>
Status Reader::rows(const char* file, std::initializer_list<std::string_view> columns, Take take)
    const {
    auto table = TableFile::open(folder_ + "/" + file, ',', columns);
    if (!table) {
        return table.error();
    }
    while (true) {
        const auto row = table.value().next();
        if (!row) {
            return row.error();
        }
        if (!row.value()) {
            return Done{};
        }
        take(*row.value());
    }
}

CallHead Reader::head(const std::string& user_id, Timestamp at) {
    message_id_ = fmt::format("journey-{:07}", ++messages_);
    return {
        .message_id = message_id_, .identity = {.user_id = user_id, .anonymous_id = ""}, .at = at};
}

const ProductFacts& Reader::facts_of(const std::string& product) const {
    static const ProductFacts kUnknown{"UNKNOWN", "UNKNOWN", "UNKNOWN"};
    const auto found = products_.find(product);
    return found == products_.end() ? kUnknown : found->second;
}

Status Reader::products() {
    return rows(
        "products.csv.gz",
        {"product_id", "department", "product_category", "brand"},
        [&](Row row) {
            products_.emplace(row[0], ProductFacts{row[1], row[2], row[3]});
        }
    );
}

Status Reader::demographics() {
    return rows(
        "demographics.csv.gz",
        {"household_id", "age", "income", "household_size", "kids_count", "marital_status"},
        [&](Row row) {
            std::string traits_json;
            json::ObjectWriter traits(traits_json);
            traits.text("age", row[1]);
            traits.text("income", row[2]);
            traits.text("household_size", row[3]);
            traits.text("kids_count", row[4]);
            traits.text("marital_status", row[5]);
            const std::string user_id = household(row[0]);
            traits.close();
            add(kYearBegins, identify_call(head(user_id, kYearBegins), traits_json));
        }
    );
}

Status Reader::purchases() {
    auto done = rows(
        "transactions_sample.csv.gz",
        {"household_id",
         "basket_id",
         "store_id",
         "product_id",
         "quantity",
         "sales_value",
         "retail_disc",
         "coupon_disc",
         "transaction_timestamp"},
        [&](Row row) {
            if (const auto at = parse_timestamp(row[8])) {
                add_line(row, *at);
            }
        }
    );
    finish_basket();
    return done;
}

void Reader::add_line(Row row, Timestamp at) {
    if (row[1] != basket_.id) {
        finish_basket();
        basket_ = {.id = row[1], .household = household(row[0]), .store = row[2], .at = at};
    }
    const ProductFacts& facts = facts_of(row[3]);
    const std::int64_t discount_cents = cents(row[6]) + cents(row[7]);
    std::string line_json;
    json::ObjectWriter line(line_json);
    line.text("product_id", row[3]);
    line.text("department", facts.department);
    line.text("category", facts.category);
    line.text("brand", facts.brand);
    line.raw("quantity", row[4]);
    line.raw("price", amount_json(cents(row[5])));
    line.raw("discount", amount_json(discount_cents));
    line.text("order_id", row[1]);
    line.close();
    std::string json = line_json;
    add(at, track_call(head(basket_.household, at), "Product Purchased", json));
    basket_.total_cents += cents(row[5]);
    basket_.discount_cents += discount_cents;
    basket_.lines.push_back(std::move(json));
}

void Reader::finish_basket() {
    if (basket_.lines.empty()) {
        return;
    }
    std::string properties_json;
    json::ObjectWriter properties(properties_json);
    properties.text("order_id", basket_.id);
    properties.text("store_id", basket_.store);
    properties.raw("total", amount_json(basket_.total_cents));
    properties.raw("discount", amount_json(basket_.discount_cents));
    properties.text("currency", "USD");
    properties.raw("products", fmt::format("[{}]", fmt::join(basket_.lines, ",")));
    const CallHead call = head(basket_.household, basket_.at);
    properties.close();
    add(basket_.at, track_call(call, "Order Completed", properties_json));
    basket_ = {};
}

Status Reader::campaigns() {
    std::map<std::string, std::size_t> index;
    auto described = rows(
        "campaign_descriptions.csv.gz",
        {"campaign_id", "campaign_type", "start_date", "end_date"},
        [&](Row row) {
            index[row[0]] = data_.campaigns.size();
            data_.campaigns.push_back({row[0], row[1], day(row[2]), day(row[3]) + kDay, {}});
        }
    );
    if (!described) {
        return described;
    }
    return rows("campaigns.csv.gz", {"campaign_id", "household_id"}, [&](Row row) {
        const auto found = index.find(row[0]);
        if (found == index.end()) {
            return;
        }
        CouponCampaign& campaign = data_.campaigns[found->second];
        campaign.households.push_back(household(row[1]));
        std::string properties_json;
        json::ObjectWriter properties(properties_json);
        properties.text("campaign_id", campaign.id);
        properties.text("campaign_type", campaign.type);
        properties.text("ends_at", to_string(campaign.end));
        const CallHead call = head(campaign.households.back(), campaign.start);
        properties.close();
        add(campaign.start, track_call(call, "Campaign Received", properties_json));
    });
}

Status Reader::coupons() {
    struct Good {
        std::map<std::string, std::size_t> products_by_category;
        std::map<std::string, std::string> department_of;
    };
    std::map<std::pair<std::string, std::string>, Good> by_coupon;
    auto done = rows("coupons.csv.gz", {"campaign_id", "coupon_upc", "product_id"}, [&](Row row) {
        const ProductFacts& facts = facts_of(row[2]);
        Good& good = by_coupon[{row[0], row[1]}];
        ++good.products_by_category[facts.category];
        good.department_of[facts.category] = facts.department;
    });
    for (const auto& [key, good] : by_coupon) {
        Coupon coupon{
            .upc = key.second, .campaign_id = key.first, .department = {}, .category = {}};
        std::size_t most = 0;
        for (const auto& [category, products] : good.products_by_category) {
            coupon.products += products;
            if (products > most) {
                most = products;
                coupon.category = category;
            }
        }
        coupon.department = good.department_of.at(coupon.category);
        data_.coupons.push_back(std::move(coupon));
    }
    return done;
}

Status Reader::redemptions() {
    std::map<std::pair<std::string, std::string>, const Coupon*> known;
    for (const Coupon& coupon : data_.coupons) {
        known[{coupon.campaign_id, coupon.upc}] = &coupon;
    }
    return rows(
        "coupon_redemptions.csv.gz",
        {"household_id", "coupon_upc", "campaign_id", "redemption_date"},
        [&](Row row) {
            const Timestamp date = day(row[3]);
            data_.redemptions.push_back({household(row[0]), row[1], row[2], date});
            const auto coupon = known.find({row[2], row[1]});
            std::string properties_json;
            json::ObjectWriter properties(properties_json);
            properties.text("coupon_upc", row[1]);
            properties.text("campaign_id", row[2]);
            if (coupon != known.end()) {
                properties.text("category", coupon->second->category);
                properties.text("department", coupon->second->department);
            }
            const Timestamp at = date + kRedemptionHour;
            const CallHead call = head(data_.redemptions.back().household, at);
            properties.close();
            add(at, track_call(call, "Coupon Redeemed", properties_json));
        }
    );
}

Result<Dataset> Reader::read() {
    data_.name = "complete-journey";
    for (const auto step :
         {&Reader::products,
          &Reader::demographics,
          &Reader::campaigns,
          &Reader::purchases,
          &Reader::coupons,
          &Reader::redemptions}) {
        if (auto done = (this->*step)(); !done) {
            return done.error();
        }
    }
    data_.calls_total = calls_.size();
    data_.calls = std::make_unique<CallList>(std::move(calls_));
    return std::move(data_);
}

}  // namespace

Result<Dataset> read_complete_journey(const std::string& folder) {
    return Reader(folder).read();
}

}  // namespace attune::host
