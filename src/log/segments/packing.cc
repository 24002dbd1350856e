#include "log/segments/packing.h"

#include <memory>

#include <lz4.h>
#include <zstd.h>

namespace attune::segments {

namespace {

struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

constexpr int kZstdLevel = 1;

/// One event of the shop shrinks by 3 % (lz4) to a fifth (zstd), for 1 to 9 us; ten of them by
/// three quarters.
constexpr std::size_t kWorthBytes = 512;

/// Room is one byte less than the original: what does not shrink is not worth unpacking.
std::size_t pack_zstd(std::string_view plain, std::string& out) {
    // A context is about 1 MB; each thread that appends keeps one.
    thread_local const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
    if (context == nullptr) {
        return 0;
    }
    const std::size_t bytes = ZSTD_compressCCtx(
        context.get(), out.data(), out.size(), plain.data(), plain.size(), kZstdLevel
    );
    return ZSTD_isError(bytes) != 0 ? 0 : bytes;
}

std::size_t pack_lz4(std::string_view plain, std::string& out) {
    const int bytes = LZ4_compress_default(
        plain.data(), out.data(), static_cast<int>(plain.size()), static_cast<int>(out.size())
    );
    return static_cast<std::size_t>(bytes);  // 0: no room.
}

bool unpack_zstd(std::string_view packed, std::string& out) {
    thread_local const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
    if (context == nullptr) {
        return false;
    }
    const std::size_t bytes =
        ZSTD_decompressDCtx(context.get(), out.data(), out.size(), packed.data(), packed.size());
    return ZSTD_isError(bytes) == 0 && bytes == out.size();
}

bool unpack_lz4(std::string_view packed, std::string& out) {
    const int bytes = LZ4_decompress_safe(
        packed.data(), out.data(), static_cast<int>(packed.size()), static_cast<int>(out.size())
    );
    return bytes >= 0 && static_cast<std::size_t>(bytes) == out.size();
}

}  // namespace

std::string_view to_string(Packing packing) {
    switch (packing) {
    case Packing::None:
        return "none";
    case Packing::Zstd:
        return "zstd";
    case Packing::Lz4:
        return "lz4";
    }
    return "unknown";
}

bool pack(Packing packing, std::string_view plain, std::string& out) {
    if (packing == Packing::None || plain.size() < kWorthBytes) {
        return false;
    }
    out.resize(plain.size() - 1);
    out.resize(packing == Packing::Zstd ? pack_zstd(plain, out) : pack_lz4(plain, out));
    return !out.empty();
}

bool unpack(Packing packing, std::string_view packed, std::uint64_t plain_bytes, std::string& out) {
    out.resize(plain_bytes);
    switch (packing) {
    case Packing::None:
        return false;
    case Packing::Zstd:
        return unpack_zstd(packed, out);
    case Packing::Lz4:
        return unpack_lz4(packed, out);
    }
    return false;
}

}  // namespace attune::segments
