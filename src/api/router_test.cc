#include "api/router.h"

#include <string>

#include <gtest/gtest.h>

namespace attune::api {
namespace {

Router some_routes() {
    const RequestHandler none = [](const Request& /*request*/, Responder /*responder*/) {};
    Router router;
    router.add(Method::Get, "/v1/profiles/{id}", none);
    router.add(Method::Get, "/v1/profiles/count", none);
    router.add(Method::Delete, "/v1/profiles/{id}", none);
    router.add(Method::Get, "/v1/profiles/{id}/messages/{message}", none);
    router.add(Method::Get, "/files/{path*}", none);
    router.add(Method::Post, "/v1/track", none);
    return router;
}

/// The pattern that answers, and the parameters: "/a/{b} b=c".
std::string found(const Router& router, Method method, std::string_view path) {
    Request request;
    request.method = method;
    request.path = path;
    const Router::Match match = router.find(request);
    if (match.route == nullptr) {
        return match.path == nullptr ? "404" : "405";
    }
    std::string text = match.route->pattern;
    for (const PathParameter& parameter : request.parameters) {
        text.append(" ").append(parameter.name).append("=").append(parameter.value);
    }
    return text;
}

TEST(Router, FindsTheRouteOfAPath) {
    const Router router = some_routes();
    EXPECT_EQ(found(router, Method::Post, "/v1/track"), "/v1/track");
    EXPECT_EQ(found(router, Method::Get, "/v1/profiles/count"), "/v1/profiles/count");
    EXPECT_EQ(found(router, Method::Get, "/v1/profiles/u1"), "/v1/profiles/{id} id=u1");
    EXPECT_EQ(found(router, Method::Delete, "/v1/profiles/u1"), "/v1/profiles/{id} id=u1");
    EXPECT_EQ(
        found(router, Method::Get, "/v1/profiles/u1/messages/7"),
        "/v1/profiles/{id}/messages/{message} id=u1 message=7"
    );
    EXPECT_EQ(found(router, Method::Get, "/files/a/b.js"), "/files/{path*} path=a/b.js");
    EXPECT_EQ(found(router, Method::Get, "/files/"), "/files/{path*} path=");
}

TEST(Router, AnswersHeadWithTheRouteOfGet) {
    EXPECT_EQ(found(some_routes(), Method::Head, "/v1/profiles/count"), "/v1/profiles/count");
}

TEST(Router, TellsAnUnknownPathFromAnUnknownMethod) {
    const Router router = some_routes();
    EXPECT_EQ(found(router, Method::Get, "/v1/track"), "405");
    EXPECT_EQ(found(router, Method::Other, "/v1/track"), "405");
    for (const std::string_view path :
         {"",
          "*",
          "/",
          "/v1",
          "/v1/track/",
          "/v1/profiles/",
          "/v1/profiles",
          "//v1/track",
          "/v1/profiles/u1/messages",
          "/v1/profiles/u1/messages/",
          "/files",
          "/V1/track"}) {
        EXPECT_EQ(found(router, Method::Get, path), "404") << path;
    }
}

TEST(Router, UndoesEscapesPartByPart) {
    const Router router = some_routes();
    EXPECT_EQ(
        found(router, Method::Get, "/v1/profiles/a%2Fb%20%C3%A4"),
        "/v1/profiles/{id} id=a/b \xc3\xa4"
    );
    EXPECT_EQ(found(router, Method::Post, "/v1/tr%61ck"), "/v1/track");
    EXPECT_EQ(found(router, Method::Post, "/v1%2Ftrack"), "404");
    EXPECT_EQ(found(router, Method::Get, "/v1/profiles/%zz"), "404");
    EXPECT_EQ(found(router, Method::Get, "/v1/profiles/%4"), "404");
    EXPECT_EQ(found(router, Method::Get, "/v1/profiles/%00"), "404");
}

TEST(Router, ListsTheMethodsOfAPath) {
    const Router router = some_routes();
    Request request;
    request.method = Method::Post;
    request.path = "/v1/profiles/u1";
    const Response response = Router::answer_without_route(request, router.find(request));
    EXPECT_EQ(response.status, 405U);
    ASSERT_EQ(response.headers.size(), 1U);
    EXPECT_EQ(response.headers[0].second, "GET, HEAD, DELETE, OPTIONS");
}

}  // namespace
}  // namespace attune::api
