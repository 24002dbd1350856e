#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "api/http/server.h"
#include "api/http/test_client.h"

namespace attune::api::http::testing {

/// A server on a free port of this machine, with the routes that `fill` adds.
class TestServer {
public:
    explicit TestServer(
        const std::function<void(Router&)>& fill,
        const Limits& limits = {},
        std::size_t loops = 2,
        std::shared_ptr<TlsContext> tls = nullptr
    )
        : loops_(loops) {
        auto router = std::make_shared<Router>();
        fill(*router);
        auto server = Server::create(
            {.listen = "127.0.0.1:0",
             .router = router,
             .loops = &loops_,
             .metrics = &metrics_,
             .limits = limits,
             .tls = std::move(tls)}
        );
        server_ = std::move(server).value();
        loops_.start();
    }

    [[nodiscard]] TestClient connect(int receive_buffer_bytes = 0) const {
        return TestClient(server_->port(), receive_buffer_bytes);
    }

    [[nodiscard]] ReceivedResponse ask(std::string_view request) const {
        return connect().ask(request);
    }

    /// The value of one line of the metrics, "0" when there is no such line.
    [[nodiscard]] std::string metric(const std::string& series) const {
        std::string text;
        metrics_.write(MetricsFormat::Prometheus, text);
        const std::size_t begin = text.find("\n" + series + " ");
        if (begin == std::string::npos) {
            return "0";
        }
        const std::size_t value = begin + series.size() + 2;
        return text.substr(value, text.find('\n', value) - value);
    }

    [[nodiscard]] Server& server() { return *server_; }
    [[nodiscard]] EventLoops& loops() { return loops_; }

private:
    Metrics metrics_;
    EventLoops loops_;
    std::unique_ptr<Server> server_;
};

}  // namespace attune::api::http::testing
