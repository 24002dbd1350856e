#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "api/http_message.h"
#include "api/router.h"
#include "base/result.h"

namespace attune::api::http {

/// What a browser may do with a served page: run and load from this origin only, unframed.
inline constexpr std::string_view kPagePolicy =
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'";

/// Files read once and served from memory, compressed where that helps, with ETag, a content
/// security policy and the usual headers.
class StaticFiles {
public:
    /// `files` leads from a path below the mount point ("index.html", "js/shop.js") to its bytes.
    [[nodiscard]] static StaticFiles from_memory(std::map<std::string, std::string> files);

    /// Reads all regular files below `folder`, up to 64 MiB; no links out of it. NotFound when it
    /// is no folder, LimitExceeded when it holds more.
    [[nodiscard]] static Result<StaticFiles> from_folder(const std::string& folder);

    /// Answers GET and HEAD below `mount`, which ends with a slash; `mount` itself answers
    /// index.html.
    void add_to(Router& router, const std::string& mount) const;

    /// The file at `path`, or 404; 304 when the request's If-None-Match names its ETag.
    [[nodiscard]] Response answer(const Request& request, std::string_view path) const;

private:
    struct File {
        std::shared_ptr<const std::string> bytes;
        std::shared_ptr<const std::string> gzipped;  // null where it would not be smaller
        std::string etag;
        std::string_view content_type;
    };

    std::shared_ptr<const std::map<std::string, File, std::less<>>> files_;
};

}  // namespace attune::api::http
