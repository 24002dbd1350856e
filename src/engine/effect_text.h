#pragma once

#include <cstdint>
#include <string>

#include "program/program.h"

namespace attune::engine {

/// The id of an effect as the outside sees it: "e" and sixteen hex digits.
[[nodiscard]] inline std::string effect_text(std::uint64_t id) {
    return "e" + program::hash_text(id);
}

}  // namespace attune::engine
