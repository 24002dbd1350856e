#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/assert.h"

namespace attune::host {

/// Reproducible random numbers (SplitMix64, Steele et al. 2014): one seed gives one sequence, on
/// every machine and compiler. Not for secrets.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    [[nodiscard]] std::uint64_t next() {
        std::uint64_t mixed = state_ += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// In [0, 1), with 53 random bits.
    [[nodiscard]] double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

    /// In [0, bound). The bias of the multiplication is below 2^-32 for the small bounds used here.
    [[nodiscard]] std::uint32_t below(std::uint32_t bound) {
        ATTUNE_ASSERT(bound > 0);
        return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
    }

    [[nodiscard]] bool chance(double probability) { return unit() < probability; }

private:
    std::uint64_t state_;
};

/// One element of a list that is not empty, each as likely as the others.
template <typename List>
[[nodiscard]] const auto& pick(const List& list, Random& random) {
    return list[random.below(static_cast<std::uint32_t>(list.size()))];
}

/// Draws ranks 0, 1, 2… with probability proportional to 1/(rank + 1): few are popular, most are
/// not. The exponent is 1, so that no library function decides the last bit of a weight.
class Zipf {
public:
    explicit Zipf(std::uint32_t ranks) {
        ATTUNE_ASSERT(ranks > 0);
        cumulative_.reserve(ranks);
        double sum = 0;
        for (std::uint32_t rank = 0; rank < ranks; ++rank) {
            sum += 1.0 / (rank + 1.0);
            cumulative_.push_back(sum);
        }
    }

    [[nodiscard]] std::uint32_t draw(Random& random) const {
        const double at = random.unit() * cumulative_.back();
        const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), at);
        const auto rank = static_cast<std::size_t>(found - cumulative_.begin());
        return static_cast<std::uint32_t>(std::min(rank, cumulative_.size() - 1));
    }

private:
    std::vector<double> cumulative_;
};

}  // namespace attune::host
