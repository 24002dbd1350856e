#include "api/http/compression.h"

#include <algorithm>
#include <array>

#include <zlib.h>

#include "api/http_message.h"
#include "base/assert.h"

namespace attune::api::http {

namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way of saying "gzip, not zlib"
constexpr std::size_t kRatioFromBytes =
    std::size_t{64} * 1024;  // short texts may shrink a lot, harmlessly

// zlib takes its input as non-const and does not write to it.
Bytef* bytes_of(std::string_view text) {
    return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

Bytef* bytes_of(std::string& text) {
    return reinterpret_cast<Bytef*>(text.data());
}

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Refusal malformed(std::string_view why) {
    return {
        .status = 400,
        .reason = "gzip",
        .detail = "cannot decompress the body: " + std::string(why),
    };
}

Refusal too_large(const Compression::InflateLimits& limits) {
    return {
        .status = 413,
        .reason = "body",
        .detail = "the body is larger than " + std::to_string(limits.bytes_max) +
                  " bytes when decompressed",
    };
}

Refusal too_dense(const Compression::InflateLimits& limits) {
    return {
        .status = 413,
        .reason = "inflate_ratio",
        .detail = "the body decompresses to more than " + std::to_string(limits.ratio_max) +
                  " times its size",
    };
}

}  // namespace

struct Compression::Streams {
    z_stream inflating{};
    z_stream deflating{};
    std::array<char, std::size_t{16} * 1024> block{};
    std::string out;
};

Compression::Compression() : streams_(std::make_unique<Streams>()) {
    ATTUNE_ASSERT(inflateInit2(&streams_->inflating, kGzipWindow) == Z_OK);
    ATTUNE_ASSERT(
        deflateInit2(
            &streams_->deflating, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY
        ) == Z_OK
    );
}

Compression::~Compression() {
    (void)inflateEnd(&streams_->inflating);
    (void)deflateEnd(&streams_->deflating);
}

std::optional<Refusal> Compression::inflate(
    std::string_view text, const InflateLimits& limits, std::string& out
) {
    z_stream& stream = streams_->inflating;
    (void)inflateReset(&stream);
    stream.next_in = bytes_of(text);
    stream.avail_in = static_cast<uInt>(text.size());
    out.clear();
    const std::size_t ratio_bytes_max = std::max(kRatioFromBytes, text.size() * limits.ratio_max);
    int code = Z_OK;
    while (code == Z_OK) {
        stream.next_out = reinterpret_cast<Bytef*>(streams_->block.data());
        stream.avail_out = static_cast<uInt>(streams_->block.size());
        code = ::inflate(&stream, Z_NO_FLUSH);
        out.append(streams_->block.data(), streams_->block.size() - stream.avail_out);
        if (out.size() > limits.bytes_max) {
            return too_large(limits);
        }
        if (out.size() > ratio_bytes_max) {
            return too_dense(limits);
        }
    }
    if (code != Z_STREAM_END) {
        return malformed(
            code == Z_BUF_ERROR ? "the gzip stream ends too early" : "it is not a gzip stream"
        );
    }
    if (stream.avail_in > 0) {
        return malformed("bytes follow the end of the gzip stream");
    }
    return std::nullopt;
}

std::string Compression::deflate(std::string_view text) {
    z_stream& stream = streams_->deflating;
    (void)deflateReset(&stream);
    std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
    stream.next_in = bytes_of(text);
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = bytes_of(out);
    stream.avail_out = static_cast<uInt>(out.size());
    ATTUNE_ASSERT(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(out.size() - stream.avail_out);
    return out;
}

bool looks_gzipped(std::string_view bytes) {
    return bytes.starts_with("\x1f\x8b\x08");
}

bool accepts_gzip(std::string_view accept_encoding) {
    bool any = false;
    while (!accept_encoding.empty()) {
        const std::size_t end = std::min(accept_encoding.find(','), accept_encoding.size());
        const std::string_view item = accept_encoding.substr(0, end);
        accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
        const std::size_t semicolon = std::min(item.find(';'), item.size());
        const std::string_view coding = trim(item.substr(0, semicolon));
        const std::string_view weight = trim(item.substr(std::min(semicolon + 1, item.size())));
        const bool refused = weight.starts_with("q=0") &&
                             weight.find_first_not_of("0.", 2) == std::string_view::npos;
        if (equal_ignoring_case(coding, "gzip")) {
            return !refused;
        }
        any = any || (coding == "*" && !refused);
    }
    return any;
}

bool compressible(std::string_view content_type) {
    const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
    return type.starts_with("text/") || type.ends_with("json") || type.ends_with("javascript") ||
           type.ends_with("xml") || type == "application/openmetrics-text";
}

}  // namespace attune::api::http
