#include "api/router.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace attune::api {

namespace {

/// The parts between slashes: `/v1/{id}` has "v1" and "{id}".
std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> parts;
    path.remove_prefix(1);
    while (true) {
        const std::size_t slash = path.find('/');
        parts.emplace_back(path.substr(0, slash));
        if (slash == std::string_view::npos) {
            return parts;
        }
        path.remove_prefix(slash + 1);
    }
}

bool parameter(std::string_view part) {
    return part.size() > 2 && part.front() == '{';
}
bool rest(std::string_view part) {
    return parameter(part) && part.ends_with("*}");
}

std::string_view parameter_name(std::string_view part) {
    return part.substr(1, part.size() - (rest(part) ? 3 : 2));
}

/// Fills `out` when `path` has the form of `parts`.
bool matches(
    const std::vector<std::string>& parts, std::string_view path, std::vector<PathParameter>& out
) {
    out.clear();
    path.remove_prefix(1);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string& part = parts[i];
        const bool last = i + 1 == parts.size();
        const std::size_t slash = rest(part) ? std::string_view::npos : path.find('/');
        if (last != (slash == std::string_view::npos)) {
            return false;
        }
        const std::string_view here = path.substr(0, slash);
        if (!parameter(part)) {
            if (part != here) {
                return false;
            }
        } else {
            std::optional<std::string> value = percent_decode(here, false);
            if (!value || (value->empty() && !rest(part))) {
                return false;
            }
            out.push_back({parameter_name(part), std::move(*value)});
        }
        path.remove_prefix(last ? path.size() : slash + 1);
    }
    return true;
}

/// The path without its escapes, unless there are none or one of them hides a slash: a proxy in
/// front may have judged the path by its parts.
std::optional<std::string> decode_path(std::string_view path) {
    if (path.find('%') == std::string_view::npos) {
        return std::nullopt;
    }
    std::optional<std::string> plain = percent_decode(path, false);
    if (plain && std::count(plain->begin(), plain->end(), '/') !=
                     std::count(path.begin(), path.end(), '/')) {
        return std::nullopt;
    }
    return plain;
}

void append_item(std::string& list, std::string_view item) {
    if (list.find(item) == std::string::npos) {
        list.append(list.empty() ? "" : ", ").append(item);
    }
}

std::string allowed_methods(const std::vector<const Route*>& routes) {
    std::string allowed;
    for (const Route* route : routes) {
        append_item(allowed, to_string(route->method));
        if (route->method == Method::Get) {
            append_item(allowed, "HEAD");
        }
    }
    append_item(allowed, "OPTIONS");
    return allowed;
}

}  // namespace

bool Cors::allows(std::string_view origin) const {
    return std::any_of(origins.begin(), origins.end(), [&](const std::string& allowed) {
        return allowed == "*" || allowed == origin;
    });
}

void Router::add(Method method, std::string pattern, RequestHandler handler, RouteOptions options) {
    ATTUNE_ASSERT(pattern.starts_with('/') && handler != nullptr && method != Method::Other);
    routes_.push_back(std::make_unique<Route>(Route{
        method, pattern, std::move(options), std::move(handler), routes_.size()}));
    const Route* route = routes_.back().get();
    Path* path = nullptr;
    if (pattern.find('{') == std::string::npos) {
        path = &exact_[pattern];
    } else {
        const auto known =
            std::find_if(patterns_.begin(), patterns_.end(), [&](const auto& candidate) {
                return candidate->pattern == pattern;
            });
        path = known != patterns_.end() ? known->get()
                                        : patterns_.emplace_back(std::make_unique<Path>()).get();
    }
    path->parts = split(pattern);
    path->pattern = std::move(pattern);
    for (const Route* other : path->routes) {
        ATTUNE_ASSERT(other->method != method);
    }
    path->routes.push_back(route);
}

const Router::Path* Router::find_path(Request& request) const {
    request.parameters.clear();
    if (const auto exact = exact_.find(request.path); exact != exact_.end()) {
        return &exact->second;
    }
    if (!request.path.starts_with('/')) {
        return nullptr;
    }
    if (const auto plain = decode_path(request.path)) {
        if (const auto exact = exact_.find(*plain); exact != exact_.end()) {
            return &exact->second;
        }
    }
    for (const auto& path : patterns_) {
        if (matches(path->parts, request.path, request.parameters)) {
            return path.get();
        }
    }
    request.parameters.clear();
    return nullptr;
}

Router::Match Router::find(Request& request) const {
    const Path* path = find_path(request);
    if (path == nullptr) {
        return {};
    }
    Match match{.route = nullptr, .path = &path->routes};
    for (const Route* route : path->routes) {
        if (route->method == request.method ||
            (request.method == Method::Head && route->method == Method::Get &&
             match.route == nullptr)) {
            match.route = route;
        }
    }
    return match;
}

std::optional<Response> Router::admit(Request& request, const Route& route) const {
    return admission_ ? admission_(request, route) : std::nullopt;
}

Response Router::answer_without_route(const Request& request, const Match& match) {
    if (match.path == nullptr) {
        return to_response(Problem{
            .status = 404,
            .type = "no-such-path",
            .detail = "nothing is served at " + std::string(request.path.substr(0, 200)),
        });
    }
    const std::string allowed = allowed_methods(*match.path);
    if (request.method != Method::Options) {
        Response response = to_response(Problem{
            .status = 405,
            .type = "method-not-allowed",
            .detail = std::string(request.path.substr(0, 200)) + " takes " + allowed,
        });
        response.headers.emplace_back("Allow", allowed);
        return response;
    }
    Response response = Response::empty(204);
    response.headers.emplace_back("Allow", allowed);
    add_preflight(request, *match.path, response);
    return response;
}

void add_cors(const Cors& cors, const Request& request, Response& response) {
    const std::string_view origin = request.header("origin");
    const bool any = std::find(cors.origins.begin(), cors.origins.end(), "*") != cors.origins.end();
    if (!any) {
        response.headers.emplace_back("Vary", "Origin");
    }
    if (origin.empty() || !cors.allows(origin)) {
        return;
    }
    response.headers.emplace_back("Access-Control-Allow-Origin", any ? "*" : std::string(origin));
    response.headers.emplace_back("Access-Control-Expose-Headers", cors.exposed_headers);
}

void add_preflight(
    const Request& request, const std::vector<const Route*>& routes, Response& response
) {
    const std::string_view wanted = request.header("access-control-request-method");
    const Route* with_cors = nullptr;
    std::string methods;
    for (const Route* route : routes) {
        if (route->options.cors) {
            append_item(methods, to_string(route->method));
            if (with_cors == nullptr || to_string(route->method) == wanted) {
                with_cors = route;
            }
        }
    }
    if (with_cors == nullptr) {
        return;
    }
    const Cors& cors = *with_cors->options.cors;
    const std::size_t before = response.headers.size();
    add_cors(cors, request, response);
    const bool allowed = std::any_of(
        response.headers.begin() + static_cast<std::ptrdiff_t>(before),
        response.headers.end(),
        [](const auto& header) { return header.first == "Access-Control-Allow-Origin"; }
    );
    if (allowed && !wanted.empty()) {
        response.headers.emplace_back("Access-Control-Allow-Methods", methods);
        response.headers.emplace_back("Access-Control-Allow-Headers", cors.allowed_headers);
        response.headers.emplace_back(
            "Access-Control-Max-Age", std::to_string(cors.preflight_age_s)
        );
    }
}

}  // namespace attune::api
