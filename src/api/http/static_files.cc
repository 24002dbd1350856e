#include "api/http/static_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "api/http/compression.h"
#include "base/assert.h"
#include "base/hash.h"

namespace attune::api::http {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFolderBytesMax = std::size_t{64} * 1024 * 1024;
constexpr std::string_view kIndex = "index.html";

constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kContentTypes = {{
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".webp", "image/webp"},
    {".gif", "image/gif"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/markdown; charset=utf-8"},
    {".xml", "application/xml"},
}};

std::string_view content_type_of(std::string_view path) {
    for (const auto& [extension, type] : kContentTypes) {
        if (path.ends_with(extension)) {
            return type;
        }
    }
    return "application/octet-stream";
}

std::string etag_of(std::string_view bytes) {
    std::string tag = "\"";
    for (const std::uint64_t half : {hash_bytes(bytes), std::uint64_t{crc32c(bytes)}}) {
        for (unsigned shift = 0; shift < 64; shift += 4) {
            tag.push_back("0123456789abcdef"[(half >> shift) & 0xfU]);
        }
    }
    return tag + "\"";
}

/// Whether an If-None-Match value names the tag; weak comparison, as RFC 9110 13.1.2 asks.
bool names(std::string_view if_none_match, std::string_view etag) {
    return if_none_match == "*" || if_none_match.find(etag) != std::string_view::npos;
}

Error cannot_serve(const std::string& folder, Error::Kind kind, const std::string& why) {
    return {kind, "cannot serve files from \"" + folder + "\": " + why};
}

/// Whether `path`, links resolved, is still below `root`.
bool inside(const fs::path& root, const fs::path& path) {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    return !error &&
           std::mismatch(root.begin(), root.end(), real.begin(), real.end()).first == root.end();
}

}  // namespace

StaticFiles StaticFiles::from_memory(std::map<std::string, std::string> files) {
    Compression compression;
    auto prepared = std::make_shared<std::map<std::string, File, std::less<>>>();
    while (!files.empty()) {
        auto taken = files.extract(files.begin());
        const std::string& path = taken.key();
        std::string& bytes = taken.mapped();
        File file{
            .bytes = nullptr,
            .gzipped = nullptr,
            .etag = etag_of(bytes),
            .content_type = content_type_of(path),
        };
        if (compressible(file.content_type) || file.content_type.starts_with("image/svg")) {
            std::string smaller = compression.deflate(bytes);
            if (smaller.size() < bytes.size()) {
                file.gzipped = std::make_shared<const std::string>(std::move(smaller));
            }
        }
        file.bytes = std::make_shared<const std::string>(std::move(bytes));
        prepared->emplace(path, std::move(file));
    }
    StaticFiles made;
    made.files_ = std::move(prepared);
    return made;
}

Result<StaticFiles> StaticFiles::from_folder(const std::string& folder) {
    std::error_code error;
    const fs::path root = fs::canonical(folder, error);
    if (error || !fs::is_directory(root, error)) {
        return cannot_serve(folder, Error::Kind::NotFound, "it is not a folder");
    }
    std::map<std::string, std::string> files;
    std::size_t bytes = 0;
    auto entry = fs::recursive_directory_iterator(root, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        std::error_code ignored;
        if (!entry->is_regular_file(ignored) || !inside(root, entry->path())) {
            continue;
        }
        bytes += entry->file_size(ignored);
        if (bytes > kFolderBytesMax) {
            return cannot_serve(folder, Error::Kind::LimitExceeded, "it holds more than 64 MiB");
        }
        std::ifstream file(entry->path(), std::ios::binary);
        files.emplace(
            entry->path().lexically_relative(root).generic_string(),
            std::string(std::istreambuf_iterator<char>(file), {})
        );
    }
    if (error) {
        return cannot_serve(folder, Error::Kind::Unavailable, error.message());
    }
    return from_memory(std::move(files));
}

void StaticFiles::add_to(Router& router, const std::string& mount) const {
    ATTUNE_ASSERT(mount.starts_with('/') && mount.ends_with('/'));
    const auto serve = [&](const std::string& at, const std::string& path) {
        router.add(
            Method::Get,
            at,
            [files = *this, path](const Request& request, Responder responder) {
                responder.send(files.answer(request, path));
            },
            {.priority = Priority::Bulk, .access = Access::Anyone, .label = "static"}
        );
    };
    for (const auto& entry : *files_) {
        // Braces would make a pattern of the path; a page has no need of them.
        if (entry.first.find('{') == std::string::npos) {
            serve(mount + entry.first, entry.first);
        }
        if (entry.first == kIndex) {
            serve(mount, entry.first);
        }
    }
}

Response StaticFiles::answer(const Request& request, std::string_view path) const {
    const auto found = files_->find(path);
    if (found == files_->end()) {
        return to_response(Problem{.status = 404, .type = "no-such-path", .detail = "no such file"}
        );
    }
    const File& file = found->second;
    Response response = Response::empty(200);
    response.headers = {
        {"ETag", file.etag},
        {"Cache-Control", "no-cache"},
        {"Content-Security-Policy", std::string(kPagePolicy)},
        {"Referrer-Policy", "same-origin"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"X-Frame-Options", "DENY"},
    };
    if (file.gzipped != nullptr) {
        response.headers.emplace_back("Vary", "Accept-Encoding");
    }
    if (names(request.header("if-none-match"), file.etag)) {
        response.status = 304;
        return response;
    }
    response.content_type = file.content_type;
    response.shared_body = file.bytes;
    if (file.gzipped != nullptr && accepts_gzip(request.header("accept-encoding"))) {
        response.shared_body = file.gzipped;
        response.headers.emplace_back("Content-Encoding", "gzip");
    }
    return response;
}

}  // namespace attune::api::http
