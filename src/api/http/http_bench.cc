// How many requests a second does the edge answer when the route does nothing?
//
//   api_http_bench [--port N] [--threads N]     serve until interrupted, for wrk or another client
//
// POST /track takes a body and answers {"success":true}; GET /ping answers "pong". Measure with
//   wrk -t2 -c64 -d10s http://127.0.0.1:8099/ping

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "api/http/server.h"

namespace {

using namespace attune;
using namespace attune::api;

std::size_t option(int count, char** arguments, std::string_view name, std::size_t otherwise) {
    for (int i = 1; i + 1 < count; ++i) {
        if (arguments[i] == name) {
            return std::strtoul(arguments[i + 1], nullptr, 10);
        }
    }
    return otherwise;
}

std::shared_ptr<Router> routes(const Metrics& metrics) {
    auto router = std::make_shared<Router>();
    router->add(Method::Get, "/ping", [](const Request& /*request*/, Responder responder) {
        responder.send(Response::text("pong"));
    });
    router->add(
        Method::Post,
        "/track",
        [](const Request& /*request*/, Responder responder) {
            responder.send(Response::json("{\"success\":true}"));
        },
        {.cors = Cors{}}
    );
    router->add(Method::Get, "/stream", [](const Request& /*request*/, Responder responder) {
        // Kept for ever: for counting what an idle stream costs.
        static thread_local std::vector<EventStream> streams;
        streams.push_back(responder.stream());
    });
    router->add(Method::Get, "/metrics", [&](const Request& /*request*/, Responder responder) {
        Response response = Response::text("");
        metrics.write(MetricsFormat::Prometheus, response.body);
        responder.send(std::move(response));
    });
    return router;
}

}  // namespace

int main(int count, char** arguments) {
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    Metrics metrics;
    metrics.add_process_metrics();
    http::EventLoops loops(option(count, arguments, "--threads", 2));
    const std::string port = std::to_string(option(count, arguments, "--port", 8099));
    auto server = http::Server::create(
        {.listen = "127.0.0.1:" + port,
         .router = routes(metrics),
         .loops = &loops,
         .metrics = &metrics,
         .limits = {.connections_max = 65'536, .connections_per_address_max = 65'536}}
    );
    if (!server) {
        (void)std::fprintf(stderr, "%s\n", server.error().message.c_str());
        return 1;
    }
    loops.start();
    std::printf("listening on http://%s\n", server.value()->address().c_str());
    (void)std::fflush(stdout);
    int signal = 0;
    (void)sigwait(&signals, &signal);
    return 0;
}
