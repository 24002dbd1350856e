#include <algorithm>
#include <array>

#include "base/hash.h"
#include "program/compiler.h"

// Features: their shape, their definition, and how events of each kind feed them.

namespace attune::program {

namespace {

constexpr std::uint32_t kKeepDefault = 10;
constexpr std::uint32_t kKeepMax = 100;
constexpr std::uint32_t kExactKeepMax = 1'000;
constexpr std::uint32_t kQuantileCells = 128;
constexpr double kQuantileDefault = 0.95;
constexpr Duration kGapDefault(1'800'000);
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
    case Aggregate::Set:
        return customer::Aggregate::Set;
    case Aggregate::Session:
        return customer::Aggregate::Session;
    case Aggregate::Quantile:
        return customer::Aggregate::Quantile;
    default:
        return customer::Aggregate::Count;
    }
}

customer::FeatureShape shape_of(
    const FeatureSpec& spec, const std::shared_ptr<const customer::ZoneTable>& zone
) {
    customer::FeatureShape shape;
    shape.aggregate = shape_aggregate(spec.aggregate);
    if (spec.window) {
        shape.tile = customer::tile_of(*spec.window);
        shape.tile_count =
            static_cast<std::uint32_t>((*spec.window + shape.tile - Duration(1)) / shape.tile);
    }
    if (spec.exact) {
        shape.exact = true;
        shape.window = spec.window.value_or(Duration(0));
        shape.tile = Duration(0);
        shape.tile_count = 1;
    }
    if (spec.calendar != customer::Calendar::None) {
        shape.calendar = spec.calendar;
        shape.zone = zone;
        shape.tile_count = 2;  // See oldest_tile().
    }
    const std::uint32_t keep_default = spec.aggregate == Aggregate::Distinct ? kDistinctKeepDefault
                                       : spec.aggregate == Aggregate::Quantile ? kQuantileCells
                                                                               : kKeepDefault;
    shape.keep = spec.by.empty() ? spec.keep.value_or(keep_default) : keep_default;
    shape.keys = spec.by.empty() ? 0 : spec.keep.value_or(1);
    if (spec.aggregate == Aggregate::Session) {
        shape.gap = spec.gap.value_or(kGapDefault);
    }
    if (spec.aggregate == Aggregate::Quantile) {
        shape.quantile_ppm =
            (static_cast<std::uint32_t>(spec.at_share.value_or(kQuantileDefault) * 2e6) + 1) / 2;
    }
    shape.half_life = spec.half_life.value_or(Duration(0));
    // A rate is stated per hour, or per its whole window where that is shorter.
    constexpr Duration kHour(3'600'000);
    shape.rate_per = spec.window ? std::min(*spec.window, kHour) : kHour;
    return shape;
}

/// What a feature has beyond those that there were first; mixed in only where it is used, so that
/// the others keep their state.
std::uint64_t with_options(
    std::uint64_t hash,
    const FeatureSpec& spec,
    const customer::FeatureShape& shape,
    const std::string& zone
) {
    const auto mix = [&hash](std::string_view option, std::uint64_t word) {
        hash = hash_combine(hash_combine(hash, hash_bytes(option)), word);
    };
    if (shape.exact) {
        mix("exact", static_cast<std::uint64_t>(shape.window.count()));
    }
    if (shape.calendar != customer::Calendar::None) {
        mix("calendar " + zone, static_cast<std::uint64_t>(shape.calendar));
    }
    if (shape.keys > 0) {
        mix("by " + spec.by.text, shape.keys);
    }
    if (shape.gap.count() > 0) {
        mix("gap", static_cast<std::uint64_t>(shape.gap.count()));
    }
    const bool counted = spec.aggregate == Aggregate::Count || spec.aggregate == Aggregate::Sum ||
                         spec.aggregate == Aggregate::Rate;
    if (counted && shape.half_life.count() > 0) {
        mix("score", 1);
    }
    return hash;
}

std::uint64_t definition_of(
    const FeatureSpec& spec, const customer::FeatureShape& shape, const std::string& zone
) {
    std::uint64_t hash =
        hash_combine(static_cast<std::uint64_t>(spec.aggregate), hash_bytes(spec.of.text));
    hash = hash_combine(hash, hash_bytes(spec.where.text));
    for (const Text& event : spec.events) {
        hash = hash_combine(hash, hash_bytes(event.text));
    }
    hash = hash_combine(hash, static_cast<std::uint64_t>(shape.tile.count()));
    hash = hash_combine(hash, shape.tile_count);
    hash = hash_combine(hash, shape.keep);
    hash = hash_combine(hash, static_cast<std::uint64_t>(shape.half_life.count()));
    return with_options(hash, spec, shape, zone);
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
            layout.push_back(
                {definition_of(spec, feature.shape, workspace_.settings.zone.text), feature.shape}
            );
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
    const std::uint32_t keep_max = spec.exact ? kExactKeepMax : kKeepMax;
    if (spec.keep && (*spec.keep == 0 || *spec.keep > keep_max)) {
        diagnostics_.error(
            spec.at,
            "cannot keep " + std::to_string(*spec.keep) + (spec.exact ? " events" : " values") +
                ": `keep` is 1 to " + std::to_string(keep_max)
        );
    }
    feature.shape = shape_of(spec, program_->zone);
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
        if (!spec.by.empty()) {
            use.by = expression(spec.by, *by_kind_[kind]);
        }
        const std::string& name = program_->kinds[kind].name;
        if (spec.aggregate == Aggregate::Session && spec.of.empty() &&
            (name == "page" || name == "screen")) {
            use.of = expression(Text{"true", spec.at}, *by_kind_[kind]);
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
