#include "base/hash.h"

#include <array>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace attune {

namespace {

constexpr std::uint32_t kPolynomialReflected = 0x82f63b78U;

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 1U) != 0 ? (crc >> 1U) ^ kPolynomialReflected : crc >> 1U;
        }
        table[i] = crc;
    }
    return table;
}

std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t crc) {
    static constexpr std::array<std::uint32_t, 256> kTable = make_table();
    for (const char byte : bytes) {
        crc = (crc >> 8U) ^ kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xffU];
    }
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_hardware(
    std::string_view bytes, std::uint32_t crc
) {
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; at += 8, left -= 8) {
        crc = static_cast<std::uint32_t>(_mm_crc32_u64(crc, detail::load_bytes(at, 8)));
    }
    for (; left > 0; ++at, --left) {
        crc = _mm_crc32_u8(crc, static_cast<unsigned char>(*at));
    }
    return crc;
}
#endif

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2") != 0) {
        return ~crc32c_by_hardware(bytes, ~seed);
    }
#endif
    return ~crc32c_by_table(bytes, ~seed);
}

}  // namespace attune
