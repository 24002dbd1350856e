#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "program/frame.h"

namespace attune::program {

/// An expression over a profile, with its value for one customer and those of its parts.
struct Explained {
    std::string text;
    Value value;          ///< Lives as long as the frame stays bound.
    std::string problem;  ///< Why there is no value to show; empty if there is one.
    /// The features that it reads, where it has no parts.
    std::vector<std::pair<std::string, Value>> features;
    std::vector<Explained> parts;  ///< What `or` joins, or else what `and` joins.
};

/// Explains an expression that a workspace uses over profiles, a segment's condition, for the
/// customer to whom the frame is bound.
[[nodiscard]] Explained explain(Frame& frame, std::string_view expression);

}  // namespace attune::program
