#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "engine/test_shop.h"

// State is the same to the byte whoever compiled the program: `./dev blobs` runs this with GCC and
// clang, optimised and not, and with fused multiplication and addition allowed.

namespace attune::engine {
namespace {

/// Every sort of feature, what else a blob holds, and all that counts with floating point.
constexpr const char* kShop = R"(
workspace: {zone: Europe/Paris}
identifiers: {email: {from: context.externalIds}}
features:
  views: {count: Viewed, window: 10m}
  views_today: {count: Viewed, window: today}
  views_each: {count: Viewed, by: properties.product, keep: 8, window: 1h}
  spend: {sum: Ordered, of: properties.total}
  least: {min: Ordered, of: properties.total, window: 1d}
  most: {max: Ordered, of: properties.total, window: 1d}
  mean: {avg: Ordered, of: properties.total, window: 7d}
  spread: {stddev: Ordered, of: properties.total, window: 7d}
  products: {distinct: Viewed, of: properties.product, window: 30d}
  brands_few: {distinct: Ordered, of: properties.brand, window: 1h}
  recent: {last: Viewed, of: "{p: properties.product, at: time}", keep: 5}
  earliest: {first: Viewed, of: properties.product, keep: 3}
  favourites: {top: Viewed, of: properties.product, keep: 5, half_life: 3h}
  idle: {since: Viewed}
  pace: {rate: Viewed, half_life: 7m}
  heat: {count: Viewed, half_life: 11m}
  weight: {sum: Ordered, of: properties.total, half_life: 5h}
  brands: {set: Ordered, of: properties.brand, window: 90d, keep: 6}
  visit: {session: [Viewed, page], gap: 5m}
  typical: {quantile: Ordered, of: properties.total, at: 90%, window: 30d}
  exact: {sum: Ordered, of: properties.total, window: 20m, exact: true, keep: 10}
segments:
  busy: views >= 3
  hot: heat > 2.5
  keen: {when: spread > 10 and mean < 60, for at least: 2m}
patterns:
  cart: {sequence: [{view: Viewed}, {not: Ordered, within: 9m}]}
  thrice: {sequence: [{view: Viewed, times: 3}], within: 1h, same: properties.product}
campaigns:
  hello: {on: entered busy, limit: {times: 3, per: 1d}, do: [{message: {title: "{{ mean }} {{ heat }}"}}]}
)";

/// Of no library: the same numbers everywhere.
class Numbers {
public:
    std::uint32_t below(std::uint32_t end) {
        state_ = state_ * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
        return static_cast<std::uint32_t>(state_ >> 33U) % end;
    }

private:
    std::uint64_t state_ = 20'260'101;
};

std::uint64_t fold_fixed_stream() {
    TestShop shop(kShop);
    Numbers numbers;
    // Drawn one after the other: in which order an expression's parts are worked out is for each
    // compiler to say.
    for (int i = 0; i < 4'000; ++i) {
        shop.pass(Duration(numbers.below(20'000)));
        shop.population().advance_due(shop.now());
        const std::string person = std::to_string(numbers.below(12));
        Sent sent;
        sent.user = numbers.below(4) == 0 ? "" : "user" + person;
        const bool device = numbers.below(3) == 0;
        sent.anonymous = sent.user.empty() || device ? "device" + person : "";
        sent.event = numbers.below(4) == 0 ? "Ordered" : "Viewed";
        const std::string product = std::to_string(numbers.below(60));
        const std::string brand = std::to_string(numbers.below(9));
        const std::string euros = std::to_string(numbers.below(20'000));
        const std::string cents = std::to_string(numbers.below(100));
        sent.properties = R"({"product":"p)" + product + R"(","brand":"b)" + brand +
                          R"(","total":)" + euros + "." + cents + "}";
        if (numbers.below(20) == 0) {
            sent.context = R"({"externalIds":[{"type":"email","id":"u)" + person + R"(@b.c"}]})";
        }
        const Duration late(numbers.below(90'000));
        sent.at = std::max(shop.now() - kStart - late, Duration(0));
        shop.send(sent);
    }
    std::uint64_t hash = 0;
    for (const auto& [id, bytes] : shop.all_bytes()) {
        hash = hash_combine(hash_combine(hash, id), hash_bytes(bytes));
    }
    return hash;
}

TEST(SameBlobs, AreMadeByEveryCompiler) {
    // Changes with the layout of blobs and with what the workspace above means; then the other
    // compilers must agree on the new number.
    EXPECT_EQ(fold_fixed_stream(), 5'209'410'710'133'231'647U);
}

}  // namespace
}  // namespace attune::engine
