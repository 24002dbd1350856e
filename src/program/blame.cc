#include "program/blame.h"

#include <algorithm>
#include <utility>

namespace attune::program {

std::string_view to_string(Definition::Section section) {
    switch (section) {
    case Definition::Section::None:
        return "none";
    case Definition::Section::Feature:
        return "feature";
    case Definition::Section::Pattern:
        return "pattern";
    case Definition::Section::Rule:
        return "rule";
    case Definition::Section::Segment:
        return "segment";
    case Definition::Section::Campaign:
        return "campaign";
    case Definition::Section::Placement:
        return "placement";
    case Definition::Section::Offer:
        return "offer";
    }
    return "none";
}

std::string_view name_of(const Program& program, Definition definition) {
    switch (definition.section) {
    case Definition::Section::None:
        return "";
    case Definition::Section::Feature:
        return program.features[definition.index].name;
    case Definition::Section::Pattern:
        return program.patterns[definition.index].name;
    case Definition::Section::Rule:
        return program.rules[definition.index].name;
    case Definition::Section::Segment:
        return program.segments[definition.index].name;
    case Definition::Section::Campaign:
        return program.campaigns[definition.index].name;
    case Definition::Section::Placement:
        return program.placements[definition.index].name;
    case Definition::Section::Offer:
        return program.offers[definition.index].name;
    }
    return "";
}

void add(std::vector<Blame>& blames, const Blame& more) {
    const auto known = std::find_if(blames.begin(), blames.end(), [&](const Blame& each) {
        return each.definition == more.definition;
    });
    if (known != blames.end()) {
        known->warnings += more.warnings;
    } else {
        blames.push_back(more);
    }
}

void Blames::settle(const feel::Warnings& warnings) {
    // Somebody may have cleared them in between.
    const std::uint64_t before = warnings.count() < seen_ ? 0 : seen_;
    if (warnings.count() > before) {
        add(blames_, {definition_, warnings.count() - before});
    }
    seen_ = warnings.count();
}

std::vector<Blame> Blames::take(feel::Warnings& warnings) {
    settle(warnings);
    warnings.clear();
    seen_ = 0;
    definition_ = {};
    return std::exchange(blames_, {});
}

}  // namespace attune::program
