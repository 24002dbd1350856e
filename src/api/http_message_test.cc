#include "api/http_message.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace attune::api {
namespace {

TEST(Request, FindsFieldsWhateverTheirCase) {
    const std::array<HeaderField, 2> fields = {{{"X-Name", "a"}, {"x-name", "b"}}};
    Request request;
    request.headers = fields;
    EXPECT_EQ(request.header("x-nAME"), "a");
    EXPECT_EQ(request.header("x-names"), "");
}

TEST(Request, DecodesTheQuery) {
    Request request;
    request.query = "a=1&b%20c=x+y%26z&flag&a=2&bad=%G1&=empty";
    EXPECT_EQ(request.query_value("a"), "1");
    EXPECT_EQ(request.query_value("b c"), "x y&z");
    EXPECT_EQ(request.query_value("flag"), "");
    EXPECT_EQ(request.query_value(""), "empty");
    EXPECT_FALSE(request.query_value("bad").has_value());
    EXPECT_FALSE(request.query_value("absent").has_value());
}

TEST(Request, TellsTheMediaTypeWithoutItsParameters) {
    const std::array<HeaderField, 1> fields = {{{"Content-Type", "text/plain ; charset=utf-8"}}};
    Request request;
    EXPECT_EQ(request.media_type(), "");
    request.headers = fields;
    EXPECT_EQ(request.media_type(), "text/plain");
}

TEST(Request, TakesATraceOnlyFromASoundTraceparent) {
    const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    const auto id = [](std::string_view value) {
        const std::array<HeaderField, 1> fields = {{{"traceparent", value}}};
        Request request;
        request.headers = fields;
        return std::string(request.trace_id());
    };
    EXPECT_EQ(id("00-" + trace + "-00f067aa0ba902b7-01"), trace);
    EXPECT_EQ(id("cc-" + trace + "-00f067aa0ba902b7-01-more"), trace);
    EXPECT_EQ(id("00-" + trace + "-00f067aa0ba902b7-01-more"), "");
    EXPECT_EQ(id("ff-" + trace + "-00f067aa0ba902b7-01"), "");
    EXPECT_EQ(id("00-" + trace + "-0000000000000000-01"), "");
    EXPECT_EQ(id("00-00000000000000000000000000000000-00f067aa0ba902b7-01"), "");
    EXPECT_EQ(id("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"), "");
    EXPECT_EQ(id("00-" + trace), "");
}

TEST(Problem, NamesTypeStatusDetailAndField) {
    const Response response = to_response(Problem{
        .status = 422,
        .type = "no-such-placement",
        .detail = "placement \"hero\" is not known",
        .field = "placements[0]",
    });
    EXPECT_EQ(response.status, 422U);
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(
        response.body,
        R"({"type":"no-such-placement","title":"Unprocessable Content","status":422,)"
        R"("detail":"placement \"hero\" is not known","field":"placements[0]"})"
    );
}

}  // namespace
}  // namespace attune::api
