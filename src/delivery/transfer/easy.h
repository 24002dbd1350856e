#pragma once

// For the .cc files of the channels that speak through libcurl: the only header that names its
// types.

#include <array>
#include <memory>
#include <string>

#include <curl/curl.h>

#include "base/time.h"

namespace attune::delivery {

struct EasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListDeleter>;

/// Adds a line to a list that may still be null; says whether there was memory for it.
[[nodiscard]] bool append(List& list, const std::string& line);

struct EasyLimits {
    Duration connect_timeout;
    Duration timeout;
    std::string ca_file;  ///< Empty: the system's certificates.
};

/// An easy handle with what every transfer of ours wants: it ends in time whatever the other side
/// or its name server does, obeys no environment variable, and verifies certificates. `error` takes
/// libcurl's words for what went wrong and must outlive the handle. Null when memory has run out.
[[nodiscard]] Easy make_easy(const EasyLimits& limits, std::array<char, CURL_ERROR_SIZE>& error);

/// What went wrong, for people.
[[nodiscard]] std::string describe(CURLcode code, const std::array<char, CURL_ERROR_SIZE>& error);

}  // namespace attune::delivery
