#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace attune {

/// A place in the log's total order: the number of an entry, from 0. Places are never reused, and
/// they go on across restarts. "Up to position P" always means everything before P, without P.
struct Position {
    std::uint64_t index = 0;

    friend constexpr auto operator<=>(Position, Position) = default;
    friend constexpr bool operator==(Position, Position) = default;
    friend constexpr Position operator+(Position at, std::uint64_t count) {
        return {at.index + count};
    }
    /// How many places lie between; `from` must not lie after `to`.
    friend constexpr std::uint64_t operator-(Position to, Position from) {
        return to.index - from.index;
    }
};

[[nodiscard]] inline std::string to_string(Position at) {
    return std::to_string(at.index);
}

}  // namespace attune
