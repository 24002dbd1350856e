#include "program/experiment.h"

#include <algorithm>

#include "base/hash.h"

namespace attune::program {

double draw(std::uint64_t seed) {
    constexpr double kScale = 1.0 / 9007199254740992.0;  // 2^-53
    const std::uint64_t mixed = hash_combine(seed, 0x5851f42d4c957f2dU);
    return static_cast<double>(hash_combine(mixed, 0x14057b7ef767814fU) >> 11U) * kScale;
}

std::optional<std::string_view> variant_of(const Experiment& experiment, std::uint64_t customer) {
    const double place = draw(hash_combine(customer, experiment.group));
    if (place < experiment.from || place >= experiment.to || experiment.variants.empty()) {
        return std::nullopt;
    }
    const double drawn = draw(hash_combine(customer, experiment.id));
    const auto chosen = std::find_if(
        experiment.variants.begin(),
        experiment.variants.end() - 1,
        [&](const Experiment::Variant& variant) { return drawn < variant.upto; }
    );
    return chosen->name;
}

}  // namespace attune::program
