#include "log/segments/packing.h"

#include <memory>

#include <zstd.h>

namespace attune::segments {

namespace {

struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

constexpr int kLevel = 1;

}  // namespace

bool pack(std::string_view plain, std::string& out) {
    // A context is about 1 MB; each thread that appends keeps one.
    thread_local const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
    if (plain.empty() || context == nullptr) {
        return false;
    }
    // One byte less than the original: what does not shrink is not worth unpacking.
    out.resize(plain.size() - 1);
    const std::size_t bytes = ZSTD_compressCCtx(
        context.get(), out.data(), out.size(), plain.data(), plain.size(), kLevel
    );
    if (ZSTD_isError(bytes) != 0) {
        return false;
    }
    out.resize(bytes);
    return true;
}

bool unpack(std::string_view packed, std::uint64_t plain_bytes, std::string& out) {
    thread_local const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
    if (context == nullptr) {
        return false;
    }
    out.resize(plain_bytes);
    const std::size_t bytes =
        ZSTD_decompressDCtx(context.get(), out.data(), out.size(), packed.data(), packed.size());
    return ZSTD_isError(bytes) == 0 && bytes == plain_bytes;
}

}  // namespace attune::segments
