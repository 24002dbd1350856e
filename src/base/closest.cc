#include "base/closest.h"

#include <algorithm>
#include <vector>

namespace attune {

namespace {

/// Damerau's distance with adjacent transpositions, up to `most`; case counts half a slip.
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::vector<std::size_t>> cost(
        from.size() + 1, std::vector<std::size_t>(to.size() + 1)
    );
    const auto lower = [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    };
    for (std::size_t i = 0; i <= from.size(); ++i) {
        for (std::size_t j = 0; j <= to.size(); ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = 2 * (i + j);
                continue;
            }
            const bool same = from[i - 1] == to[j - 1];
            const bool alike = lower(from[i - 1]) == lower(to[j - 1]);
            const std::size_t change = same ? 0 : alike ? 1 : 2;
            cost[i][j] =
                std::min({cost[i - 1][j] + 2, cost[i][j - 1] + 2, cost[i - 1][j - 1] + change});
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 2);
            }
        }
    }
    return cost[from.size()][to.size()];
}

}  // namespace

std::string_view closest(std::string_view name, std::span<const std::string_view> candidates) {
    constexpr std::size_t kNameBytesMax = 128;
    if (name.size() > kNameBytesMax) {
        return {};
    }
    // One slip in short names, two from six letters on, three from eleven: counted in half slips.
    const std::size_t slips_max = name.size() < 6 ? 1 : name.size() < 11 ? 2 : 3;
    std::size_t best = 2 * slips_max + 1;
    std::string_view found;
    for (const std::string_view candidate : candidates) {
        if (candidate.size() > kNameBytesMax || candidate.size() + slips_max < name.size() ||
            name.size() + slips_max < candidate.size()) {
            continue;
        }
        const std::size_t cost = distance(name, candidate);
        if (cost < best) {
            best = cost;
            found = candidate;
        }
    }
    return found;
}

}  // namespace attune
