#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace attune {

namespace detail {

/// Up to eight bytes, the first lowest. Two loads that overlap stand for every size: a copy of a
/// size that is not known is a call.
inline std::uint64_t load_bytes(const char* bytes, std::size_t count) {
    if (count >= 4) {
        std::uint32_t first = 0;
        std::uint32_t last = 0;
        std::memcpy(&first, bytes, sizeof(first));
        std::memcpy(&last, bytes + count - sizeof(last), sizeof(last));
        return first | (static_cast<std::uint64_t>(last) << (8 * (count - sizeof(last))));
    }
    const auto byte = [bytes](std::size_t at) {
        return static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at])) << (8 * at);
    };
    return count == 0 ? 0 : byte(0) | byte(count / 2) | byte(count - 1);
}

inline std::uint64_t fold_multiply(std::uint64_t lhs, std::uint64_t rhs) {
    const auto product = static_cast<unsigned __int128>(lhs) * rhs;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

}  // namespace detail

/// Mixes two words; the order matters.
inline std::uint64_t hash_combine(std::uint64_t lhs, std::uint64_t rhs) {
    return detail::fold_multiply(lhs ^ 0xa0761d6478bd642fU, rhs ^ 0xe7037ed1a0b428dbU);
}

/// A 64-bit hash of bytes, the same on every machine and in every version: it is part of stored
/// state, shard choice and experiment splits. Not for untrusted keys of a table whose worst case
/// matters, and not cryptographic.
inline std::uint64_t hash_bytes(std::string_view text) {
    std::uint64_t hash = text.size() * 0x8ebc6af09c88c6e3U;
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left > 16; at += 16, left -= 16) {
        hash = hash_combine(detail::load_bytes(at, 8) ^ hash, detail::load_bytes(at + 8, 8));
    }
    if (left > 8) {
        return hash_combine(detail::load_bytes(at, 8) ^ hash, detail::load_bytes(at + 8, left - 8));
    }
    return hash_combine(detail::load_bytes(at, left) ^ hash, 0);
}

/// CRC-32C (Castagnoli), continued from `seed`; hardware where there is SSE 4.2.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace attune
