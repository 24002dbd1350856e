#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/http/refusal.h"

namespace attune::api::http {

/// Undoes and makes gzip (RFC 1952), one text at a time, keeping zlib's memory between them. For
/// one thread.
class Compression {
public:
    Compression();
    Compression(const Compression&) = delete;
    Compression& operator=(const Compression&) = delete;
    Compression(Compression&&) = delete;
    Compression& operator=(Compression&&) = delete;
    ~Compression();

    struct InflateLimits {
        std::size_t bytes_max;
        std::size_t ratio_max;  ///< Of output to input, judged once the output exceeds 64 KiB.
    };

    /// Decompresses `text` into `out`, replacing it, and stops as soon as a limit is passed. The
    /// text must be one gzip member and nothing else.
    [[nodiscard]] std::optional<Refusal> inflate(
        std::string_view text, const InflateLimits& limits, std::string& out
    );

    /// Compresses fast rather than small.
    [[nodiscard]] std::string deflate(std::string_view text);

private:
    struct Streams;
    std::unique_ptr<Streams> streams_;
};

/// Whether `bytes` begin as gzip does.
[[nodiscard]] bool looks_gzipped(std::string_view bytes);

/// Whether an Accept-Encoding value takes gzip.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

/// Whether texts of that media type shrink: JSON, scripts, pages; not pictures.
[[nodiscard]] bool compressible(std::string_view content_type);

}  // namespace attune::api::http
