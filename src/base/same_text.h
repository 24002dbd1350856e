#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace attune {

/// Whether two texts are equal, for short ones such as names and keys: without a call for up to 16
/// bytes.
[[nodiscard]] inline bool same_text(std::string_view lhs, std::string_view rhs) {
    const std::size_t size = lhs.size();
    if (size != rhs.size()) {
        return false;
    }
    // Two words that overlap cover every size from one word to two.
    const auto same_ends = [&]<typename Word>(Word /*tag*/) {
        const auto load = [](const char* at) {
            Word word;
            std::memcpy(&word, at, sizeof(word));
            return word;
        };
        const std::size_t last = size - sizeof(Word);
        return ((load(lhs.data()) ^ load(rhs.data())) |
                (load(lhs.data() + last) ^ load(rhs.data() + last))) == 0;
    };
    if (size > 2 * sizeof(std::uint64_t)) {
        return std::memcmp(lhs.data(), rhs.data(), size) == 0;
    }
    if (size >= sizeof(std::uint64_t)) {
        return same_ends(std::uint64_t{});
    }
    if (size >= sizeof(std::uint32_t)) {
        return same_ends(std::uint32_t{});
    }
    for (std::size_t at = 0; at < size; ++at) {
        if (lhs[at] != rhs[at]) {
            return false;
        }
    }
    return true;
}

}  // namespace attune
