#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http_message.h"
#include "api/responder.h"

namespace attune::api {

/// Which pages of other origins may call a route (the Fetch standard's CORS). Without one, a
/// browser keeps them out.
struct Cors {
    std::vector<std::string> origins = {"*"};  ///< Exact origins, or "*" for all.
    /// Segment's browser SDK preflights with these.
    std::string_view allowed_headers =
        "authorization, content-type, x-retry-count, anonymousid, last-event-id, x-request-id";
    std::string_view exposed_headers = "x-request-id, retry-after";
    unsigned preflight_age_s = 86'400;

    [[nodiscard]] bool allows(std::string_view origin) const;
};

/// What gives way first when there is too much to do: Bulk before Ingest before Decide before
/// Admin.
enum class Priority : std::uint8_t { Bulk, Ingest, Decide, Admin };

/// Whom a route answers; one that says nothing, only who may everything.
enum class Access : std::uint8_t {
    Anyone,   ///< Without a key: health, pages.
    Source,   ///< Who sends events as well.
    Visitor,  ///< Sources and users as well, each about what may_name() and may_ask() let them.
    Server,
};

struct RouteOptions {
    std::size_t body_max = 0;  ///< Bytes after decompression; zero takes the server's limit.
    std::vector<std::string_view> media_types = {};  ///< Others get 415; empty takes any.
    std::optional<Cors> cors = std::nullopt;
    Priority priority = Priority::Decide;
    Access access = Access::Server;
    std::string_view label = {};  ///< The metrics' `route`, a literal; the pattern when empty.
};

/// Called on the connection's loop, by several threads at once. `request` lives as long as
/// `responder`; `responder.request()` is the same object.
using RequestHandler = std::function<void(const Request& request, Responder responder)>;

struct Route {
    Method method;
    std::string pattern;  ///< `/v1/profiles/{id}`
    RouteOptions options;
    RequestHandler handler;
    std::size_t index;  ///< From 0 in the order of add().

    [[nodiscard]] std::string_view label() const {
        return options.label.empty() ? std::string_view(pattern) : options.label;
    }
};

/// Leads a method and a path to what answers them. Filled before the server starts, then immutable.
class Router {
public:
    /// `{name}` stands for one non-empty part of the path; a last `{name*}` for all the rest,
    /// slashes included (possibly nothing). An exact path goes before a pattern, patterns in the
    /// order of addition. GET also answers HEAD. Adding the same route twice is a bug.
    void add(Method method, std::string pattern, RequestHandler handler, RouteOptions options = {});

    /// Asked with the header section of each request that has a route, before its body is read:
    /// keys, quotas, overload. Returns the refusal, or nothing to let it in; sets the caller.
    using Admission = std::function<std::optional<Response>(Request&, const Route&)>;
    void set_admission(Admission admission) { admission_ = std::move(admission); }

    /// Looks at each answer of a route before it is sent, and may add fields to it; on its
    /// connection's loop.
    using Stamp = std::function<void(Response&)>;
    void set_stamp(Stamp stamp) { stamp_ = std::move(stamp); }
    void stamp(Response& response) const {
        if (stamp_) {
            stamp_(response);
        }
    }

    struct Match {
        const Route* route = nullptr;  ///< What answers, or null.
        /// All routes of this path; where `route` is null, the method is what does not fit. Null
        /// means 404.
        const std::vector<const Route*>* path = nullptr;
    };

    /// Finds the route and fills `request.parameters`.
    [[nodiscard]] Match find(Request& request) const;

    /// The refusal of Admission, if there is one.
    [[nodiscard]] std::optional<Response> admit(Request& request, const Route& route) const;

    /// What to answer when find() found no route: 404, 405 with Allow, or for OPTIONS the preflight
    /// or the list of methods.
    [[nodiscard]] static Response answer_without_route(const Request& request, const Match& match);

    [[nodiscard]] const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

private:
    struct Path {
        std::string pattern;
        std::vector<std::string> parts;
        std::vector<const Route*> routes;
    };

    [[nodiscard]] const Path* find_path(Request& request) const;

    std::vector<std::unique_ptr<Route>> routes_;
    std::map<std::string, Path, std::less<>> exact_;
    std::vector<std::unique_ptr<Path>> patterns_;
    Admission admission_;
    Stamp stamp_;
};

/// Adds the CORS fields for `request`'s origin to a response of a route with `cors`.
void add_cors(const Cors& cors, const Request& request, Response& response);

/// Adds what a preflight for one of `routes` asks for, where a route has `cors`.
void add_preflight(
    const Request& request, const std::vector<const Route*>& routes, Response& response
);

}  // namespace attune::api
