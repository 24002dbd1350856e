#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace attune::segments {

/// Packs with zstd's fastest level into `out`; false when that would not make it smaller.
[[nodiscard]] bool pack(std::string_view plain, std::string& out);

/// Unpacks what must come to exactly `plain_bytes`; false for anything else. Outside bytes are
/// expected.
[[nodiscard]] bool unpack(std::string_view packed, std::uint64_t plain_bytes, std::string& out);

}  // namespace attune::segments
