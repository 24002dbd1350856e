#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace attune::program {

/// A number in [0, 1) that follows from `seed`. Mixed twice, as seeds may be as close as numbers in
/// a row.
[[nodiscard]] double draw(std::uint64_t seed);

/// A deterministic split of customers between variants: it follows from the customer's id and names
/// alone, so nothing is kept, and a replay decides alike.
struct Experiment {
    struct Variant {
        std::string name;
        double upto =
            1;  ///< The end of its part of [0, 1), which begins where the one before ends.
    };

    std::string name;
    std::uint64_t id = 0;  ///< The hash of its name: variants of two experiments are independent.
    /// The hash of its group's name, or of its own. A customer has one place in [0, 1) in a group,
    /// so experiments whose parts of it do not overlap have no customer in common.
    std::uint64_t group = 0;
    double from = 0;  ///< Customers whose place is in [from, to) take part.
    double to = 1;
    std::vector<Variant> variants;
};

/// The name of the variant that the customer is in, or nothing if it takes no part.
[[nodiscard]] std::optional<std::string_view> variant_of(
    const Experiment& experiment, std::uint64_t customer
);

}  // namespace attune::program
