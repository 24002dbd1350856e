#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "feel/evaluation.h"
#include "program/program.h"

namespace attune::program {

/// A definition of a workspace that has expressions.
struct Definition {
    enum class Section : std::uint8_t {
        None,
        Feature,
        Pattern,
        Rule,
        Segment,
        Campaign,
        Placement,
        Offer
    };

    Section section = Section::None;
    std::uint32_t index = 0;  ///< Into the program's list.

    friend bool operator==(const Definition&, const Definition&) = default;
};

/// "rule", "feature"...; "none" for what no definition asked for.
[[nodiscard]] std::string_view to_string(Definition::Section section);
/// Its name in the workspace; empty without a section.
[[nodiscard]] std::string_view name_of(const Program& program, Definition definition);

/// How many nulls made by an error a definition is to blame for.
struct Blame {
    Definition definition;
    std::uint64_t warnings = 0;
};

/// Adds up who is to blame for the warnings that evaluations leave. One thread.
class Blames {
public:
    /// What is evaluated from here on is for `definition`. `warnings` are those that all
    /// evaluations share.
    void work_for(Definition definition, const feel::Warnings& warnings) {
        if (warnings.count() != seen_) {
            settle(warnings);
        }
        definition_ = definition;
    }

    /// What has come together since the last time, one entry for each definition; forgets it and
    /// clears `warnings`.
    [[nodiscard]] std::vector<Blame> take(feel::Warnings& warnings);

private:
    void settle(const feel::Warnings& warnings);

    Definition definition_;
    std::uint64_t seen_ = 0;
    std::vector<Blame> blames_;
};

/// Adds to the entry of the definition, which is made if need be.
void add(std::vector<Blame>& blames, const Blame& more);

}  // namespace attune::program
