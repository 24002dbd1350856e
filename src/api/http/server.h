#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "api/http/event_loops.h"
#include "api/http/limits.h"
#include "api/http/tls_context.h"
#include "api/router.h"
#include "base/metrics.h"
#include "base/result.h"

namespace attune::api::http {

struct ServerOptions {
    std::string listen = "127.0.0.1:8080";  ///< `address:port`, `[::1]:port`; port 0 picks one.
    std::shared_ptr<const Router> router;
    EventLoops* loops = nullptr;
    Metrics* metrics = nullptr;
    Limits limits = {};
    std::shared_ptr<TlsContext> tls = nullptr;  ///< Null: in clear.
};

/// Serves HTTP/1.1 on the given loops: one acceptor, connections dealt out over the loops, each
/// living on one of them for good.
class Server {
public:
    /// Listens. Connections are taken once the loops run. Fails with Conflict when the address is
    /// in use, InvalidInput when it is no address of this machine. `loops` and `metrics` outlive
    /// the server, and it outlives every Responder's use of its Request.
    [[nodiscard]] static Result<std::unique_ptr<Server>> create(ServerOptions options);

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    Server(Server&&) = delete;
    Server& operator=(Server&&) = delete;
    virtual ~Server() = default;

    /// Where it really listens: "127.0.0.1:40123".
    [[nodiscard]] virtual const std::string& address() const = 0;
    [[nodiscard]] virtual std::uint16_t port() const = 0;

    /// Accepts no more, closes idle connections and event streams, lets what is being answered
    /// finish, then closes; after `grace` it closes the rest. Returns how many it had to cut off.
    /// Blocks; from no loop's thread, while the loops run. May be called once.
    virtual std::size_t drain(Duration grace) = 0;

protected:
    Server() = default;
};

}  // namespace attune::api::http
