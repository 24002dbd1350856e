#include "feel/similar.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace attune::feel {

namespace {

// Longer names are not worth a quadratic comparison.
constexpr std::size_t kLengthMax = 64;

char lower(char byte) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
}

/// Levenshtein's distance with neighbours swapped as one step, ignoring the case of ASCII letters.
std::size_t distance(std::string_view lhs, std::string_view rhs) {
    std::vector<std::size_t> before(rhs.size() + 1);
    std::vector<std::size_t> row(rhs.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < lhs.size(); ++i) {
        std::vector<std::size_t> next(rhs.size() + 1, i + 1);
        for (std::size_t j = 0; j < rhs.size(); ++j) {
            const bool same = lower(lhs[i]) == lower(rhs[j]);
            next[j + 1] = std::min({row[j] + (same ? 0 : 1), row[j + 1] + 1, next[j] + 1});
            const bool swapped = i > 0 && j > 0 && lower(lhs[i]) == lower(rhs[j - 1]) &&
                                 lower(lhs[i - 1]) == lower(rhs[j]);
            if (swapped) {
                next[j + 1] = std::min(next[j + 1], before[j - 1] + 1);
            }
        }
        before = std::move(row);
        row = std::move(next);
    }
    return row.back();
}

}  // namespace

std::string most_similar(std::string_view name, std::span<const std::string> candidates) {
    if (name.empty() || name.size() > kLengthMax) {
        return {};
    }
    std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
    std::string best;
    for (const std::string& candidate : candidates) {
        if (candidate.size() > kLengthMax || candidate == name) {
            continue;
        }
        const std::size_t away = distance(name, candidate);
        if (away < best_distance) {
            best_distance = away;
            best = candidate;
        }
    }
    return best;
}

std::string did_you_mean(const std::string& similar) {
    return similar.empty() ? "" : "did you mean \"" + similar + "\"?";
}

}  // namespace attune::feel
