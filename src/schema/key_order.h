#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/json_cursor.h"

namespace attune::schema {

/// The known names of an object's members, and in which order they came the last time. Senders
/// write the same members in the same order again and again, so the guess is nearly always right,
/// and a right guess costs one comparison.
class KeyOrder {
public:
    static constexpr std::uint32_t kUnknown = 0xffff'ffff;

    explicit KeyOrder(std::span<const std::string_view> names)
        : names_(names.begin(), names.end()), follower_(names.size() + 1) {
        expected_.reserve(names.size() + 1);
        for (std::uint32_t i = 0; i < names.size(); ++i) {
            expected_.emplace_back(names[i]);
            follower_[i] = i;  // The order of declaration, to begin with.
        }
        follower_.back() = static_cast<std::uint32_t>(names.size());
        expected_.emplace_back(std::string_view(kNoName));
    }

    /// Reads a key at the cursor. `index` becomes that of a known name, else kUnknown with `name`
    /// set. `place` is 0 before the first member, and 1 more than the index of the one before else.
    bool read(
        JsonCursor& cursor,
        Arena& arena,
        std::uint32_t& place,
        std::uint32_t& index,
        std::string_view& name
    ) {
        const std::uint32_t guess = follower_[place];
        if (cursor.skip_if(expected_[guess])) {
            index = guess;
            place = guess + 1;
            return true;
        }
        if (!cursor.key(name, arena)) {
            return false;
        }
        index = find(name);
        if (index != kUnknown) {
            follower_[place] = index;
            place = index + 1;
        }
        return true;
    }

    [[nodiscard]] std::uint32_t find(std::string_view name) const {
        for (std::uint32_t i = 0; i < names_.size(); ++i) {
            if (names_[i] == name) {
                return i;
            }
        }
        return kUnknown;
    }

private:
    /// A name that no comparison is made with.
    static constexpr std::string_view kNoName = "\"";

    std::vector<std::string> names_;
    std::vector<ExpectedKey> expected_;  ///< As names_, then one that never matches.
    std::vector<std::uint32_t> follower_;
};

}  // namespace attune::schema
