#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/random.h"

namespace attune::host {

struct Product {
    std::string id;
    std::string name;
    std::string_view category;
    std::string_view brand;
    std::int64_t price_cents;
};

/// What a simulated shop sells: products in categories, some of them far more popular.
class ShopCatalogue {
public:
    /// `products` is at least the number of categories. The same seed gives the same catalogue.
    ShopCatalogue(std::uint32_t products, Random& random);

    [[nodiscard]] std::uint32_t categories() const {
        return static_cast<std::uint32_t>(by_category_.size());
    }
    [[nodiscard]] std::string_view category_name(std::uint32_t category) const;

    /// A product by popularity, from one category or from the whole shop.
    [[nodiscard]] const Product& draw_from(std::uint32_t category, Random& random) const;
    [[nodiscard]] const Product& draw(Random& random) const;

private:
    std::vector<Product> products_;
    std::vector<std::vector<std::uint32_t>> by_category_;
    Zipf popularity_;
    Zipf popularity_in_category_;
};

struct Person {
    std::string first_name;
    std::string last_name;
    std::string email;
    std::string_view city;
};

/// The person with this number: always the same, so a simulated customer keeps the name.
[[nodiscard]] Person person(std::uint32_t number);

}  // namespace attune::host
