#include "host/shop_catalogue.h"

#include <array>
#include <cctype>

#include <fmt/format.h>

namespace attune::host {
namespace {

struct CategoryWords {
    std::string_view name;
    std::array<std::string_view, 4> things;
    std::int64_t price_cents_min;
    std::int64_t price_cents_max;
};

constexpr std::array<CategoryWords, 8> kCategories{{
    {"shoes", {"Runner", "Sneaker", "Boot", "Loafer"}, 3'990, 19'990},
    {"jackets", {"Parka", "Anorak", "Blazer", "Raincoat"}, 5'990, 29'990},
    {"bags", {"Backpack", "Tote", "Satchel", "Weekender"}, 2'990, 18'990},
    {"watches", {"Diver", "Chronograph", "Field Watch", "Pilot"}, 4'990, 49'990},
    {"sports", {"Yoga Mat", "Racket", "Kettlebell", "Helmet"}, 990, 14'990},
    {"home", {"Lamp", "Blanket", "Vase", "Chair"}, 1'490, 24'990},
    {"beauty", {"Serum", "Balm", "Perfume", "Soap"}, 590, 8'990},
    {"books", {"Atlas", "Novel", "Cookbook", "Field Guide"}, 790, 3'990},
}};

constexpr std::array<std::string_view, 8> kStyles{
    "Alpine", "Coastal", "Nordic", "Urban", "Classic", "Midnight", "Meadow", "Copper"};

constexpr std::array<std::string_view, 12> kBrands{
    "Aurelio",
    "Birch & Co",
    "Cobalt",
    "Dune",
    "Ember",
    "Fjell",
    "Grove",
    "Halden",
    "Indigo",
    "Juniper",
    "Kestrel",
    "Lumen"};

constexpr std::array<std::string_view, 16> kFirstNames{
    "Ada",
    "Bela",
    "Chloé",
    "Dario",
    "Elif",
    "Femi",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Kaya",
    "Lena",
    "Mateo",
    "Noor",
    "Olu",
    "Priya"};

constexpr std::array<std::string_view, 16> kLastNames{
    "Almeida",
    "Berg",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Hansen",
    "Ivanov",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Novak",
    "Okafor",
    "Petrov"};

constexpr std::array<std::string_view, 8> kCities{
    "Amsterdam", "Berlin", "Copenhagen", "Dublin", "Lisbon", "Lyon", "Milan", "Vienna"};

/// A price that ends in 90 cents, as prices do.
std::int64_t draw_price(const CategoryWords& words, Random& random) {
    const auto tens =
        static_cast<std::uint32_t>((words.price_cents_max - words.price_cents_min) / 100);
    return words.price_cents_min + std::int64_t{100} * random.below(tens + 1);
}

}  // namespace

ShopCatalogue::ShopCatalogue(std::uint32_t products, Random& random)
    : by_category_(kCategories.size()),
      popularity_(products),
      popularity_in_category_(products / static_cast<std::uint32_t>(kCategories.size())) {
    products_.reserve(products);
    for (std::uint32_t number = 0; number < products; ++number) {
        const auto category = number % static_cast<std::uint32_t>(kCategories.size());
        const CategoryWords& words = kCategories[category];
        const std::string_view style = pick(kStyles, random);
        const std::string_view thing = pick(words.things, random);
        by_category_[category].push_back(number);
        products_.push_back({
            .id = fmt::format("p{:05}", number),
            .name = fmt::format("{} {}", style, thing),
            .category = words.name,
            .brand = pick(kBrands, random),
            .price_cents = draw_price(words, random),
        });
    }
}

std::string_view ShopCatalogue::category_name(std::uint32_t category) const {
    ATTUNE_ASSERT(category < categories());
    return kCategories[category].name;
}

const Product& ShopCatalogue::draw_from(std::uint32_t category, Random& random) const {
    ATTUNE_ASSERT(category < categories());
    return products_[by_category_[category][popularity_in_category_.draw(random)]];
}

const Product& ShopCatalogue::draw(Random& random) const {
    return products_[popularity_.draw(random)];
}

Person person(std::uint32_t number) {
    Random random(number);
    Person drawn{
        .first_name = std::string(pick(kFirstNames, random)),
        .last_name = std::string(pick(kLastNames, random)),
        .email = fmt::format("customer{}@example.com", number),
        .city = pick(kCities, random),
    };
    return drawn;
}

}  // namespace attune::host
