#include <algorithm>
#include <array>

#include "base/hash.h"
#include "program/compiler.h"

// Features: their shape, their definition, and how events of each kind feed them.

namespace attune::program {

namespace {

constexpr std::uint32_t kKeepDefault = 10;
constexpr std::uint32_t kKeepMax = 100;
constexpr std::uint32_t kDistinctKeepDefault = 32;
constexpr Duration kWindowMin(10'000);
constexpr Duration kWindowMax(std::int64_t{400} * 86'400'000);

customer::Aggregate shape_aggregate(Aggregate aggregate) {
    switch (aggregate) {
    case Aggregate::Sum:
        return customer::Aggregate::Sum;
    case Aggregate::Min:
        return customer::Aggregate::Min;
    case Aggregate::Max:
        return customer::Aggregate::Max;
    case Aggregate::Avg:
        return customer::Aggregate::Avg;
    case Aggregate::Stddev:
        return customer::Aggregate::Stddev;
    case Aggregate::Distinct:
        return customer::Aggregate::Distinct;
    case Aggregate::Last:
        return customer::Aggregate::Last;
    case Aggregate::First:
        return customer::Aggregate::First;
    case Aggregate::Top:
        return customer::Aggregate::Top;
    case Aggregate::Since:
        return customer::Aggregate::Since;
    case Aggregate::Rate:
        return customer::Aggregate::Rate;
    default:
        return customer::Aggregate::Count;
    }
}

customer::FeatureShape shape_of(const FeatureSpec& spec) {
    customer::FeatureShape shape;
    shape.aggregate = shape_aggregate(spec.aggregate);
    if (spec.window) {
        shape.tile = customer::tile_of(*spec.window);
        shape.tile_count =
            static_cast<std::uint32_t>((*spec.window + shape.tile - Duration(1)) / shape.tile);
    }
    const bool distinct = spec.aggregate == Aggregate::Distinct;
    shape.keep = spec.keep.value_or(distinct ? kDistinctKeepDefault : kKeepDefault);
    shape.half_life = spec.half_life.value_or(Duration(0));
    // A rate is stated per hour, or per its whole window where that is shorter.
    constexpr Duration kHour(3'600'000);
    shape.rate_per = spec.window ? std::min(*spec.window, kHour) : kHour;
    return shape;
}

std::uint64_t definition_of(const FeatureSpec& spec, const customer::FeatureShape& shape) {
    std::uint64_t hash =
        hash_combine(static_cast<std::uint64_t>(spec.aggregate), hash_bytes(spec.of.text));
    hash = hash_combine(hash, hash_bytes(spec.where.text));
    for (const Text& event : spec.events) {
        hash = hash_combine(hash, hash_bytes(event.text));
    }
    hash = hash_combine(hash, static_cast<std::uint64_t>(shape.tile.count()));
    hash = hash_combine(hash, shape.tile_count);
    hash = hash_combine(hash, shape.keep);
    return hash_combine(hash, static_cast<std::uint64_t>(shape.half_life.count()));
}

}  // namespace

void ProgramCompiler::compile_features() {
    std::vector<customer::Layout::Feature> layout;
    program_->features.resize(workspace_.features.size());
    for (std::uint32_t i = 0; i < workspace_.features.size(); ++i) {
        const FeatureSpec& spec = workspace_.features[i];
        Feature& feature = program_->features[i];
        feature.name = spec.name.text;
        feature.slot = program_->feature_slot_base + i;
        feature.ratio = spec.aggregate == Aggregate::Ratio;
        compile_feature(spec, i);
        if (!feature.ratio) {
            feature.section = static_cast<std::uint32_t>(layout.size());
            layout.push_back({definition_of(spec, feature.shape), feature.shape});
        }
    }
    program_->layout = customer::Layout::of(std::move(layout));
    program_->layout.recent_ids_max = workspace_.settings.limits.recent_ids_max;
}

void ProgramCompiler::compile_feature(const FeatureSpec& spec, std::uint32_t index) {
    Feature& feature = program_->features[index];
    if (!reserved_name(spec.name.text).empty()) {
        diagnostics_.error(
            spec.name.at,
            "cannot name a feature \"" + spec.name.text + "\": expressions use that word already"
        );
    }
    if (feature.ratio) {
        const auto number_of = [&](const Text& name) {
            const auto found = std::find_if(
                workspace_.features.begin(),
                workspace_.features.end(),
                [&](const auto& other) { return other.name.text == name.text; }
            );
            const auto number = static_cast<std::uint32_t>(found - workspace_.features.begin());
            if (found == workspace_.features.end() || found->aggregate == Aggregate::Ratio) {
                diagnostics_.error(
                    name.at,
                    "cannot take the ratio of \"" + name.text + "\": it must be a counted feature"
                );
                return 0U;
            }
            return number;
        };
        feature.numerator = number_of(spec.numerator);
        feature.denominator = number_of(spec.denominator);
        return;
    }
    if (spec.window && (*spec.window < kWindowMin || *spec.window > kWindowMax)) {
        diagnostics_.error(
            spec.at,
            "cannot keep a window of " + attune::to_string(*spec.window) +
                ": windows last from 10s to 400d"
        );
    }
    if (spec.keep && (*spec.keep == 0 || *spec.keep > kKeepMax)) {
        diagnostics_.error(
            spec.at, "cannot keep " + std::to_string(*spec.keep) + " values: `keep` is 1 to 100"
        );
    }
    if (!spec.by.empty()) {
        diagnostics_.error(
            spec.by.at,
            "cannot keep feature \"" + spec.name.text +
                "\" by a key: grouped features are not supported",
            "use `top:` for the most frequent values, or one feature with a `where:` for each key"
        );
    }
    if (spec.exact) {
        diagnostics_.error(
            spec.at,
            "cannot keep feature \"" + spec.name.text + "\" exact: windows end at a tile, " +
                std::string("at most a twelfth of the window early")
        );
    }
    feature.shape = shape_of(spec);
    compile_feature_uses(spec, index);
}

void ProgramCompiler::compile_feature_uses(const FeatureSpec& spec, std::uint32_t index) {
    for (const Kind kind : kinds_of(spec.events)) {
        FeatureUse use;
        use.feature = index;
        const std::size_t errors = diagnostics_.error_count();
        if (!spec.where.empty()) {
            use.where = condition(spec.where, *by_kind_[kind]);
        }
        if (!spec.of.empty()) {
            use.of = expression(spec.of, *by_kind_[kind]);
        }
        if (diagnostics_.error_count() > errors) {
            return;  // The same text would be wrong in the same way for the next kind.
        }
        const std::optional<Value> constant = use.where ? use.where->constant() : std::nullopt;
        if (constant && constant->is_true()) {
            use.where.reset();
        }
        if (!constant || constant->is_true()) {
            program_->kinds[kind].features.push_back(std::move(use));
        }
    }
}

}  // namespace attune::program
