#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace attune::host {

/// A blocking HTTP client that keeps its connection alive between requests, for the command line
/// and the simulator. One thread, one client.
class HttpClient {
public:
    struct Options {
        std::string url;  ///< Of the server: "http://127.0.0.1:8080"; requests' paths follow it.
        Duration timeout = std::chrono::seconds(10);                 ///< Of one request as a whole.
        std::size_t body_bytes_max = std::size_t{64} * 1024 * 1024;  ///< Of an answer.
        std::string bearer;  ///< An access key; empty: none is sent.
        /// A PEM file with who may vouch for an https server; empty: the system's.
        std::string authority = {};
    };

    struct Request {
        std::string_view method;
        std::string_view path;  ///< With its query, starting with "/".
        std::string_view body;
        std::string_view content_type = "application/json";
    };

    struct Response {
        int status = 0;
        Duration retry_after{};  ///< What the server asks to wait; zero if it does not.
        std::string body;
    };

    /// Connects to nothing yet. Fails on a URL that is not http or https.
    static Result<HttpClient> create(Options options);

    /// Sends a request and waits for the whole answer, whatever its status; follows no redirect.
    /// Unavailable if the server cannot be reached, is too slow or breaks off; LimitExceeded if its
    /// answer is too large.
    [[nodiscard]] Result<Response> send(const Request& request);

private:
    struct Connection;
    struct Close {
        void operator()(Connection* connection) const;
    };

    HttpClient(Options options, std::unique_ptr<Connection, Close> connection);

    Options options_;
    std::unique_ptr<Connection, Close> connection_;
};

}  // namespace attune::host
