#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "program/diagnostics.h"

namespace attune::program {

/// A placement's choice of offers, over their tags:
///
///     all
///     tags contains "hero" and not tags contains "archived"
///     tags contains "hero" or (tags contains "new" and tags contains "shoes")
class TagFilter {
public:
    /// Nothing, with an error, for any other text.
    [[nodiscard]] static std::optional<TagFilter> parse(const Text& text, Diagnostics& diagnostics);

    [[nodiscard]] bool matches(const std::vector<Text>& tags) const;
    /// The tags that are asked for, with their places.
    [[nodiscard]] const std::vector<Text>& tags() const { return tags_; }

private:
    enum class Operation : std::uint8_t { All, Contains, Not, And, Or };

    struct Step {
        Operation operation = Operation::All;
        std::size_t tag = 0;
    };

    class Parser;

    std::vector<Step> steps_;  ///< In postfix order.
    std::vector<Text> tags_;
};

}  // namespace attune::program
