#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace attune::segments {

/// How a batch's entries are stored; the numbers are the batch's flags on disk.
enum class Packing : std::uint8_t {
    None = 0,
    Zstd = 1,  ///< Level 1: nearly twice as small as Lz4, at twice the cost.
    Lz4 = 2,
};

/// `none`, `zstd` or `lz4`.
[[nodiscard]] std::string_view to_string(Packing packing);

/// Packs into `out`; false when that is not worth it: `packing` is None, there is little, or it
/// would not become smaller.
[[nodiscard]] bool pack(Packing packing, std::string_view plain, std::string& out);

/// Unpacks what must come to exactly `plain_bytes`; false for anything else. Never takes more
/// memory than that. Outside bytes are expected.
[[nodiscard]] bool unpack(
    Packing packing, std::string_view packed, std::uint64_t plain_bytes, std::string& out
);

}  // namespace attune::segments
