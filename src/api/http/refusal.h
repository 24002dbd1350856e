#pragma once

#include <string>
#include <string_view>

namespace attune::api::http {

/// Why the edge itself turns a request away.
struct Refusal {
    unsigned status;
    std::string_view reason;  ///< A word from a fixed list: the metrics' label, the problem's type.
    std::string detail;
};

}  // namespace attune::api::http
